"""The commands that need no supplier: `siamhub demo`, the hub on simulated ones, and `simulate`, one of them."""

from __future__ import annotations

import errno
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import click

_SEED = click.option("--seed", default=7, show_default=True, help="Another seed, another story.")
FAILED = 1


def demo_commands(
    once: Callable[[Path], bool],
    serve: Callable[[Path], AbstractContextManager[str]],
    wait: Callable[[], None],
    seat_board: Callable[[Path], None],
) -> Sequence[click.Command]:
    """Both. `once`: one pass and the KPIs of a configuration, and whether it went well; `serve`: the hub in operation
    on it, with the address of its pages; `wait`: until somebody ends it; `seat_board`: what the board said before.
    """

    @click.command()
    @click.option("--once", "only_once", is_flag=True, help="Sync, print the KPIs and stop.")
    @click.option(
        "--history",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Replay a recorded incident log (CSV, also .gz or .xz) as the ServiceNow supplier.",
    )
    @_SEED
    @click.option("--listen", default="127.0.0.1:9877", show_default=True, help="Where to serve metrics and pages.")
    def demo(only_once: bool, history: Path | None, seed: int, listen: str) -> None:
        """Simulated suppliers as real HTTP servers, the hub on them, metrics and pages on one port."""
        from connectors.simulators.demo import start
        from core.daemon import now

        address = free_address(listen)
        with (
            tempfile.TemporaryDirectory(prefix="siamhub-demo-") as folder,
            start(seed=seed, now=now(), clock=now, history=history) as world,
        ):
            path = Path(folder) / "siamhub.yaml"
            database = f"sqlite:///{Path(folder) / 'siamhub.db'}"
            path.write_text(world.configuration(database, address), encoding="utf-8")
            for name, url in world.addresses.items():
                click.echo(f"{name:<28} {url}")
            if only_once:
                if not once(path):
                    raise click.exceptions.Exit(FAILED)
                return
            if history is None:
                seat_board(path)
            with serve(path) as url:
                click.echo(f"{'configuration of this demo':<28} {path}")
                pages = f"start page {url}/   board pack {url}/board"
                click.echo(f"\nmetrics {url}/metrics   {pages}   Ctrl-C ends it")
                wait()

    @click.command()
    @click.argument("vendor")
    @click.option("--port", default=0, help="0 takes any free one.")
    @_SEED
    @click.option(
        "--history", type=click.Path(path_type=Path, dir_okay=False), help="A recorded incident log, as `servicenow`."
    )
    def simulate(vendor: str, port: int, seed: int, history: Path | None) -> None:
        """One simulated system by itself (servicenow, jira or topdesk), to try a connector on."""
        from connectors.simulators.demo import serve_one
        from core.daemon import now

        served, login = serve_one(vendor, seed, now(), now, port=port, history=history)
        with served:
            click.echo(f"{vendor} on {served.url}, user {login.user}, password {login.secret}; Ctrl-C ends it")
            wait()

    return [demo, simulate]


def free_address(listen: str) -> str:
    """The address, or a free port of the same host where another program has it: a demo must not fail over a port."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter(f"{listen!r} is no address; write 127.0.0.1:9877", param_hint="--listen")
    try:
        socket.create_server((host, int(port))).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise click.BadParameter(
                f"cannot listen on {listen}: {error.strerror or error}", param_hint="--listen"
            ) from None
        click.echo(f"{listen} is taken, perhaps by another siamhub: this demo takes a free port instead", err=True)
        return f"{host}:0"
    return listen
