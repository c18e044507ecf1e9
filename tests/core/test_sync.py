"""One pass over a source: what is kept, in which order, and how each kind of failure ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from core.connector import (
    AbsentError,
    Access,
    AnswerError,
    AuthenticationError,
    ForbiddenError,
    SourceError,
    UnavailableError,
)
from core.model import Instant, Page, Reject
from core.status import SourceStatus
from core.sync import Outcome, sync


@dataclass(frozen=True)
class Mark:
    text: str
    mapping_digest: str


@dataclass(frozen=True)
class Kept:
    changed: bool


@dataclass
class Shelf:
    """A store that remembers."""

    marks: dict[str, Mark] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    passes: list[tuple[str, str, int]] = field(default_factory=list)
    changes: bool = True

    def checkpoint(self, source_id: int, stream: str) -> Mark | None:
        return self.marks.get(stream)

    def save(self, source_id: int, page: Page, mapping_digest: str, now: Instant) -> Kept:
        self.pages.append(page)
        if page.checkpoint is not None:
            self.marks[page.stream] = Mark(page.checkpoint, mapping_digest)
        return Kept(self.changes)

    def record_pass(self, source_id: int, started: Instant, ended: Instant, state: str, reason: str, read: int) -> None:
        self.passes.append((state, reason, read))


@dataclass
class Script:
    """A connector that plays pages and errors, stream by stream."""

    play: dict[str, list[Page | SourceError]]
    mapping_digest: str = "one"
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def streams(self) -> Sequence[str]:
        return list(self.play)

    def pages(self, stream: str, checkpoint: str | None, now: Instant) -> Iterator[Page]:
        self.asked.append((stream, checkpoint))
        for step in self.play[stream]:
            if isinstance(step, SourceError):
                raise step
            yield step

    def probe(self) -> Sequence[Access]:
        return []

    def close(self) -> None:
        return None


def run(script: Script, shelf: Shelf, stopping: bool = False, full: bool = False) -> tuple[Outcome, SourceStatus]:
    status = SourceStatus("acme", "servicenow", 300.0)
    return sync(1, script, shelf, status, lambda: 5, lambda: stopping, full), status


def page(stream: str, checkpoint: str, read: int = 2, watermark: int | None = 3, total: int | None = None) -> Page:
    return Page(stream, checkpoint, watermark, read=read, total=total)


def test_a_pass_keeps_every_page_and_goes_on_from_the_last_checkpoint() -> None:
    shelf = Shelf()
    first = Script({"incident": [page("incident", "a"), page("incident", "b")]})
    outcome, status = run(first, shelf)
    assert outcome == Outcome("ok", "", 4, True)
    assert (status.state, status.up, status.last_success, status.watermark) == ("ok", True, 5, 3)
    second = Script({"incident": [page("incident", "c")]})
    run(second, shelf)
    assert second.asked == [("incident", "b")]


def test_a_full_pass_starts_from_the_beginning() -> None:
    shelf = Shelf({"incident": Mark("a", "one")})
    script = Script({"incident": []})
    run(script, shelf, full=True)
    assert script.asked == [("incident", None)]


def test_another_mapping_reads_everything_again() -> None:
    shelf = Shelf({"incident": Mark("a", "another")})
    script = Script({"incident": []})
    run(script, shelf)
    assert script.asked == [("incident", None)]


def test_a_stream_that_may_not_be_read_is_a_gap_and_the_others_are_read() -> None:
    shelf = Shelf()
    outcome, status = run(Script({"incident": [ForbiddenError("no right")], "change": [page("change", "a")]}), shelf)
    assert (outcome.state, outcome.reason) == ("partial", "incident: no right")
    assert status.streams["incident"] == "left out: no right"
    assert (shelf.marks["change"].text, status.last_success) == ("a", None)


def test_a_stream_that_not_everybody_has_is_no_gap_but_is_said() -> None:
    outcome, status = run(Script({"feed": [AbsentError("no right")], "incident": [page("incident", "a")]}), Shelf())
    assert (outcome.state, outcome.reason) == ("ok", "feed: no right")
    assert (status.streams["feed"], status.last_success) == ("absent: no right", 5)


def test_a_pass_that_may_read_nothing_has_failed() -> None:
    outcome, status = run(Script({"incident": [ForbiddenError("no right")]}), Shelf())
    assert (outcome.state, outcome.reason) == ("failed", "incident: no right")
    assert status.up is False


def test_an_answer_of_the_wrong_shape_fails_its_stream_alone() -> None:
    shelf = Shelf()
    play: dict[str, list[Page | SourceError]] = {
        "incident": [page("incident", "a"), AnswerError("HTML came")],
        "change": [page("change", "x")],
    }
    outcome, status = run(Script(play), shelf)
    assert (outcome.state, outcome.reason) == ("partial", "incident: HTML came")
    assert shelf.marks["incident"].text == "a"
    assert shelf.marks["change"].text == "x"
    assert status.up is True
    assert status.last_success is None


@pytest.mark.parametrize("error", [AuthenticationError("wrong password"), UnavailableError("no answer")])
def test_a_system_that_refuses_or_does_not_answer_is_not_asked_for_its_other_streams(error: SourceError) -> None:
    script = Script({"incident": [error], "change": [page("change", "x")], "outage": []})
    outcome, status = run(script, Shelf())
    assert [stream for stream, _ in script.asked] == ["incident"]
    assert outcome == Outcome("failed", f"incident: {error}; 2 more streams not tried", 0, False)
    assert status.up is False


def test_a_stop_ends_behind_the_page_in_hand_and_is_no_failure() -> None:
    shelf = Shelf()
    outcome, status = run(Script({"incident": [page("incident", "a"), page("incident", "b")]}), shelf, stopping=True)
    assert outcome == Outcome("stopped", "", 2, True)
    assert shelf.marks["incident"].text == "a"
    assert status.up is None


def test_pages_that_change_nothing_are_told_apart() -> None:
    outcome, _ = run(Script({"incident": [page("incident", "a")]}), Shelf(changes=False))
    assert outcome.changed is False


def test_what_was_set_aside_and_what_did_not_map_is_counted() -> None:
    bad = Page(
        "incident", "a", None, rejects=[Reject("k", "no id", "")] * 2, unmapped={("state", "Pausiert"): 3}, read=2
    )
    _, status = run(Script({"incident": [bad]}), Shelf())
    assert status.rejected == {("incident", "no id"): 2}
    assert status.unmapped == {("state", "Pausiert"): 3}


def test_the_expected_total_covers_the_streams_before() -> None:
    play: dict[str, list[Page | SourceError]] = {
        "incident": [page("incident", "a", read=10, total=10)],
        "change": [page("change", "x", read=1, total=5)],
    }
    _, status = run(Script(play), Shelf())
    assert (status.read, status.total) == (11, 15)
