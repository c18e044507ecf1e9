"""What a request sends: parameters, forms and bodies made of placeholders."""

from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson
import pytest

from connectors.exchange import Call
from connectors.listing import compile_request
from connectors.manifest_request import Request
from connectors.workbench.conversation import Exchange
from connectors.workbench.replay import differences

SEARCH = {
    "operation": "get",
    "key": "SELECT Ticket WHERE org = {options.org|quote} AND changed >= '{since}'",
    "limit": "{size}",
    "page": "{page}",
    "fields": "{options.fields}",
}
VALUES = {"options.org": 'A "quoted" name', "since": "2025-06-01 00:00:00", "size": 100, "page": 1}


def made(**said: Any) -> Call:
    return compile_request(Request.model_validate({"path": "/rest", **said}))(VALUES)


def test_an_object_in_a_form_is_sent_as_the_text_of_its_json() -> None:
    call = made(method="POST", form={"version": "1.3", "json_data": SEARCH})
    assert call.form is not None
    assert call.form["version"] == "1.3"
    assert orjson.loads(call.form["json_data"]) == {
        "operation": "get",
        "key": 'SELECT Ticket WHERE org = "A \\"quoted\\" name" AND changed >= \'2025-06-01 00:00:00\'',
        "limit": 100,  # a number stays one
        "page": 1,
    }  # and what is empty is left out


def test_an_object_in_a_query_likewise_and_a_list_repeats_the_parameter() -> None:
    call = made(query={"filter": {"size": "{size}"}, "state": ["new", "open"]})
    assert call.query == [("filter", '{"size":100}'), ("state", "new"), ("state", "open")]


@pytest.mark.parametrize(("page", "wrong"), [(1, []), (2, ["form field json_data.page is 1, not 2"])])
def test_of_json_in_a_form_a_conversation_compares_only_the_keys_that_it_names(page: int, wrong: list[str]) -> None:
    call = made(method="POST", form={"version": "1.3", "json_data": SEARCH})
    request = httpx.Request("POST", "https://acme.example/rest", data=dict(call.form or {}))
    assert dict(parse_qsl(request.content.decode())).keys() == {"version", "json_data"}
    one = Exchange.model_validate({"asked": "POST /rest", "form": {"version": 1.3, "json_data": {"page": page}}})
    assert differences(request, one) == wrong


def test_of_a_list_what_is_empty_is_left_out() -> None:
    call = made(query={"columns[]": ["2", "{options.none}", "{size}", ""]})
    assert call.query == [("columns[]", "2"), ("columns[]", "100"), ("columns[]", "")]
