"""The board on the command line: the pack as a file, and improvement actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from core.actions import Action
    from core.catalogue import Catalogue
    from core.closed import Figures
    from core.model import Instant
    from core.settings import Settings
    from core.store.store import Store

_NO_WINDOW: Final = 'siam_service_availability_ratio{service="webshop"}'


def write_pack(store: Store, settings: Settings, month: str | None, folder: Path, version: str, as_json: bool) -> None:
    """Write the pack of a month, of the last whole one where none is named. MonthError and OutputError."""
    from core.board.gather import gather
    from core.board.pack import pack
    from core.board.period import latest
    from core.daemon import now
    from exporters.board.page import board_html

    at = now()
    text = latest(settings.catalogue.zone, at) if month is None else month
    made = pack(gather(store, settings, text, at, version, lambda: None), text, at)
    file = folder / f"board-{made.period.month}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(board_html(made), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be written: {error.strerror or error}") from error
    told = {
        "file": str(file),
        "month": made.period.month,
        "closed": made.closed is not None,
        "records": made.records,
        "missing": list(made.missing),
        "restated": len(made.since),
    }
    if as_json:
        click.echo(_json(told))
        return
    click.echo(str(file))
    if not made.records:
        click.echo(f"there are no records of {made.period.month}: the pack says so and shows no figures", err=True)
    elif made.missing:
        click.echo(f"not read to the end: {', '.join(made.missing)}; the pack says so", err=True)


def action_commands(
    configure: Callable[[Path], Settings], open_store: Callable[[Settings], AbstractContextManager[Store]]
) -> Mapping[str, click.Command]:
    """The commands of `siamhub action` by name."""

    @click.command("add")
    @click.argument("title")
    @click.option("--owner", "owners", multiple=True, help="A party that does it; again for several. [all together]")
    @click.option("--due", metavar="2026-12-15", help="The day by which it is done.")
    @click.option("--kpi", "series", help=f"The figure that it should move, without a window: {_NO_WINDOW}")
    @click.option("--json", "as_json", is_flag=True, help="The action, as JSON.")
    @click.pass_obj
    def add(
        path: Path, title: str, owners: tuple[str, ...], due: str | None, series: str | None, as_json: bool
    ) -> None:
        """Keep what the board agreed to do. The figure as it is now is kept beside it."""
        from core.actions import Action, due_of, title_of
        from core.daemon import now

        settings, at = configure(path), now()
        _known(owners, settings.catalogue)
        action = Action(
            0, title_of(title), tuple(dict.fromkeys(owners)), due_of(due) if due else None, None, None, None, at, None
        )
        with open_store(settings) as store:
            if series is not None:
                action = _aimed(store, settings, action, series, at)
            action = store.add_action(action)
        click.echo(_json(_told(action, at, settings.catalogue.zone)) if as_json else _words(action, at, settings))

    @click.command("list")
    @click.option("--all", "every", is_flag=True, help="Those that are done too.")
    @click.option("--json", "as_json", is_flag=True, help="The actions, as JSON.")
    @click.pass_obj
    def list_(path: Path, every: bool, as_json: bool) -> None:
        """The actions that are open or late."""
        from core.daemon import now

        settings, at = configure(path), now()
        zone = settings.catalogue.zone
        with open_store(settings) as store:
            found = [each for each in store.actions() if every or each.status(at, zone) != "done"]
        if as_json:
            click.echo(_json({"actions": [_told(each, at, zone) for each in found]}))
        else:
            click.echo("\n".join([_words(each, at, settings) for each in found] or ["no action is open"]))

    @click.command("done")
    @click.argument("number", type=int)
    @click.option("--json", "as_json", is_flag=True, help="The action, as JSON.")
    @click.pass_obj
    def done(path: Path, number: int, as_json: bool) -> None:
        """An action is done. NUMBER is the one that `siamhub action list` shows."""
        from core.actions import ActionError
        from core.daemon import now

        settings, at = configure(path), now()
        with open_store(settings) as store:
            finished = store.finish_action(number, at)
            every = store.actions()
        action = next((each for each in every if each.id == number), None)
        if action is None:
            still = ", ".join(str(each.id) for each in every if each.done_at is None) or "none"
            raise ActionError(f"there is no action {number}; open ones: {still}")
        if not finished:
            raise ActionError(f"action {number} is done already: {action.title}")
        click.echo(_json(_told(action, at, settings.catalogue.zone)) if as_json else _words(action, at, settings))

    return {"add": add, "list": list_, "done": done}


def _aimed(store: Store, settings: Settings, action: Action, text: str, at: Instant) -> Action:
    """The action with the figure that it should move, as it is in the last whole month. ActionError."""
    from dataclasses import replace

    from core.actions import ActionError
    from core.board.pack import confidential
    from core.board.period import latest
    from core.explain.explanation import NoSuchSeriesError
    from core.explain.series import parse
    from core.months import figures_of
    from exporters.board.words import series
    from exporters.families import FAMILIES

    families = {
        name: tuple(label for label in family.labels if label != "window")
        for name, family in FAMILIES.items()
        if name.startswith("siam_") and family.origin == "kpi" and family.type == "gauge"
    }
    try:
        asked = parse(text, families)
    except NoSuchSeriesError as error:
        raise ActionError(f"--kpi: {error}; leave the window out, the pack is about months") from error
    if confidential(asked.name, asked.labels):
        raise ActionError(
            f"--kpi: {asked.name} rests on what few people said of each other, and the pack shows the actions' figures "
            "to all; name another figure, such as siam_supplier_handover_answered_in_time_ratio"
        )
    month = latest(settings.catalogue.zone, at)
    closed = store.month(month)
    sources = [(entry.supplier, entry.name) for entry in settings.catalogue.sources]
    figures = closed.figures if closed else figures_of(store.facts(sources), settings.catalogue, month)
    name = series(asked.name, sorted(asked.labels.items()))
    value = _value(figures, asked.name, asked.labels)
    if value is None:
        _possible(settings.catalogue, asked.labels)
    return replace(action, series=name, before=value, before_month=month)


def _value(figures: Figures, name: str, labels: Mapping[str, str]) -> float | None:
    for (each, has), value in figures.items():
        if each == name and {key: said for key, said in has if key != "window"} == dict(labels):
            return value
    return None


def _possible(catalogue: Catalogue, labels: Mapping[str, str]) -> None:
    """ActionError for a supplier or service that is not configured: such a figure would never be there."""
    from core.actions import ActionError
    from core.catalogue import INTEGRATOR

    known = {
        "service": [entry.key for entry in catalogue.services],
        "supplier": [*(entry.key for entry in catalogue.suppliers), INTEGRATOR],
    }
    for label, there in known.items():
        if label in labels and labels[label] not in there:
            raise ActionError(f"--kpi: no {label} is called {labels[label]!r}; there are {', '.join(there)}")


def _known(owners: Sequence[str], catalogue: Catalogue) -> None:
    from core.actions import ActionError
    from core.catalogue import INTEGRATOR

    parties = [*(entry.key for entry in catalogue.suppliers), INTEGRATOR]
    for owner in owners:
        if owner not in parties:
            raise ActionError(f"--owner: no party is called {owner!r}; there are {', '.join(parties)}")


def _told(action: Action, at: Instant, zone: str) -> Mapping[str, Any]:
    from core.actions import local

    return {
        "id": action.id,
        "title": action.title,
        "owners": list(action.owners),
        "due": None if action.due is None else action.due.isoformat(),
        "status": action.status(at, zone),
        "kpi": action.series,
        "before": action.before,
        "before_month": action.before_month,
        "agreed_at": local(action.agreed_at, zone).isoformat(),
        "done_at": None if action.done_at is None else local(action.done_at, zone).isoformat(),
    }


def _words(action: Action, at: Instant, settings: Settings) -> str:
    from exporters.board.words import figure

    said = [f"{action.id}  {action.status(at, settings.catalogue.zone):<4}  {action.title}"]
    said.append(", ".join(action.owners) or "all together")
    if action.due is not None:
        said.append(f"by {action.due}")
    if action.series is not None:
        before = figure(action.series.partition("{")[0], action.before)
        said.append(f"moves {action.series}, {before} in {action.before_month}")
    return "; ".join(said)


def _json(told: Mapping[str, Any]) -> str:
    import orjson

    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
