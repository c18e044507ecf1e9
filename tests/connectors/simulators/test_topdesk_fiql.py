"""FIQL: what TOPdesk's query parameter accepts, how it groups, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.simulators.topdesk_fiql import FiqlError, parse
from core.model import to_instant

FIELDS = {
    "number": "text",
    "modificationDate": "date",
    "closed": "boolean",
    "operatorGroup.name": "text",
    "operatorGroup.id": "id",
    "feedbackRating": "number",
    "request": "memo",
}


def card(**values: Any) -> dict[str, Any]:
    return {
        "number": "I 2410 017",
        "modificationDate": to_instant(datetime(2024, 5, 1, 10, tzinfo=UTC)),
        "closed": False,
        "operatorGroup": {"id": "g1", "name": "Servicedesk"},
        "feedbackRating": None,
        "request": "help",
        **values,
    }


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("modificationDate=ge=2024-05-01T10:00:00Z", True),
        ("modificationDate=gt=2024-05-01T10:00:00Z", False),
        ("modificationDate=lt=2024-05-01T10:00:01Z", True),
        ("modificationDate=le=2024-05-01T12:00:00+0200", True),
        ("modificationDate=ge=2024-05-01T12:00:01+02:00", False),
        ("number=='I 2410 017'", True),
        ('number=="I 2410 017"', True),
        ("number!=x", True),
        ("number=sw=I", True),
        ("operatorGroup.name=in=(a,Servicedesk)", True),
        ("operatorGroup.name=out=(a,Servicedesk)", False),
        ("closed==false", True),
        ("feedbackRating==null", True),
        ("feedbackRating!=null", False),
        ("feedbackRating=ge=1", False),
        ("closed==true;number==x,closed==false", True),
        ("closed==true;(number==x,closed==false)", False),
        ("closed==false,number==x;closed==true", True),
    ],
)
def test_a_query_finds_the_cards_it_describes(query: str, holds: bool) -> None:
    assert parse(query, FIELDS)(card()) is holds


def test_a_backslash_keeps_a_quote_inside_quotes() -> None:
    assert parse(r"number=='it\'s'", FIELDS)(card(number="it's"))


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(FiqlError, match="query contains unknown field: 'archived'"):
        parse("archived==false", FIELDS)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "number",
        "number=I 2410 017",
        "number==I 2410 017",
        "modificationDate=ge=2024-05-01",
        "modificationDate=ge=2024-05-01T12:00:00 0200",
        "closed==yes",
        "closed=gt=true",
        "request==help",
        "request=in=(a)",
        "operatorGroup.id=sw=g",
        "number=='open",
        "(number==a",
        "number==a)",
        "number=in=a",
        "number==a;;number==b",
        "feedbackRating=ge=many",
    ],
)
def test_what_is_no_fiql_is_refused(query: str) -> None:
    with pytest.raises(FiqlError, match="Error parsing one of the query parameters"):
        parse(query, FIELDS)
