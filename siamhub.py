"""The front door of siamhub: the command line, and the one place that wires the parts together."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click

from connectors.simulators.commands import demo_commands

# Help and mistakes answer at once: the KPI engine, SQL and HTTP are imported by the commands that need them.
if TYPE_CHECKING:
    from connectors.registry import Registry
    from core.model import Instant
    from core.settings import Settings
    from core.store.store import Store
    from exporters.server import Server

    Configured: TypeAlias = tuple[Settings, Registry]

FAILED: Final = 1
MISTAKE: Final = 2
INTERRUPTED: Final = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("siamhub"), prog_name="siamhub")
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    envvar="SIAMHUB_CONFIG",
    default="siamhub.yaml",
    show_default=True,
    help="The configuration file; $SIAMHUB_CONFIG where it is set.",
)
@click.option("--verbose", "-v", is_flag=True, help="Say on standard error what is done, step by step.")
@click.pass_context
def cli(context: click.Context, path: Path, verbose: bool) -> None:
    """Joint KPIs over many suppliers' ITSM systems: one model, Prometheus metrics, one board.

    `siamhub demo` shows everything on simulated suppliers; it needs no configuration.
    """
    context.obj = path
    logging.basicConfig(
        level=logging.INFO if verbose or context.invoked_subcommand == "run" else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it says whole addresses, and a key may stand in them
    if not verbose:
        logging.getLogger("alembic").setLevel(logging.WARNING)


@cli.command()
@click.pass_obj
def run(path: Path) -> None:
    """The daemon: sync every source on its interval, refresh the KPIs, serve HTTP."""
    with _daemon(lambda: _configure(path)) as server:
        click.echo(f"siamhub {version('siamhub')} on {server.url}", err=True)
        _until_interrupted()


@cli.command()
@click.argument("suppliers", nargs=-1)
@click.option("--full", is_flag=True, help="From `since` on, instead of from where the last pass ended.")
@click.option(
    "--accept-missing",
    is_flag=True,
    help="Count all tickets now, and take those that are missing for gone however many they are: after a count was "
    "refused, and the account's rights turned out to be whole.",
)
@click.option("--json", "as_json", is_flag=True, help="How each pass ended, as JSON.")
@click.pass_obj
def sync(path: Path, suppliers: tuple[str, ...], full: bool, accept_missing: bool, as_json: bool) -> None:
    """One pass over the sources now, or over those of the named suppliers."""
    configured = _configure(path)
    _known(suppliers, [entry.key for entry in configured[0].catalogue.suppliers])
    with _store(configured) as store:
        good = _round(configured, store, suppliers, full, as_json, accept_missing)
    if not good:
        raise click.exceptions.Exit(FAILED)


@cli.command()
@click.option("--at", "moment", metavar="TIME", help="The instant to compute for: ISO 8601, in the hub's zone. [now]")
@click.option("--format", "form", type=click.Choice(["table", "json", "prometheus"]), default="table")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_obj
def kpis(path: Path, moment: str | None, form: str, as_json: bool) -> None:
    """The KPIs at an instant from what is stored, without contacting any supplier."""
    configured = _configure(path)
    at = _instant(moment, configured[0].catalogue.zone)
    with _store(configured) as store:
        click.echo(_figures(configured, store, at, moment is None, "json" if as_json else form), nl=False)


@cli.command()
@click.argument("series")
@click.option("--at", "moment", metavar="TIME", help="The instant of the figure: ISO 8601, in the hub's zone. [now]")
@click.option("--json", "as_json", is_flag=True, help="Every part, as JSON.")
@click.pass_obj
def explain(path: Path, series: str, moment: str | None, as_json: bool) -> None:
    """What a figure is made of: formula, intervals, tickets, settings, and what was left out and why.

    SERIES as /metrics writes it, in single quotes: 'siam_service_availability_ratio{service="webshop",window="30d"}'
    """
    from core.explain.explain import explain as taken_apart
    from core.operation import Refresher, statuses
    from exporters.explanation import as_json as json_of
    from exporters.explanation import as_text
    from exporters.families import FAMILIES

    configured = _configure(path)
    catalogue = configured[0].catalogue
    at = _instant(moment, catalogue.zone)
    families = {name: family.labels for name, family in FAMILIES.items() if name.startswith("siam_")}
    with _store(configured) as store:
        facts = Refresher(store, configured[0]).facts(statuses(store, configured[0]))
        found = taken_apart(facts, catalogue, at, series, families)
    click.echo(json_of(found) if as_json else as_text(found, catalogue.zone), nl=False)


@cli.command()
@click.option("--connect", is_flag=True, help="Ask each source one cheap question: what may be read and what not.")
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
@click.pass_obj
def check(path: Path, connect: bool, as_json: bool) -> None:
    """Validate the configuration and every manifest; say what is stored aside and what did not map."""
    from core.daemon import now
    from core.findings import findings
    from exporters.cardinality import sizes
    from exporters.findings import render

    settings, kinds = configured = _configure(path)
    with _store(configured) as store:
        found = findings(settings, kinds, store, connect, now())
    click.echo(render(found, settings.catalogue.zone, as_json, sizes(settings.catalogue)), nl=False)
    if not all(source.good for source in found.sources):
        raise click.exceptions.Exit(FAILED)


class _Later(click.Group):
    """Its commands are imported when one of them is wanted, so that help answers at once."""

    def __init__(self, name: str, known: Callable[[], Mapping[str, click.Command]], text: str, **more: Any) -> None:
        super().__init__(name, help=text, **more)
        self._known = known

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._known())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._known().get(cmd_name)


def _connector() -> Mapping[str, click.Command]:
    from connectors.workbench.commands import commands

    return commands(_registry, _configure)


def _review() -> Mapping[str, click.Command]:
    from exporters.commands import review_commands

    return review_commands(lambda path: _configure(path)[0], _open)


def _board() -> Mapping[str, click.Command]:
    from exporters.commands import board_commands

    return board_commands(lambda path: _configure(path)[0], _open, version("siamhub"))


def _action() -> Mapping[str, click.Command]:
    from exporters.board.commands import action_commands

    return action_commands(lambda path: _configure(path)[0], _open)


@click.pass_context
def _pack(context: click.Context, month: str | None, folder: Path, as_json: bool) -> None:
    from exporters.board.commands import write_pack

    if context.invoked_subcommand is None:
        settings = _configure(context.obj)[0]
        with _open(settings) as store:
            write_pack(store, settings, month, folder, version("siamhub"), as_json)


cli.add_command(_Later("action", _action, "What the board agreed to do."))
cli.add_command(
    _Later(
        "board",
        _board,
        "The board pack of a month as one HTML file; close a month, and see what would be different today.",
        invoke_without_command=True,
        callback=_pack,
        params=[
            click.Option(["--month"], metavar="2026-10", help="The month. [the last one that is over]"),
            click.Option(
                ["--out", "-o", "folder"],
                metavar="DIR",
                type=click.Path(path_type=Path, file_okay=False),
                default=".",
                show_default=True,
                help="The folder to write it to, as board-2026-10.html.",
            ),
            click.Option(["--json", "as_json"], is_flag=True, help="Where it was written and what it tells, as JSON."),
        ],
    )
)
cli.add_command(_Later("connector", _connector, "The connectors there are, and whether one of them is right."))
cli.add_command(_Later("review", _review, "What the parties say of each other."))


@cli.command()
@click.argument("what", type=click.Choice(["config", "manifest"]), default="config")
def schema(what: str) -> None:
    """JSON Schema of the configuration file (or of manifests), for editors."""
    import orjson

    if what == "config":
        from core.settings import schema as of
    else:
        from connectors.manifest import schema as of
    click.echo(orjson.dumps(of(), option=orjson.OPT_INDENT_2))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: the process's own). Returns the exit status; prints what is wrong, no traceback."""
    from core.errors import UserError

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, whatever is going on
    try:
        status = cli.main(args=list(argv) if argv is not None else None, prog_name="siamhub", standalone_mode=False)
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as mistake:
        mistake.show(sys.stderr)
        return mistake.exit_code
    except UserError as mistake:
        click.echo(str(mistake), err=True)
        return MISTAKE
    except KeyboardInterrupt:
        return INTERRUPTED
    return status if isinstance(status, int) else 0  # a command that partly failed says how the process ends


def _one_round(path: Path) -> bool:
    """One pass over all sources of a configuration, then the KPIs of now; whether every pass ended well."""
    from core.daemon import now

    configured = _configure(path)
    with _store(configured) as store:
        good = _round(configured, store, (), full=False, as_json=False)
        click.echo(_figures(configured, store, now(), True, "table"), nl=False)
    return good


@contextmanager
def _served(path: Path, announce: bool = False) -> Iterator[str]:
    """The hub in operation on a configuration file; gives the address of its pages."""
    with _daemon(lambda: _configure(path), announce) as server:
        yield server.url


def _seat_board(path: Path) -> None:
    """The demo's board has met before: actions and reviews are there for the pack."""
    from connectors.simulators.demo_board import agreed, said
    from core.board.period import latest
    from core.daemon import now

    configured, at = _configure(path), now()
    zone = configured[0].catalogue.zone
    with _store(configured) as store:
        for action in agreed(at, zone):
            store.add_action(action)
        store.replace_reviews(said(latest(zone, at)), "import", at)


def _configure(path: Path) -> Configured:
    """The configuration and the connectors that it may name."""
    from connectors.registry import Registry
    from core.daemon import now
    from core.settings import load

    made: list[Registry] = []

    def kinds(folder: Path | None) -> Registry:
        made.append(Registry(folder))
        return made[-1]

    settings = load(path, os.environ, kinds, now())
    return settings, made[-1]


@contextmanager
def _store(configured: Configured) -> Iterator[Store]:
    with _open(configured[0]) as store:
        yield store


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    from core.store.store import open_store

    store = open_store(settings.database)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _daemon(configure: Callable[[], Configured], announce: bool = False) -> Iterator[Server]:
    """The hub in operation with its pages; SIGHUP reads the configuration again. Ends orderly with the block.

    `announce`: show the progress of the first pass of every source, then the joint KPIs.
    """
    from core.daemon import Daemon, now
    from exporters.metrics import Exposition
    from exporters.server import serve
    from exporters.terminal import first_passes
    from exporters.web import make_app
    from exporters.web_config import WebConfig, read_web_config

    configured = configure()
    settings = configured[0]
    web = read_web_config(settings.web.config_file) if settings.web.config_file else WebConfig()
    with _store(configured) as store:
        exposition = Exposition(version("siamhub"), lambda: daemon.statuses())
        daemon = Daemon(version("siamhub"), configured, configure, store, exposition.update)
        host, port = settings.listen
        app = make_app(exposition, daemon, settings.web.lifecycle, web.users, invitations=store)
        server = serve(app, host, port, web.tls)
        # A handler only wakes a thread: a reload waits for pages in hand, and signals must not.
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=daemon.reload, name="reload").start())
        try:
            daemon.start()
            if announce:
                first_passes(daemon.statuses, exposition, settings.catalogue, now)
            yield server
        finally:
            server.stop()
            daemon.stop()


def _registry(path: Path) -> Registry:
    """The connectors there are; those of the operator's folder where there is a configuration."""
    from connectors.registry import Registry

    return _configure(path)[1] if path.exists() else Registry(None)


def _until_interrupted() -> None:
    """Wait for SIGTERM or SIGINT, which are how this ends well."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("stopping: the pages in hand are finished first", err=True)


def _round(
    configured: Configured, store: Store, suppliers: tuple[str, ...], full: bool, as_json: bool, accept: bool = False
) -> bool:
    """One pass over the sources with its progress on standard error; whether all of them ended well.

    `accept`: with a count of all tickets, however many are missing.
    """
    from rich.console import Console

    from core.daemon import now
    from core.once import Round
    from exporters.progress import watched
    from exporters.terminal import passes_json

    stop = threading.Event()
    before = [(number, signal.signal(number, lambda *_: stop.set())) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        passes = Round(configured[0], configured[1], store, suppliers)
        with watched(Console(stderr=True), passes.statuses):
            ended = passes.run(now, stop.is_set, full, accept)
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    if as_json:
        click.echo(passes_json(ended), nl=False)
    if stop.is_set():
        raise KeyboardInterrupt
    return all(one.outcome.state == "ok" for one in ended)


def _figures(configured: Configured, store: Store, at: Instant, live: bool, form: str) -> str:
    """The KPIs for `at` in the form asked for. `live`: `at` is now, and counters never fall below what was shown."""
    import time

    from core.operation import Refresher, statuses
    from exporters.terminal import figures

    settings = configured[0]
    began = time.monotonic()
    known = statuses(store, settings)
    samples = Refresher(store, settings).run(at, known, live)
    return figures(samples, at, time.monotonic() - began, known, settings.catalogue, version("siamhub"), form)


def _instant(text: str | None, zone: str) -> Instant:
    """The instant that `--at` names; none is now."""
    from core.calendar import instant_of
    from core.daemon import now

    if text is None or text == "now":
        return now()
    try:
        at = instant_of(text, zone)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{text!r} is no time; write 2026-10-31, 2026-10-31T18:00 or 2026-10-31T17:00:00Z", param_hint="--at"
        ) from None
    if not 0 <= at <= now():
        raise click.BadParameter(f"{text!r} lies in the future or before 1970", param_hint="--at")
    return at


def _known(given: tuple[str, ...], keys: Sequence[str]) -> None:
    """Refuse suppliers that are not configured."""
    from core.settings.mistakes import hint

    for key in given:
        if key not in keys:
            raise click.BadParameter(f"no supplier is called {key!r}; {hint(key, keys)}", param_hint="SUPPLIER")


for _command in demo_commands(
    lambda path: _one_round(path), lambda path: _served(path, announce=True), lambda: _until_interrupted(), _seat_board
):
    cli.add_command(_command)


if __name__ == "__main__":
    sys.exit(main())
