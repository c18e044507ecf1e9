"""The example manifests that no live system has tried yet, each held to conversations written by hand.

What is expected was compared with what the conversations say, line by line. To look at what changed, and keep it:

    siamhub connector test config/connectors.d/NAME.yaml --against tests/connectors/conversations/NAME --update
"""

from pathlib import Path

import pytest

from connectors.registry import Registry
from connectors.workbench import conversation
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
