"""A TOPdesk tenant over HTTP: the tickets of one supplier of the simulated world, as strict as the vendor is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.simulators import topdesk_tenant as words
from connectors.simulators.faults import Faults
from connectors.simulators.login import Login, basic
from connectors.simulators.topdesk_calls import CALLS
from connectors.simulators.topdesk_changes import Changes
from connectors.simulators.topdesk_feed import Feed
from connectors.simulators.topdesk_incidents import Incidents
from connectors.simulators.topdesk_lists import QueryError, written
from connectors.simulators.topdesk_office import Answer, Call, Handler, MissingError, Office
from connectors.simulators.world import World
from core.model import Instant

LOGIN: Final = Login("siamhub", "application-password")
FEED: Final = "/services/reporting/v2/odata"

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def app(
    world: World,
    supplier: str,
    clock: Callable[[], Instant],
    faults: Faults | None = None,
    login: Login = LOGIN,
    settings: words.Tenant | None = None,
) -> Starlette:
    """The tenant of one supplier. Calls are answered as of `clock()`, which must not go back.

    `login` is an operator with an application password; the password with which people log in opens nothing here.
    """
    tenant = settings or words.Tenant()
    incidents, changes = Incidents(world, supplier, tenant), Changes(world, supplier, tenant)
    values = words.values(world, supplier, tenant.language)
    office = Office(world, tenant, incidents, changes, Feed(incidents, changes), values)

    def refused(request: Request, module: str) -> Response | None:
        if basic(request.headers.get("authorization", "")) != login:
            return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="TOPdesk"'})
        return _error(module, 403, "The operator has no right to do this") if module in tenant.forbidden else None

    def endpoint(module: str, handler: Handler) -> Endpoint:
        async def answer(request: Request) -> Response:
            if refusal := refused(request, module):
                return refusal
            url = str(request.url.replace(query=""))
            call = Call(office, request.path_params, request.query_params, url, login.user, clock())
            try:
                return _written(handler(call))
            except QueryError as error:
                return _error(module, 400, str(error))
            except MissingError as error:
                return _error(module, 404, str(error))

        return answer

    async def feed(request: Request) -> Response:
        if refusal := refused(request, "reporting"):
            return refusal
        name, url = request.path_params["name"], str(request.url.replace(query=""))
        try:
            page = office.feed.page(name, request.query_params, clock(), url)
        except QueryError as error:
            return _error("reporting", 400, str(error))
        except KeyError:
            return _error("reporting", 404, f"Resource not found for the segment '{name}'.")
        return _written(Answer(written(page, "iso8601")))

    routes = [Route(f"/tas/api/{path}", endpoint(module, handler)) for path, (module, handler) in CALLS.items()]
    routes += [Route(f"{FEED}/{{name}}", feed), Route("/tas/public/login/form", _form)]
    made = Starlette(routes=routes, exception_handlers={404: _elsewhere, 405: _elsewhere})
    return faults.install(made) if faults else made


def _written(answer: Answer) -> Response:
    if answer.content is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    body = orjson.dumps(answer.content)
    return Response(body, answer.status, dict(answer.headers), "application/json")


def _error(module: str, status: int, text: str) -> Response:
    """A refusal in the form of the module: a list for incidents, an envelope elsewhere, OData's own for the feed."""
    content: Any = {"errors": [{"errorCode": str(status), "appliesTo": [], "errorMessage": text}]}
    if module == "incidents":
        content = [{"message": text}]
    elif module == "reporting":
        content = {"error": {"code": "", "message": text}}
    return Response(orjson.dumps(content), status, media_type="application/json")


async def _elsewhere(request: Request, error: Exception) -> Response:
    """A wrong address: JSON below the interface, and the way to a page for people anywhere else."""
    status = getattr(error, "status_code", 404)
    if request.url.path.startswith(("/tas/api/", FEED)):
        return _error("", status, "There is no such address")
    return RedirectResponse("/tas/public/login/form", 302)


async def _form(request: Request) -> Response:
    return HTMLResponse("<!DOCTYPE html><html><head><title>TOPdesk</title></head><body>Log in</body></html>")
