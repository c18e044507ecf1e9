"""The commands around the board: peer reviews, closed months."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from core.settings import Settings
    from core.store.store import Store


def review_commands(
    configure: Callable[[Path], Settings], open_store: Callable[[Settings], AbstractContextManager[Store]]
) -> Mapping[str, click.Command]:
    """The commands of `siamhub review` by name."""

    @click.command("import")
    @click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path, dir_okay=False))
    @click.option("--json", "as_json", is_flag=True, help="What was kept, as JSON.")
    @click.pass_obj
    def import_(path: Path, file: Path, as_json: bool) -> None:
        """Keep peer reviews: columns period (2026-10), from, about, score, min, max, and remark where there are any.

        Parties are the suppliers' keys and `integrator`. What was imported before for the same month and reviewer is
        replaced. Reviews of oneself are kept but do not count.
        """
        from core.calendar import month_of
        from core.catalogue import INTEGRATOR
        from core.daemon import now
        from core.reviews import read_reviews

        settings = configure(path)
        parties = [entry.key for entry in settings.catalogue.suppliers] + [INTEGRATOR]
        found = read_reviews(file, parties, month_of(now(), settings.catalogue.zone))
        with open_store(settings) as store:
            replaced = store.replace_reviews(found, "import", now())
        told: dict[str, Any] = {
            "kept": len(found),
            "replaced": replaced,
            "of_oneself": sum(each.reviewer == each.about for each in found),
            "periods": sorted({each.period for each in found}),
        }
        click.echo(_json(told) if as_json else _words(told))

    @click.command("invite")
    @click.argument("period", metavar="2026-10")
    @click.argument("parties", metavar="[PARTY ...]", nargs=-1)
    @click.option("--days", type=click.IntRange(1, 90), default=14, show_default=True, help="How long a link works.")
    @click.option("--url", help="Where the parties reach siamhub. [the address in `listen`]")
    @click.option("--json", "as_json", is_flag=True, help="The links, as JSON.")
    @click.pass_obj
    def invite(path: Path, period: str, parties: tuple[str, ...], days: int, url: str | None, as_json: bool) -> None:
        """Make a link for every supplier and the integrator, behind which each reviews the others for the month.

        The links are shown this once and kept nowhere: send each one to its party. A party's link works for one form.
        Links made before that were not used work no more. Who has sent a form gets a new link only when named; its new
        form takes the place of the old one.
        """
        from core.daemon import now
        from exporters.inviting import base_url, invited, links

        settings = configure(path)
        base = base_url(settings, url)
        with open_store(settings) as store:
            made, done = invited(store, settings.catalogue, period, parties, days, now())
        if as_json:
            told = [{"party": party, "url": link} for party, link in links(made, base)]
            click.echo(_json({"month": period, "links": told, "answered": list(done)}))
            return
        width = max((len(party) for party in made), default=0)
        for party, link in links(made, base):
            click.echo(f"{party:<{width}}  {link}")
        if done:
            click.echo(f"{', '.join(done)}: answered already; name a party to let it review again", err=True)

    return {"import": import_, "invite": invite}


def board_commands(
    configure: Callable[[Path], Settings],
    open_store: Callable[[Settings], AbstractContextManager[Store]],
    version: str,
) -> Mapping[str, click.Command]:
    """The commands of `siamhub board` by name."""

    @click.command("close")
    @click.argument("month", metavar="2026-10")
    @click.option("--anyway", is_flag=True, help="Though a source was not read to the month's end.")
    @click.option("--json", "as_json", is_flag=True, help="What was kept, as JSON.")
    @click.pass_obj
    def close(path: Path, month: str, anyway: bool, as_json: bool) -> None:
        """Keep the figures of a month as the board sees them. A closed month is never written over."""
        from core.daemon import now
        from exporters.months import close as close_it
        from exporters.months import closed_words, summary

        settings = configure(path)
        with open_store(settings) as store:
            closed = close_it(store, settings.catalogue, month, now(), version, anyway)
        click.echo(_json(summary(closed)) if as_json else closed_words(closed, settings.catalogue.zone))

    @click.command("list")
    @click.option("--json", "as_json", is_flag=True, help="The months, as JSON.")
    @click.pass_obj
    def list_(path: Path, as_json: bool) -> None:
        """The months that are closed."""
        from exporters.months import closed_words, summary

        settings = configure(path)
        with open_store(settings) as store:
            found = [closed for month in store.closed_months() if (closed := store.month(month)) is not None]
        if as_json:
            click.echo(_json({"months": [summary(closed) for closed in found]}))
        else:
            lines = [closed_words(closed, settings.catalogue.zone) for closed in found]
            click.echo("\n".join(lines or ["no month is closed"]))

    @click.command("restatements")
    @click.argument("month", metavar="2026-10")
    @click.option("--json", "as_json", is_flag=True, help="With every record that could matter, as JSON.")
    @click.pass_obj
    def restatements(path: Path, month: str, as_json: bool) -> None:
        """The figures of a closed month that would be others today, and why."""
        from exporters.months import restate, restated, words

        settings = configure(path)
        with open_store(settings) as store:
            closed, found = restate(store, settings.catalogue, month, version)
        click.echo(_json(restated(closed, found)) if as_json else words(closed, found))

    return {"close": close, "list": list_, "restatements": restatements}


def _json(told: Mapping[str, Any]) -> str:
    import orjson

    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def _words(told: Mapping[str, Any]) -> str:
    reviews = "review" if told["kept"] == 1 else "reviews"
    words = [f"{told['kept']} {reviews} kept, for {', '.join(told['periods']) or 'no month'}"]
    if told["replaced"]:
        words.append(f"{told['replaced']} imported before were replaced")
    if told["of_oneself"]:
        words.append(f"{told['of_oneself']} about oneself will not count")
    return "; ".join(words)
