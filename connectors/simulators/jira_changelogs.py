"""Histories of many issues at once: changelog/bulkfetch, which differs from every other place histories are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connectors.simulators.jira_asks import Bulk
from connectors.simulators.jira_history import History, Issue, Life
from connectors.simulators.jira_issues import Writer, item
from connectors.simulators.jira_search import RefusalError


def bulkfetch(ask: Bulk, life_of: Callable[[str], Life | None], writer: Writer, stutters: bool) -> dict[str, Any]:
    """A page of histories, oldest first over all issues, so that one issue's come in pieces. Raises `RefusalError`.

    Issues that do not exist, or that nobody may see, are left out without a word.
    """
    lives = {life.issue.id: life for name in ask.issues if (life := life_of(name))}
    told = sorted(
        ((life.issue, history) for life in lives.values() for history in life.histories if _asked(history, ask)),
        key=lambda pair: (pair[1].at, int(pair[1].id)),
    )
    page, begin = _place(ask.token)
    end = min(begin + ask.most, len(told))
    again = stutters and page % 2 == 1  # now and then a page repeats the last history of the one before
    answer: dict[str, Any] = {"issueChangeLogs": _by_issue(told[begin - again : end], ask, writer)}
    if end < len(told):
        answer["nextPageToken"] = f"{page + 1:x}g{end:x}"
    return answer


def _place(token: str | None) -> tuple[int, int]:
    if token is None:
        return 0, 0
    try:
        page, end = token.split("g")
        return int(page, 16), int(end, 16)
    except ValueError as error:
        raise RefusalError("The provided nextPageToken is invalid.") from error


def _by_issue(told: Sequence[tuple[Issue, History]], ask: Bulk, writer: Writer) -> list[dict[str, Any]]:
    grouped: dict[int, list[dict[str, Any]]] = {}
    for issue, history in told:
        grouped.setdefault(issue.id, []).append(_written(history, ask, writer))
    return [{"issueId": str(number), "changeHistories": histories} for number, histories in grouped.items()]


def _written(history: History, ask: Bulk, writer: Writer) -> dict[str, Any]:
    changes = [change for change in history.items if not ask.fields or change.field_id in ask.fields]
    return {
        **writer.author(history.who, history.actor),
        "created": history.at // 1000,  # a number, whatever the schema says
        "id": history.id,
        "items": [{key: value for key, value in item(change).items() if value is not None} for change in changes],
    }


def _asked(history: History, ask: Bulk) -> bool:
    return not ask.fields or any(change.field_id in ask.fields for change in history.items)
