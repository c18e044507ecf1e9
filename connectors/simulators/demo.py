"""The demo's set-up: three simulated suppliers on loopback, and the configuration that connects siamhub to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol

from starlette.applications import Starlette

from connectors.simulators import demo_configuration as texts
from connectors.simulators import jira, servicenow, topdesk
from connectors.simulators.faults import Faults
from connectors.simulators.history import History, read_history
from connectors.simulators.login import Login
from connectors.simulators.server import Served, serve
from connectors.simulators.story import tell
from connectors.simulators.story_cast import SUPPLIERS
from connectors.simulators.story_draft import DAY
from connectors.simulators.world import World
from core.errors import UserError
from core.model import Instant

PAST: Final = 95 * DAY
FUTURE: Final = 3 * DAY

Clock = Callable[[], Instant]


class Simulator(Protocol):
    """What each vendor's module offers."""

    def __call__(
        self, world: World, supplier: str, clock: Clock, faults: Faults | None = None, login: Login = ...
    ) -> Starlette:
        """The system of one supplier, answering as of the clock."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A vendor that can be simulated."""

    title: str
    app: Simulator
    login: Login


KINDS: Final[Mapping[str, Kind]] = {
    "servicenow": Kind("ServiceNow", servicenow.app, servicenow.LOGIN),
    "jira": Kind("Jira Cloud", jira.app, jira.LOGIN),
    "topdesk": Kind("TOPdesk", topdesk.app, topdesk.LOGIN),
}


class Demo:
    """The simulated suppliers as they are served; ends with the `with` block or with `close`."""

    def __init__(self, now: Instant, served: Mapping[str, Served], faults: Mapping[str, Faults], log: History | None):
        self._now, self._served, self._log = now, served, log
        self.faults: Final = faults  # by supplier
        self._stack = ExitStack()
        for each in served.values():
            self._stack.callback(each.close)

    @property
    def addresses(self) -> Mapping[str, str]:
        """What each server is, for a person -> its address."""
        vendors = {supplier.key: KINDS[supplier.vendor].title for supplier in SUPPLIERS}
        return {f"{vendors[key]} of {key}": served.url for key, served in self._served.items()}

    def configuration(self, database: str, listen: str) -> str:
        """The text of a configuration file that connects siamhub to these suppliers, for the demo and to keep."""
        urls = {key: served.url for key, served in self._served.items()}
        logins = {supplier.key: KINDS[supplier.vendor].login for supplier in SUPPLIERS}
        if self._log is not None:
            return texts.of_history(database, listen, self._now, urls["acme"], logins["acme"], self._log)
        return texts.of_story(database, listen, self._now - PAST, urls, logins)

    def close(self) -> None:
        """End the servers; again is no harm."""
        self._stack.close()

    def __enter__(self) -> Demo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start(seed: int, now: Instant, clock: Clock, history: Path | None = None) -> Demo:
    """Serve the three suppliers of the story, which has gone on for 95 days and goes on while `clock` does.

    With `history` the ServiceNow supplier alone is served, with the incidents of that log: the other two have lived in
    other years and share no service with it. Raises `HistoryError`.
    """
    if history is not None:
        log = read_history(history)
        faults = {"acme": Faults(seed=seed)}
        app = servicenow.app_of(log, clock, faults["acme"])
        return Demo(now, {"acme": serve(app)}, faults, log)
    world = story(seed, now)
    faults = {supplier.key: Faults(seed=seed) for supplier in SUPPLIERS}
    served: dict[str, Served] = {}
    for supplier in SUPPLIERS:
        kind = KINDS[supplier.vendor]
        served[supplier.key] = serve(kind.app(world, supplier.key, clock, faults[supplier.key], kind.login))
    return Demo(now, served, faults, None)


def story(seed: int, now: Instant) -> World:
    """The demo's world for somebody who begins to watch now."""
    return tell(seed, now - PAST, now + FUTURE, now)


def serve_one(
    vendor: str, seed: int, now: Instant, clock: Clock, host: str = "127.0.0.1", port: int = 0,
    history: Path | None = None,
) -> tuple[Served, Login]:  # fmt: skip
    """One simulator by itself, to try a connector on: `vendor` is a key of KINDS. Returns the server and its login.

    Faults are ordered at POST /_sim/faults. Raises `UserError` for a vendor that is not simulated and for a history
    that is not ServiceNow's, `HistoryError` and `ListenError`.
    """
    kind = KINDS.get(vendor)
    if kind is None:
        raise UserError(f"there is no simulator {vendor!r}; there are: {', '.join(KINDS)}")
    if history is not None:
        if vendor != "servicenow":
            raise UserError(f"a recorded log is replayed as ServiceNow, not as {vendor}; leave one of the two out")
        return serve(servicenow.app_of(read_history(history), clock, Faults()), host, port), kind.login
    supplier = next(supplier.key for supplier in SUPPLIERS if supplier.vendor == vendor)
    return serve(kind.app(story(seed, now), supplier, clock, Faults(), kind.login), host, port), kind.login
