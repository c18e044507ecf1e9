"""The example manifests that no live system has tried yet, each held to conversations written by hand.

What is expected was compared with what the conversations say, line by line. To look at what changed, and keep it:

    siamhub connector test config/connectors.d/NAME.yaml --against tests/connectors/conversations/NAME --update
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.registry import Registry
from connectors.workbench import conversation
from connectors.workbench.conversation import Exchange
from connectors.workbench.replay import Answers, connector_of
from connectors.workbench.testing import report, run_against

EXAMPLES = Path(__file__).parents[2] / "config" / "connectors.d"
TALKS = Path(__file__).parent / "conversations"
FILES = [file for folder in sorted(TALKS.iterdir()) for file in conversation.files(folder)]
UNTRIED = [path for path in sorted(EXAMPLES.glob("*.yaml")) if "not yet tried" in path.read_text().lower()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_an_example_reads_a_conversation_as_expected(file: Path) -> None:
    manifest = Registry(EXAMPLES).manifest(file.parent.name)
    cases = run_against(manifest, file)
    assert all(case.good for case in cases), report(cases, as_json=False)


@pytest.mark.parametrize("path", UNTRIED, ids=lambda path: path.stem)
def test_an_untried_example_is_held_to_a_refusal_for_too_much_and_to_a_later_pass(path: Path) -> None:
    talks = [conversation.load(file) for file in conversation.files(TALKS / path.stem)]
    assert any(one.status == 429 for talk in talks for one in talk.conversation)
    assert len({talk.since for talk in talks}) > 1


@pytest.mark.parametrize(
    ("name", "stream", "asked", "fits", "again"),
    [
        # of a list in another order only the first page counts: what changed since may have come too late for it
        (
            "freshservice",
            "ticket",
            "GET /api/v2/tickets",
            {"query": {"updated_since": "2025-06-05T07:55:00Z"}},
            lambda answers: {"tickets": answers[1]["tickets"][-1:]},
        ),
        # 2025-06-08T09:55:00Z is five to twelve in Paris, and later than that second is asked for
        (
            "glpi",
            "ticket",
            "GET /apirest.php/search/Ticket",
            {"query": {"criteria[0][field]": "19", "criteria[0][value]": "2025-06-08 11:54:59"}},
            lambda answers: {"totalcount": 1, "data": answers[0]["data"][:1]},
        ),
        # the same moment; the page behind ends the list
        (
            "itop",
            "request",
            "POST /webservices/rest.php",
            {
                "form": {
                    "json_data": {
                        "key": "SELECT UserRequest WHERE last_update >= '2025-06-08 11:55:00' "
                        'AND request_type IN ("incident") AND org_name IN ("Demo", "The \\"Best\\"")'
                    }
                }
            },
            lambda answers: {"objects": dict([next(iter(answers[1]["objects"].items()))])},
        ),
        (
            "xurrent",
            "request",
            "GET /v1/requests",
            {"query": {"updated_at": ">=2025-06-10T08:00:00Z"}},
            lambda answers: answers[1][-1:],
        ),
        # the newest first; the page behind the last id ends the list
        (
            "zammad",
            "ticket",
            "GET /api/v1/tickets/search",
            {"query": {"query": "updated_at:[2025-06-05T08:45:00Z TO 2999-12-31]"}},
            lambda answers: answers[0][:1],
        ),
        # 2025-06-10T11:55:00Z: the last change of any kind counts, not the last that a person would call one
        (
            "zendesk",
            "ticket",
            "GET /api/v2/incremental/tickets/cursor.json",
            {"query": {"start_time": 1749556500}},
            lambda answers: {"tickets": answers[1]["tickets"][-1:], "end_of_stream": True},
        ),
    ],
)
def test_the_next_pass_begins_before_the_last_change_and_asks_for_no_history_anew(
    name: str, stream: str, asked: str, fits: dict[str, Any], again: Callable[[list[Any]], Any]
) -> None:
    talk = conversation.load(TALKS / name / "first-pass.yaml")
    answers = [
        one.answer for one in talk.conversation if one.status in (200, 206) and one.asked.partition("?")[0] == asked
    ]
    change = again(answers)
    lists = Exchange.model_validate({"asked": asked, **fits, "answer": change})
    none = [] if isinstance(change, list) else {key: type(value)() for key, value in change.items()}
    end = Exchange.model_validate({"asked": asked, "answer": none, "repeat": True})
    system = Answers([*talk.conversation, lists, end])
    heard: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(f"{request.method} {request.url.path}")
        return system(request)

    connector = connector_of(Registry(EXAMPLES).manifest(name), talk, answer)  # type: ignore[arg-type]
    first = list(connector.pages(stream, None, talk.now))
    heard.clear()
    second = list(connector.pages(stream, first[-1].checkpoint, talk.now))
    assert set(heard) == {asked}
    assert sum(page.read for page in second) == 1
