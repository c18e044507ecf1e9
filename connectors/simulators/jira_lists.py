"""What a Jira site tells of itself: server, account, fields, statuses, priorities, projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import QueryParams

from connectors.simulators import jira_site as site
from connectors.simulators.jira_asks import number
from connectors.simulators.jira_issues import Json, Writer
from connectors.simulators.jira_ledger import Ledger


def server(writer: Writer) -> Json:
    """GET serverInfo: tells Cloud from Data Center, without a login."""
    if writer.server:
        return {
            "baseUrl": writer.base,
            "version": "10.3.6",
            "versionNumbers": [10, 3, 6],
            "deploymentType": "Server",
            "buildNumber": 10_030_006,
            "serverTitle": writer.supplier.title,
        }
    return {
        "baseUrl": writer.base,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_292,
        "serverTime": writer.stamp(writer.now),
        "serverTitle": writer.supplier.title,
        "defaultLocale": {"locale": "en_US"},
    }


def myself(writer: Writer, login: str) -> Json:
    """GET myself: the calling account and the zone in which its queries are read."""
    return {**writer.user(login), "emailAddress": login, "locale": "en_US", "groups": {"size": 1, "items": []}}


def fields(settings: site.Site) -> list[Json]:
    """GET field: system and custom fields; the ids of custom ones are this site's own."""
    absent = [*([] if settings.approvals else [site.APPROVALS]), *([] if settings.charting else [site.FIRST_RESPONSE])]
    return [_field(field) for field in site.FIELDS if field not in absent]


def names() -> Mapping[str, str]:
    """What `expand=names` adds."""
    return {field.id: field.name for field in site.FIELDS}


def schemas() -> Mapping[str, Any]:
    """What `expand=schema` adds."""
    return {field.id: field.schema for field in site.FIELDS if field.schema}


def _field(field: site.Field) -> Json:
    return {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        **({"untranslatedName": field.name} if field.custom else {}),
        "custom": field.custom,
        "orderable": field.id not in ("created", "updated", "resolutiondate", "statuscategorychangedate", "project"),
        "navigable": True,
        "searchable": field.schema is not None,
        "clauseNames": list(field.clauses),
        **({"schema": dict(field.schema)} if field.schema else {}),
    }


def statuses(writer: Writer, ledger: Ledger) -> list[Json]:
    """GET status: what the workflows use, with categories."""
    return [writer.status(status) for status in ledger.statuses.values()]


def priorities(writer: Writer) -> list[Json]:
    """GET priority, in their order."""
    return [writer.priority(number) for number in site.PRIORITIES]


def resolutions(writer: Writer) -> list[Json]:
    """GET resolution."""
    return [writer.resolution(*pair) for pair in site.RESOLUTIONS.values()]


def issue_types(writer: Writer) -> list[Json]:
    """GET issuetype."""
    return [writer.issue_type(kind) for kind in site.ISSUE_TYPES]


def link_types(writer: Writer) -> Json:
    """GET issueLinkType."""
    return {"issueLinkTypes": [writer.link_type(name) for name in site.LINK_TYPES]}


def projects(writer: Writer, ledger: Ledger, query: QueryParams) -> Json:
    """GET project/search: the projects the account sees. Raises `UnreadableError`."""
    every = [writer.project(key) for key in ledger.projects]
    return page(every, query, writer.url("project/search"), most=50)


def page(values: list[Json], query: QueryParams, url: str, most: int) -> Json:
    """A page by offset; a size beyond the greatest is cut without a word. Raises `UnreadableError`."""
    start, size = max(number(query, "startAt", 0), 0), min(max(number(query, "maxResults", most), 1), most)
    shown, last = values[start : start + size], start + size >= len(values)
    return {
        "self": f"{url}?maxResults={size}&startAt={start}",
        **({} if last else {"nextPage": f"{url}?maxResults={size}&startAt={start + size}"}),
        "maxResults": size,
        "startAt": start,
        "total": len(values),
        "isLast": last,
        "values": shown,
    }
