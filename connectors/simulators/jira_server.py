"""What Jira Data Center answers otherwise than Cloud: search by offset, secrecy of comments as a property, no bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.simulators import jira_asks as asks
from connectors.simulators import jira_fields as fields
from connectors.simulators import jira_lists as lists
from connectors.simulators.jira_calls import IN_ISSUE, PLATFORM, Call, Handler, Nobody
from connectors.simulators.jira_issues import Json

MOST: Final = 1000  # rows a page, whatever is asked for
WINDOW: Final = 10_000  # rows of one query that OpenSearch shows


class WindowError(Exception):
    """The offset goes beyond what the index shows of one query."""


def _search(call: Call) -> Json:
    start = max(asks.number(call.query, "startAt", 0), 0)
    most = min(asks.number(call.query, "maxResults", 50), MOST)
    if start + most > WINDOW:
        raise WindowError
    found, total = call.search.offset_page(call.query.get("jql", ""), start, most, call.now)
    named = [name.strip() for text in call.query.getlist("fields") for name in text.split(",") if name.strip()]
    rows = [fields.row(call.writer, issue, asks.wanted(named)) for issue in found]
    if "changelog" in call.query.get("expand", ""):
        for row, issue in zip(rows, found, strict=True):
            row["changelog"] = call.writer.embedded_changelog(call.life(issue), IN_ISSUE)
            if (shown := call.site.histories_shown) is not None:
                row["changelog"]["histories"] = row["changelog"]["histories"][-shown:]
    return {"expand": "schema,names", "startAt": start, "maxResults": most, "total": total, "issues": rows}


def _comments(call: Call) -> Json:
    issue = call.issue()
    told = []
    for comment in call.life(issue).comments:
        row = call.writer.comment(issue, comment)
        if "properties" in call.query.get("expand", ""):
            secret = {"key": "sd.public.comment", "value": {"internal": True}}
            row["properties"] = [] if comment.public else [secret]
        told.append(row)
    page = lists.page(told, call.query, "", most=MOST)
    return {name: page[name] for name in ("startAt", "maxResults", "total")} | {"comments": page["values"]}


_EMPTY: Final[Json] = {"startAt": 0, "maxResults": 50, "total": 0, "issues": []}
_SAME: Final = ("serverInfo", "myself", "field", "status", "priority", "resolution", "issuetype", "issueLinkType")

SERVER: Final[Mapping[str, Mapping[str, tuple[Handler, Nobody]]]] = {
    **{name: PLATFORM[name] for name in (*_SAME, "issue/{issue}")},
    "search": {"GET": (_search, _EMPTY)},
    "issue/{issue}/comment": {"GET": (_comments, "served")},
}
"""Below /rest/api/2 and /rest/api/latest; there is no version 3."""
