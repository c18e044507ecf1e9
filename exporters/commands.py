"""The commands around the board: peer reviews."""

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

    return {"import": import_}


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
