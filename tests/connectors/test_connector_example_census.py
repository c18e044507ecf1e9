"""The census of the untried examples, against answers written by hand: which ids are listed, and what is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import Registry
from connectors.rest import SourceConnector
from connectors.workbench.conversation import Conversation, Exchange
from connectors.workbench.replay import Answers, connector_of
from core.model import SECOND, Instant

EXAMPLES = Path(__file__).parents[2] / "config" / "connectors.d"
NOW: Instant = 1_750_377_600 * SECOND  # 2025-06-20
AT: Instant = 1_749_031_200 * SECOND  # 2025-06-04T10:00:00Z, noon in Paris


@dataclass
class Talk:
    """How one system is asked for its ids, and for some of them again."""

    stream: str
    first: Mapping[str, Any]  # what leads to the census: logins and lists that are asked at the beginning
    ids: list[Mapping[str, Any]]
    again: list[Mapping[str, Any]]
    histories: list[Mapping[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)

    def connector(self, name: str) -> SourceConnector:
        said = Conversation.model_validate(
            {"since": "2025-06-01", "now": "2025-06-20", "options": self.options, "conversation": []}
        )
        asked = [self.first, *self.ids, *self.again, *self.histories]
        answers = Answers([Exchange.model_validate({"repeat": True, **one}) for one in asked])
        return connector_of(Registry(EXAMPLES).manifest(name), said, answers)


def itop(objects: Mapping[str, Any]) -> Mapping[str, Any]:
    shown = {f"UserRequest::{key}": {"key": key, "fields": fields} for key, fields in objects.items()}
    return {"objects": shown or None, "code": 0, "message": "Found"}


def found(rows: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"totalcount": len(rows), "count": len(rows), **({"data": rows} if rows else {})}


REQUEST = {
    "ref": "R-7", "status": "pending", "priority": "2", "start_date": "2025-06-02 10:00:00",
    "last_update": "2025-06-04 12:00:00",
}  # fmt: skip
ZAMMAD = {"id": 7, "number": "22007", "state": "open", "priority": "3 high", "created_at": "2025-06-02T08:00:00.000Z"}
FRESH = {
    "id": 7,
    "type": "Incident",
    "status": 3,
    "priority": 2,
    "created_at": "2025-06-02T08:00:00Z",
    "updated_at": "2025-06-04T10:00:00Z",
}
XURRENT = {
    "id": 7,
    "status": "waiting_for",
    "impact": "low",
    "category": "incident",
    "created_at": "2025-06-02T10:00:00+02:00",
    "updated_at": "2025-06-04T12:00:00+02:00",
}
TALKS = {
    "freshservice": Talk(
        "ticket",
        {"asked": "GET /api/v2/groups", "answer": {"groups": []}},
        [
            {"asked": "GET /api/v2/ticket_form_fields", "answer": {"ticket_fields": []}},
            {
                "asked": "GET /api/v2/tickets",
                "query": {"updated_since": "2025-06-01T00:00:00Z", "page": 1},
                "answer": {"tickets": [FRESH, {**FRESH, "id": 9, "type": "Service Request"}]},
            },
        ],
        [
            {"asked": "GET /api/v2/tickets/7?include=stats", "answer": {"ticket": FRESH}},
            {"asked": "GET /api/v2/tickets/8", "status": 404, "answer": None},
        ],
        [{"asked": "GET /api/v2/tickets/7/activities", "answer": {"activities": []}}],
        {"kinds": {"Alert": "incident", "Question": None}},
    ),
    "xurrent": Talk(
        "request",
        {"asked": "GET /v1/me", "answer": {"id": 9}},
        [
            {
                "asked": "GET /v1/requests",
                "query": {"fields": "id,updated_at", "updated_at": ">=2025-06-01T00:00:00Z"},
                "answer": [{"id": 7, "updated_at": "2025-06-04T12:00:00+02:00"}],
            },
        ],
        [{"asked": "GET /v1/requests", "query": {"id": "7,8", "category": "incident"}, "answer": [XURRENT]}],
        [
            {"asked": "GET /v1/requests/7/audit", "answer": []},
            {"asked": "GET /v1/requests/7/notes/public", "answer": []},
        ],
        {"account": "widget"},
    ),
    "itop": Talk(
        "request",
        {"asked": "POST /webservices/rest.php", "form": {"json_data": {"class": "Team"}}, "answer": itop({})},
        [
            {
                "asked": "POST /webservices/rest.php",
                "form": {"json_data": {"output_fields": "last_update", "limit": 1000, "page": 1}},
                "answer": itop({"7": {"last_update": "2025-06-04 12:00:00"}}),
            },
            {
                "asked": "POST /webservices/rest.php",
                "form": {"json_data": {"output_fields": "last_update", "limit": 1000, "page": 2}},
                "answer": itop({}),
            },
        ],
        [
            {
                "asked": "POST /webservices/rest.php",
                "form": {
                    "json_data": {
                        "key": 'SELECT UserRequest WHERE id IN (7, 8) AND request_type IN ("incident")',
                    }
                },
                "answer": itop({"7": REQUEST}),
            }
        ],
        [
            {
                "asked": "POST /webservices/rest.php",
                "form": {"json_data": {"class": "CMDBChangeOpSetAttributeScalar"}},
                "answer": itop({}),
            }
        ],
        {"zone": "Europe/Paris"},
    ),
    "glpi": Talk(
        "ticket",
        {"asked": "GET /apirest.php/getActiveProfile", "answer": {"active_profile": {"id": 4}}},
        [
            {
                "asked": "GET /apirest.php/search/Ticket",
                "query": {"forcedisplay[]": ["2", "14", "19"], "range": "0-999"},
                "answer": found(
                    [
                        {"2": 9, "14": 2, "19": "2025-06-04 12:00:00"},  # a request, and no incident
                        {"2": 7, "14": 1, "19": "2025-06-04 12:00:00"},
                    ]
                ),
            },
            {"asked": "GET /apirest.php/Group", "answer": []},
        ],
        [
            {
                "asked": "GET /apirest.php/search/Ticket",
                "query": {"criteria[0][field]": "2", "criteria[0][searchtype]": "equals", "criteria[0][value]": "7"},
                "answer": found(
                    [{"2": 7, "12": 4, "3": 4, "14": 1, "15": "2025-06-02 10:00:00", "19": "2025-06-04 12:00:00"}]
                ),
            },
            {
                "asked": "GET /apirest.php/search/Ticket",
                "query": {"criteria[0][field]": "2", "criteria[0][value]": "8"},
                "answer": found([]),
            },
        ],
        [{"asked": f"GET /apirest.php/Ticket/7/{one}", "answer": []} for one in ("Log", "ITILFollowup")],
        {"zone": "Europe/Paris"},
    ),
    "zammad": Talk(
        "ticket",
        {"asked": "GET /api/v1/users/me", "answer": {"id": 4}},
        [
            {
                "asked": "GET /api/v1/tickets/search",
                "query": {"query": "updated_at:[2025-06-01T00:00:00Z TO 2999-12-31]", "per_page": 200},
                "answer": [{**ZAMMAD, "updated_at": "2025-06-04T10:00:00.000Z"}],
            },
            {
                "asked": "GET /api/v1/tickets/search",
                "query": {"query": "updated_at:[2025-06-01T00:00:00Z TO 2999-12-31] AND id:<7"},
                "answer": [],
            },
        ],
        [
            {
                "asked": "GET /api/v1/tickets/7?expand=true",
                "answer": {**ZAMMAD, "state": "pending reminder", "updated_at": "2025-06-04T10:00:00.000Z"},
            },
            {"asked": "GET /api/v1/tickets/8", "status": 404, "answer": {"error": "Couldn't find Ticket"}},
        ],
        [
            {"asked": "GET /api/v1/ticket_history/7", "answer": {"history": []}},
            {"asked": "GET /api/v1/ticket_articles/by_ticket/7", "answer": []},
        ],
    ),
}


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("itop", "unseen"),
        ("glpi", "unseen"),
        ("zammad", "deleted"),
        ("freshservice", "deleted"),
        ("xurrent", "unseen"),
    ],
)
def test_an_example_lists_its_ids_with_their_change_times_and_tells_what_became_of_a_ticket(
    name: str, absent: str
) -> None:
    talk = TALKS[name]
    connector = talk.connector(name)
    assert dict(connector.listed(talk.stream, NOW)) == {"7": AT}
    asked = list(connector.again(talk.stream, {"7": None, "8": None}, NOW))
    came = {
        key: state
        for one in asked
        if one.page.tickets
        for key, state in zip(one.page.tickets["vendor_id"], one.page.tickets["state"], strict=True)
    }
    assert came == {"7": "hold"}
    assert {key: why for one in asked for key, why in one.lost.items()} == {"8": absent}
    connector.close()


def test_a_ticket_in_freshservices_trash_is_told_deleted_when_it_is_asked_for() -> None:
    talk = TALKS["freshservice"]
    trashed = {"asked": "GET /api/v2/tickets/7?include=stats", "answer": {"ticket": {**FRESH, "deleted": True}}}
    connector = replace(talk, again=[trashed]).connector("freshservice")
    (asked,) = connector.again("ticket", {"7": None}, NOW)
    assert (asked.page.tickets["vendor_id"], asked.page.tombstones["ticket"], asked.lost) == ([], ["7"], {})
    connector.close()
