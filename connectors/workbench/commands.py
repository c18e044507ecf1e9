"""The commands of `siamhub connector`: which connectors there are, and whether one is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from connectors.registry import Registry
    from core.settings import Settings, SourceSettings

FAILED = 1


def commands(
    registry: Callable[[Path], Registry], configure: Callable[[Path], tuple[Settings, Registry]]
) -> Mapping[str, click.Command]:
    """The commands by name. The two give what a configuration's path leads to; `registry` does without one."""

    @click.command("list")
    @click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
    @click.pass_obj
    def list_connectors(path: Path, as_json: bool) -> None:
        """Every connector by name, and where it comes from."""
        click.echo(registry(path).listing(as_json), nl=False)

    @click.command()
    @click.argument("name")
    @click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
    @click.pass_obj
    def show(path: Path, name: str, as_json: bool) -> None:
        """One manifest with its options explained."""
        click.echo(registry(path).description(name, as_json), nl=False)

    @click.command()
    @click.argument("manifest", metavar="FILE.yaml")
    @click.option(
        "--against", "place", type=click.Path(path_type=Path), required=True, help="A folder of conversations, or one."
    )
    @click.option("--update", "--accept", "update", is_flag=True, help="Keep what came as what is expected.")
    @click.option("--json", "as_json", is_flag=True, help="What came and what differs, as JSON.")
    @click.pass_obj
    def test(path: Path, manifest: str, place: Path, update: bool, as_json: bool) -> None:
        """Replay recorded answers through a manifest, without a network; say what differs from what is expected.

        FILE.yaml is a manifest, or the name of a connector. The exit status is 1 where something differs.
        """
        from connectors.registry import Registry
        from connectors.workbench.testing import report, run_against

        file = Path(manifest)
        if not file.is_file():
            known, name = registry(path), manifest
        elif file.name == "manifest.yaml":
            known, name = Registry(file.parent.parent), file.parent.name
        else:
            known, name = Registry(file.parent), file.stem
        cases = run_against(known.manifest(name), place, update)
        click.echo(report(cases, as_json), nl=False)
        if not all(case.good for case in cases):
            raise click.exceptions.Exit(FAILED)

    @click.command("try")
    @click.argument("supplier")
    @click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 200), help="Records of each stream.")
    @click.option("--since", "since", metavar="TIME", help="Records changed since then. [the source's `since`]")
    @click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
    @click.pass_obj
    def try_connector(path: Path, supplier: str, limit: int, since: str | None, as_json: bool) -> None:
        """A few records of a supplier beside what becomes of them, and what its sources support. Nothing is stored."""
        from connectors.rest import SourceConnector
        from connectors.workbench.tried_text import as_plain, text
        from connectors.workbench.trying import tried
        from core.daemon import now
        from core.status import SourceStatus

        settings, known = configure(path)
        found = []
        for source in chosen(settings, supplier, since):
            observer = SourceStatus(supplier, source.name, interval=source.every)
            connector = known.make(source.connector, source.config, observer)
            where = f"{supplier}/{source.name}"
            try:
                if not isinstance(connector, SourceConnector):
                    raise click.UsageError(f"{where} is read by a Python package, which has no manifest to look at")
                found.append(tried(where, known.manifest(source.connector), connector, limit, now()))
            finally:
                connector.close()
        click.echo(as_plain(found) if as_json else text(found), nl=False)
        if all(stream.error for one in found for stream in one.streams):
            raise click.exceptions.Exit(FAILED)

    @click.command()
    @click.argument("supplier")
    @click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write.")
    @click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 200), help="Records of each stream.")
    @click.option("--since", "since", metavar="TIME", help="Records changed since then. [the source's `since`]")
    @click.option("--json", "as_json", is_flag=True, help="What was written, as JSON.")
    @click.pass_obj
    def record(path: Path, supplier: str, out: Path, limit: int, since: str | None, as_json: bool) -> None:
        """Record a few records of a supplier as conversations for `connector test`: no logins, hosts, persons, texts.

        Fields that no rule reads are left out. Read what is written before you give it away.
        """
        import orjson

        from connectors.workbench import conversation
        from connectors.workbench.recording import checked
        from connectors.workbench.recording import record as recorded
        from connectors.workbench.testing import report, run_against
        from core.daemon import now
        from core.status import SourceStatus

        settings, known = configure(path)
        written = []
        for source in chosen(settings, supplier, since):
            manifest = known.manifest(source.connector)
            observer = SourceStatus(supplier, source.name, interval=source.every)
            said, scrubber = recorded(manifest, source.config, observer, limit, now())
            text = checked(conversation.dumped({**said, "connector": source.connector}), scrubber)
            out.mkdir(parents=True, exist_ok=True)
            file = out / f"{source.name}.yaml"
            file.write_text(text, encoding="utf-8")
            cases = run_against(manifest, file, update=True)
            checked(report(cases, as_json=True), scrubber)
            count = len(said["conversation"])
            written.append({"file": str(file), "exchanges": count, "good": all(case.good for case in cases)})
            if not as_json:
                click.echo(f"{file}: {count} exchanges; read it before you give it away")
                click.echo(report(cases, as_json=False), nl=False)
        if as_json:
            click.echo(orjson.dumps(written, option=orjson.OPT_INDENT_2))
        if not all(one["good"] for one in written):
            raise click.exceptions.Exit(FAILED)

    found: list[Any] = [list_connectors, show, test, try_connector, record]
    return {command.name: command for command in found}


def chosen(settings: Settings, supplier: str, since: str | None) -> list[SourceSettings]:
    """The sources of a supplier, read from another moment on where one is said. Refuses what is not configured."""
    from dataclasses import replace

    from core.calendar import instant_of
    from core.settings.mistakes import hint

    found = [source for source in settings.sources if source.supplier == supplier]
    if not found:
        keys = [one.key for one in settings.catalogue.suppliers]
        told = f"no supplier with a source is called {supplier!r}; {hint(supplier, keys)}"
        raise click.BadParameter(told, param_hint="SUPPLIER")
    if since is None:
        return found
    try:
        moment = instant_of(since, settings.catalogue.zone)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{since!r} is no time; write 2026-10-31", param_hint="--since") from None
    return [replace(source, config=replace(source.config, since=moment)) for source in found]
