"""Work begun before its result is needed: the next page while this one is saved, batches side by side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """One piece of work in a thread of its own, which holds up nobody's end: a process may stop while it waits."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="siamhub ahead", daemon=True)
        self._thread.start()

    def result(self) -> T:
        """What the work gives, or what it raises."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # noqa: BLE001  # raised again where the result is asked for
            self._error = error


def side_by_side(works: Iterable[Callable[[], T]], most: int) -> Iterator[T]:
    """The results in order, of at most so many works at a time; with one at a time no thread is made."""
    if most <= 1:
        for work in works:
            yield work()
        return
    begun: deque[Ahead[T]] = deque()
    for work in works:
        begun.append(Ahead(work))
        if len(begun) >= most:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()
