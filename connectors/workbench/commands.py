"""The commands of `siamhub connector`: which connectors there are, and whether one is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from connectors.registry import Registry

FAILED = 1


def commands(registry: Callable[[Path], Registry]) -> Mapping[str, click.Command]:
    """The commands by name. `registry` gives the connectors that a configuration's path leads to."""

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

    found: list[Any] = [list_connectors, show, test]
    return {command.name: command for command in found}
