"""A Jira site over HTTP, Cloud or Data Center: one supplier of the simulated world, as strict as the vendor is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulators import jira_desk as desk
from connectors.simulators import jira_site as site
from connectors.simulators.faults import Faults
from connectors.simulators.jira_asks import UnreadableError
from connectors.simulators.jira_calls import DESK, PLATFORM, Call, Handler, MissingError, Nobody, RemovedError
from connectors.simulators.jira_issues import Writer
from connectors.simulators.jira_ledger import Ledger
from connectors.simulators.jira_search import RefusalError, Search
from connectors.simulators.jira_server import SERVER, WindowError
from connectors.simulators.login import Login, basic
from connectors.simulators.world import World
from core.model import Instant

GONE: Final = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline "
    "is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
LOGIN: Final = Login("siamhub@example.com", "api-token")
LIMITS: Final = {"X-RateLimit-Limit": "350", "X-RateLimit-Remaining": "349"}  # on every answer

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def app(
    world: World,
    supplier: str,
    clock: Callable[[], Instant],
    faults: Faults | None = None,
    login: Login = LOGIN,
    settings: site.Site | None = None,
) -> Starlette:
    """The site of one supplier. Calls are answered as of `clock()`, which must not go back."""
    settings = settings or site.Site()
    ledger = Ledger(world, supplier, settings.hidden, settings.moves)
    search = Search(ledger, settings)

    def endpoint(methods: Mapping[str, tuple[Handler, Nobody]]) -> Endpoint:
        async def answer(request: Request) -> Response:
            header = request.headers.get("authorization", "")
            if header.lower().startswith("bearer ") and not settings.server:
                return _json({"error": "Failed to parse Connect Session Auth Token"}, 403)
            known = basic(header) == login
            if settings.server and header.startswith("Bearer "):
                known = header.removeprefix("Bearer ") == login.secret  # a personal access token
            # A wrong token is no error where anybody may ask: the caller is nobody then, and only this header says so.
            headers = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"} if header and not known else {}
            handler, nobody = methods["GET" if request.method == "HEAD" else request.method]
            if not known and nobody == "refused":
                text = "Client must be authenticated to access this resource."
                return _json({"message": text, "status-code": 401}, 401, headers)
            base, _, rest = str(request.url).partition("/rest/")
            now = clock()
            issue_of = search.issues(now).get
            version = "2" if rest.startswith("api/2/") else "3"
            writer = Writer(
                base, version, settings.zone, world, world.supplier(supplier), now, issue_of, settings.server
            )
            call = Call(
                request.path_params, request.query_params, request.headers, await request.body(),
                writer, search, ledger, settings, login.user if known else None,
            )  # fmt: skip
            status, content = _outcome(handler, call)
            if not known and status == 200 and nobody != "served":
                content = nobody
            return _json(content, status, headers)

        return answer

    if settings.server:
        calls = {f"/rest/api/{version}/{path}": table for version in ("2", "latest") for path, table in SERVER.items()}
    else:
        calls = {f"/rest/api/{version}/{path}": table for version in ("2", "3") for path, table in PLATFORM.items()}
        calls |= {f"/rest/api/latest/{path}": PLATFORM[path] for path in ("search", "search/id")}
    calls |= {f"/rest/servicedeskapi/{path}": {"GET": (handler, "refused")} for path, handler in DESK.items()}
    routes = [Route(path, endpoint(table), methods=list(table)) for path, table in calls.items()]
    made = Starlette(routes=routes, exception_handlers={404: _no_route, 405: _no_route})
    return faults.install(made) if faults else made


def _outcome(handler: Handler, call: Call) -> tuple[int, Any]:
    try:
        return 200, handler(call)
    except RefusalError as error:
        return 400, _error(str(error))
    except UnreadableError as error:
        return 400, {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": str(error)}
    except MissingError as error:
        return 404, _error(str(error))
    except WindowError:
        return 500, _error("Result window is too large, from + size must be less than or equal to: [10000]")
    except RemovedError:
        return 410, _error(GONE)
    except desk.DeskError as error:
        return error.status, error.body()


def _error(text: str) -> dict[str, Any]:
    return {"errorMessages": [text], "errors": {}}


async def _no_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    text = f"null for uri: {request.url}" if status == 404 else "Method Not Allowed"
    return _json({"message": text, "status-code": status}, status)


def _json(content: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    unreadable = isinstance(content, dict) and content.get("type") == "about:blank"
    media = "application/problem+json" if unreadable else "application/json;charset=UTF-8"
    return Response(orjson.dumps(content), status, {**LIMITS, **(headers or {})}, media)
