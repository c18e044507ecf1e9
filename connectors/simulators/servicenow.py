"""A ServiceNow instance over HTTP: the tickets of one supplier of the simulated world, as strict as the vendor is."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulators import servicenow_trail as trail
from connectors.simulators.faults import Faults
from connectors.simulators.login import Login
from connectors.simulators.servicenow_compare import target
from connectors.simulators.servicenow_gate import Gate, Instance, Sessions
from connectors.simulators.servicenow_match import select
from connectors.simulators.servicenow_page import DEFAULT_LIMIT, Form, grouped, link_header, records
from connectors.simulators.servicenow_query import NotSimulatedError, Query, parse
from connectors.simulators.servicenow_tables import Row, Table, Tables
from connectors.simulators.servicenow_world import WorldTables
from connectors.simulators.world import World
from core.model import Instant

LOGIN: Final = Login("siamhub", "password")
REFUSED: Final = (
    "Insufficient rights to query records",
    "Field(s) present in the query do not have permission to be read",
)
MISSING: Final = ("No Record found", "Record doesn't exist or ACL restricts the record retrieval")

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class Records(Protocol):
    """Where the rows of an instance come from."""

    def at(self, now: Instant) -> Tables:
        """All tables as they are at an instant that does not go back."""


class ApiError(Exception):
    """An answer that is an error, with the words of the vendor."""

    def __init__(self, status: int, message: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "detail": detail}, "status": "failure"}


def app(
    world: World,
    supplier: str,
    clock: Callable[[], Instant],
    faults: Faults | None = None,
    login: Login = LOGIN,
    settings: Instance | None = None,
) -> Starlette:
    """The instance of one supplier. Calls are answered as of `clock()`, which must not go back."""
    return app_of(WorldTables(world, supplier), clock, faults, login, settings)


def app_of(
    source: Records,
    clock: Callable[[], Instant],
    faults: Faults | None = None,
    login: Login = LOGIN,
    settings: Instance | None = None,
) -> Starlette:
    """An instance with the rows of a source, whatever that is."""
    settings = settings or Instance()
    gate, sessions, api = Gate(login, settings), Sessions(), _Api(settings)
    deleted = _Deleted(settings.deleted)

    def endpoint(answer: Callable[[Request, Tables], Response]) -> Endpoint:
        async def called(request: Request) -> Response:
            if len(str(request.url)) > settings.longest_url:
                return Response("<html><body>414 Request-URI Too Large</body></html>", 414, media_type="text/html")
            if not await sessions.turn(request.cookies):
                return Response(status_code=202)
            now = clock()
            try:
                if not gate.knows(request.headers, request.query_params.get("x-sn-apikey"), now):
                    raise ApiError(401, "User Not Authenticated", "Required to provide Auth information")
                response = answer(request, deleted.out_of(source.at(now), now))
            except ApiError as error:
                response = _json(error.body, error.status)
            for cookie in sessions.cookies():
                response.headers.append("Set-Cookie", cookie)
            return response

        return called

    async def token(request: Request) -> Response:
        told = gate.token(request.headers.get("content-type", ""), await request.body(), clock())
        return _json(told or {"error_description": "access_denied", "error": "server_error"}, 200 if told else 401)

    routes = [Route("/oauth_token.do", token, methods=["POST"])]
    for version in ("", "/v1", "/v2"):
        routes += [
            Route(f"/api/now{version}/table/{{table}}", endpoint(api.rows)),
            Route(f"/api/now{version}/table/{{table}}/{{sys_id}}", endpoint(api.record)),
            Route(f"/api/now{version}/stats/{{table}}", endpoint(api.stats)),
        ]

    async def nothing(request: Request, error: Exception) -> Response:
        wrong = ApiError(400, "Requested URI does not represent any resource", str(request.url.path))
        return _json(wrong.body, wrong.status)

    made = Starlette(routes=routes, exception_handlers={404: nothing, 405: nothing})
    return faults.install(made) if faults is not None else made


class _Deleted:
    """Records that are not there: each leaves a line behind, and may be recovered."""

    def __init__(self, since: Mapping[str, Instant]) -> None:
        self._since = since
        self._rows: dict[str, tuple[Table, Row]] = {}

    def out_of(self, tables: Tables, now: Instant) -> Tables:
        """The tables without the records that are deleted by now."""
        for sys_id in [key for key in self._rows if key not in self._since]:
            table, row = self._rows.pop(sys_id)
            table.put(row)
        for sys_id, at in self._since.items():
            for name in ("incident", "change_request") if at <= now else ():
                row_now = tables[name].drop(sys_id)
                if row_now is not None:
                    self._rows[sys_id] = tables[name], row_now
                    number = row_now[tables[name].positions["number"]]
                    _, audit, values = trail.deleted(name, sys_id, at, number)
                    tables[audit].put(tables[audit].row(values))
        return tables


class _Api:
    """The calls of the Table and the Aggregate API."""

    def __init__(self, settings: Instance) -> None:
        self._settings = settings
        self._shuffle = random.Random(settings.seed)

    def rows(self, request: Request, tables: Tables) -> Response:
        asked = request.query_params
        table = self._table(request, tables, "User Not Authorized")
        query = self._query(request, tables, table)
        limit, offset = _number(asked.get("sysparm_limit"), DEFAULT_LIMIT), _number(asked.get("sysparm_offset"), 0)
        if limit < 0 or offset < 0:
            raise ApiError(400, "Pagination not supported", "sysparm_limit and sysparm_offset cannot be negative")
        counted = asked.get("sysparm_no_count") != "true"
        found = self._select(tables, table, query, None if counted else offset + limit)
        visible = [row for row in found[offset : offset + limit] if self._visible(table, row)]
        if not visible and request.url.path.startswith("/api/now/v1/"):
            raise ApiError(404, *MISSING)
        response = _json({"result": records(tables, table, visible, asked.get("sysparm_fields"), self._form(request))})
        if counted:
            response.headers["X-Total-Count"] = str(len(found))
            if asked.get("sysparm_suppress_pagination_header") != "true":
                url = str(request.url.replace(query=""))
                response.headers["Link"] = link_header(url, asked.multi_items(), offset, limit, len(found))
        return response

    def record(self, request: Request, tables: Tables) -> Response:
        table = self._table(request, tables, "User Not Authorized")
        row = table.by_id.get(request.path_params["sys_id"])
        if row is None or not self._visible(table, row):
            raise ApiError(404, *MISSING)
        fields = request.query_params.get("sysparm_fields")
        return _json({"result": records(tables, table, [row], fields, self._form(request))[0]})

    def stats(self, request: Request, tables: Tables) -> Response:
        table = self._table(request, tables, "Insufficient rights to query records")
        # Access rules on rows are not applied to counts.
        found = self._select(tables, table, self._query(request, tables, table), None)
        return _json({"result": grouped(tables, table, found, request.query_params)})

    def _table(self, request: Request, tables: Tables, refusal: str) -> Table:
        name = request.path_params["table"]
        access = self._settings.access.get(name)
        if name not in tables or access == "absent":
            raise ApiError(400, f"Invalid table {name}")
        if access == "refused":
            raise ApiError(403, refusal, f"No permission to read table '{name}'")
        return tables[name]

    def _query(self, request: Request, tables: Tables, table: Table) -> Query | None:
        """What is asked for; None for nothing at all."""
        text = request.query_params.get("sysparm_query")
        if text is None:
            pairs = [(n, v) for n, v in request.query_params.multi_items() if n in table.columns]
            text = "^".join(f"{name}={value}" for name, value in pairs)

        def kind(path: str) -> str | None:
            column = target(tables, table, path)
            return None if column is None else column.kind

        def local(text: str) -> str:
            moment = datetime.fromisoformat(text).replace(tzinfo=self._settings.zone)
            return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

        try:
            query = parse(text, kind, local)
        except NotSimulatedError as error:
            raise ApiError(501, "Not simulated", str(error)) from error
        if query.left_out and self._settings.unknown_fields == "refused":
            raise ApiError(403, *REFUSED)
        return None if query.left_out and self._settings.unknown_fields == "no rows" else query

    def _select(self, tables: Tables, table: Table, query: Query | None, needed: int | None) -> list[Row]:
        return [] if query is None else select(tables, table, query, needed, self._shuffle)

    def _visible(self, table: Table, row: Row) -> bool:
        hidden = self._settings.access.get(table.name) == "hidden"
        return not hidden and not self._settings.hidden(table.name, row[0])

    def _form(self, request: Request) -> Form:
        asked = request.query_params
        mode = asked.get("sysparm_display_value", "false")
        links = asked.get("sysparm_exclude_reference_link", "false") != "true"
        base = f"{request.url.scheme}://{request.url.netloc}"
        return Form(mode if mode in ("true", "all") else "false", links, self._settings.zone, base)


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text) if text else otherwise
    except ValueError:
        return otherwise


def _json(content: Any, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-cache,no-store,must-revalidate,max-age=-1", "Pragma": "no-store,no-cache"}
    return Response(orjson.dumps(content), status, headers, "application/json;charset=UTF-8")
