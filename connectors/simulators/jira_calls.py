"""Every call a Jira Cloud site answers, as one table: what is done, and what a caller without a login gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from starlette.datastructures import Headers, QueryParams

from connectors.simulators import jira_asks as asks
from connectors.simulators import jira_desk as desk
from connectors.simulators import jira_fields as fields
from connectors.simulators import jira_lists as lists
from connectors.simulators import jira_site as site
from connectors.simulators.jira_changelogs import bulkfetch
from connectors.simulators.jira_history import Issue, Life
from connectors.simulators.jira_issues import Json, Writer
from connectors.simulators.jira_ledger import Ledger
from connectors.simulators.jira_search import Ask, Search
from core.model import Instant

NO_ISSUE: Final = "Issue does not exist or you do not have permission to see it."
IN_SEARCH: Final = 40  # histories an issue bears inside a search
IN_ISSUE: Final = 100  # and when it is asked for alone


class MissingError(Exception):
    """There is no such thing, or the caller may not know of it."""


class RemovedError(Exception):
    """The operation existed once."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, by a caller who is known or by nobody."""

    path: Mapping[str, str]
    query: QueryParams
    headers: Headers
    body: bytes
    writer: Writer
    search: Search
    ledger: Ledger
    site: site.Site
    user: str | None  # None: nobody

    @property
    def now(self) -> Instant:
        """When it is."""
        return self.writer.now

    def issue(self) -> Issue:
        """The issue the path names, by key or id. Raises `MissingError`."""
        found = self.named(self.path["issue"])
        if found is None:
            raise MissingError(NO_ISSUE)
        return found

    def named(self, name: str) -> Issue | None:
        """An issue by key or id, where the caller sees it."""
        key = self.ledger.key_of.get(name.upper()) if self.user else None
        return self.search.issues(self.now).get(key) if key else None

    def life(self, issue: Issue) -> Life:
        """All that has happened to an issue."""
        found = self.ledger.life(issue.ticket.key, self.now)
        assert found is not None, "an issue on the shelf exists"
        return found


Handler: TypeAlias = Callable[[Call], Any]
Nobody: TypeAlias = Literal["refused", "served"] | Json | list[Any]
"""What a caller without a login gets: a 401, the same as everybody, or this, with 200, in place of what there is."""


def _search_by_get(call: Call) -> Json:
    return _search(call, asks.search_query(call.query))


def _search_by_post(call: Call) -> Json:
    return _search(call, asks.search_body(call.body))


def _search(call: Call, ask: Ask) -> Json:
    found = call.search.page(ask, call.now)
    answer: Json = {"issues": [_row(call, ask, issue) for issue in found.issues], "isLast": found.token is None}
    if found.token is not None:
        answer["nextPageToken"] = found.token  # missing on the last page, not null
    return {**answer, **_dictionaries(ask.expand)}


def _row(call: Call, ask: Ask, issue: Issue) -> Json:
    if ask.fields == ("id",) and "changelog" not in ask.expand:
        return {"id": str(issue.id)}
    row = fields.row(call.writer, issue, asks.wanted(ask.fields) if not ask.light else ())
    if ask.light:
        del row["fields"]
    if "changelog" in ask.expand:
        row["changelog"] = call.writer.embedded_changelog(call.life(issue), IN_SEARCH)
    return row


def _dictionaries(expand: frozenset[str]) -> Json:
    return {
        **({"names": lists.names()} if "names" in expand else {}),
        **({"schema": lists.schemas()} if "schema" in expand else {}),
    }


def _issue(call: Call) -> Json:
    issue = call.issue()
    named = [name.strip() for text in call.query.getlist("fields") for name in text.split(",") if name.strip()]
    expand = frozenset(name.strip() for name in call.query.get("expand", "").split(","))
    row = fields.row(call.writer, issue, asks.wanted(named))
    if "changelog" in expand:
        row["changelog"] = call.writer.embedded_changelog(call.life(issue), IN_ISSUE)
    return {**row, **_dictionaries(expand)}


def _changelog(call: Call) -> Json:
    issue = call.issue()
    told = [call.writer.history(history) for history in call.life(issue).histories]
    return lists.page(told, call.query, call.writer.url(f"issue/{issue.id}/changelog"), most=100)


def _comments(call: Call) -> Json:
    issue = call.issue()
    told = [call.writer.comment(issue, comment) for comment in call.life(issue).comments]
    page = lists.page(told, call.query, "", most=100)
    return {
        "startAt": page["startAt"],
        "maxResults": page["maxResults"],
        "total": page["total"],
        "comments": page["values"],
    }


def _bulk(call: Call) -> Json:
    def life_of(name: str) -> Life | None:
        issue = call.named(name)
        return call.life(issue) if issue else None

    return bulkfetch(asks.bulk_body(call.body), life_of, call.writer, call.site.stutters)


def _count(call: Call) -> Json:
    return {"count": call.search.count(asks.count_body(call.body), call.now)}


def _links(call: Call) -> list[Any]:
    call.issue()
    return []


def _removed(call: Call) -> Any:
    raise RemovedError


def _priorities(call: Call) -> Json:
    return lists.page(lists.priorities(call.writer), call.query, call.writer.url("priority/search"), most=50)


_EMPTY: Final[Json] = {"issues": [], "isLast": True}
_NO_PAGE: Final[Json] = {"maxResults": 50, "startAt": 0, "total": 0, "isLast": True, "values": []}

PLATFORM: Final[Mapping[str, Mapping[str, tuple[Handler, Nobody]]]] = {
    "serverInfo": {"GET": (lambda call: lists.server(call.writer), "served")},
    "myself": {"GET": (lambda call: lists.myself(call.writer, call.user or ""), "refused")},
    "field": {"GET": (lambda call: lists.fields(call.site), [])},
    "status": {"GET": (lambda call: lists.statuses(call.writer, call.ledger), [])},
    "priority": {"GET": (lambda call: lists.priorities(call.writer), [])},
    "priority/search": {"GET": (_priorities, _NO_PAGE)},
    "resolution": {"GET": (lambda call: lists.resolutions(call.writer), [])},
    "issuetype": {"GET": (lambda call: lists.issue_types(call.writer), [])},
    "issueLinkType": {"GET": (lambda call: lists.link_types(call.writer), {"issueLinkTypes": []})},
    "project/search": {"GET": (lambda call: lists.projects(call.writer, call.ledger, call.query), _NO_PAGE)},
    "search": {"GET": (_removed, "served"), "POST": (_removed, "served")},
    "search/id": {"POST": (_removed, "served")},
    "search/jql": {"GET": (_search_by_get, _EMPTY), "POST": (_search_by_post, _EMPTY)},
    "search/approximate-count": {"POST": (_count, {"count": 0})},
    "changelog/bulkfetch": {"POST": (_bulk, "refused")},
    "issue/{issue}": {"GET": (_issue, "served")},
    "issue/{issue}/changelog": {"GET": (_changelog, "served")},
    "issue/{issue}/comment": {"GET": (_comments, "served")},
    "issue/{issue}/remotelink": {"GET": (_links, "served")},
}
"""Below /rest/api/2 and /rest/api/3. An issue is not found by nobody."""

DESK: Final[Mapping[str, Handler]] = {
    "request/{issue}": lambda call: desk.request(call.issue(), call.writer),
    "request/{issue}/status": lambda call: desk.statuses(call.life(call.issue()), call.writer),
    "request/{issue}/sla": lambda call: desk.clocks(call.issue(), call.writer),
    "request/{issue}/feedback": lambda call: desk.feedback(call.issue(), call.headers),
}
"""Below /rest/servicedeskapi; by GET, with a login."""
