"""Words that maps look up: a part of one, words that are counted though a value was found, a login that is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.manifest_map import Rule, Times, ValueMap
from connectors.mapping import Language, Notes, compile_rules
from connectors.values import UNKNOWN, lookup
from core.connector import AuthenticationError
from tests.connectors.fake_system import NOW, System, manifest, tickets


def test_a_map_with_match_looks_up_what_is_found_in_the_word() -> None:
    find = lookup(ValueMap.model_validate({"match": r"^(\w+) ", "values": {"high": 1, "low": 4}}), {})
    assert [find(word) for word in ("High (4 h)", "low prio", "high", "very high", "")] == [1, 4, *[UNKNOWN] * 3]


@pytest.mark.parametrize("counts", [True, False])
def test_a_word_that_no_map_knows_is_counted_beside_the_value_of_a_later_rule_where_the_rule_says_so(
    counts: bool,
) -> None:
    said: Any = [
        {"path": "name", "values": {"Open": "active"}, "counts": counts},
        {"path": "begun", "values": {"true": "active"}},
    ]
    rules = tuple(Rule.model_validate(rule) for rule in said)
    column, notes = compile_rules("state", rules, Language(Times())), Notes()
    records = [{"name": "Odd", "begun": True}, {"name": "Open"}, {"name": "Odd", "begun": True}, {"name": "Odder"}]
    assert column(records, notes) == ["active", "active", "active", None]
    assert notes.unmapped == {("state", "Odder"): 1, **({("state", "Odd"): 2} if counts else {})}


def test_the_operator_of_a_refused_login_is_told_what_is_often_wrong_with_it() -> None:
    said = manifest({"ticket": tickets()}, auth={"none": True, "hint": "tokens end after a year"})
    with pytest.raises(
        AuthenticationError,
        match=r"answered 401; the system wants a login; say one under auth of the source; tokens end after a year$",
    ):
        list(System(lambda request: httpx.Response(401)).connector(said).pages("ticket", None, NOW))
