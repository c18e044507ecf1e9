"""What the HTTP pages ask of the running hub: a Protocol that the daemon fulfils."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.board.pack import Pack
from core.catalogue import Catalogue
from core.settings import BoardSettings
from core.status import SetAside, SourceStatus


class HubState(Protocol):
    """The running hub. Everything but `readiness` and `reload` answers at once, out of memory."""

    @property
    def title(self) -> str:
        """What the operator calls the whole: `board.title` of the configuration."""

    @property
    def catalogue(self) -> Catalogue:
        """The configuration in force."""

    @property
    def board(self) -> BoardSettings:
        """The board and its meetings."""

    def statuses(self) -> Sequence[SourceStatus]:
        """How each source is, in the order of the configuration."""

    def pack(self, month: str) -> Pack:
        """The board pack of a month; MonthError for what is no month. Called in a thread of its own."""

    def set_aside(self) -> Sequence[SetAside]:
        """What became no figure, by source."""

    def readiness(self) -> str | None:
        """Why the hub is not ready, None when it is; may ask the database, is called in a thread of its own."""

    def reload(self) -> str | None:
        """Read the configuration again; what is wrong with it, or None. Called in a thread of its own."""
