"""Speed of the board pack: the page of a month over many tickets, none of its months closed, and over closed ones.

Run by hand: python -m benchmarks.board [tickets].
"""

from __future__ import annotations

import sys

from benchmarks.kpis import AT, best
from benchmarks.synthetic_facts import catalogue, facts
from core.board.pack import Asked, pack
from core.board.period import latest, preceding
from core.months import close_month
from exporters.board.page import board_html


def main(tickets: int) -> None:
    """Print the lines of docs/performance.md."""
    given, config = facts(tickets, 20, 20, AT), catalogue(20, 20)
    month = latest(config.zone, AT)

    def asked(*closed: str) -> Asked:
        kept = {text: close_month(text, given, config, AT, "1", anyway=True) for text in closed}
        return Asked(given, config, kept, (), (), None, (), "Board", "1")

    for words, what in (("nothing closed", asked()), ("two months closed", asked(month, preceding(month)))):
        seconds = best(lambda what=what: board_html(pack(what, month, AT)))  # type: ignore[misc]
        size = len(board_html(pack(what, month, AT)).encode())
        print(f"{tickets:,} tickets, 20 suppliers, 20 services, {words}: {seconds:.2f} s, {size / 1000:.0f} kB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
