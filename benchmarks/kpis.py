"""Speed of a KPI run: all families and windows over many tickets, beside a bare numpy computation of the same kind.

Run by hand: python -m benchmarks.kpis [tickets]. The ratio travels to other machines, the seconds do not.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.synthetic_facts import catalogue, facts
from core.catalogue import DAY
from core.facts import NEVER, Facts
from core.kpi.compute import compute
from core.model import SECOND, Instant

AT: Instant = 1_790_000_000 * SECOND


def bare(given: Facts, at: Instant) -> int:
    """Counts, p50, p90, p95 and mean of lead time by service and supplier over three windows, and unions of outages."""
    tickets, made = given.tickets, 0
    done = (tickets.resolved_at != NEVER) & (tickets.kind == 0)
    lead = (tickets.resolved_at - tickets.opened_at) / SECOND
    for days in (7, 30, 90):
        within = done & (tickets.resolved_at >= at - days * DAY) & (tickets.resolved_at < at)
        for group in (tickets.source, tickets.service.codes):
            order = np.argsort(group[within], kind="stable")
            keys, starts = np.unique(group[within][order], return_index=True)
            for part in np.split(lead[within][order], starts[1:]):
                made += len(np.quantile(part, (0.5, 0.9, 0.95))) + int(part.mean() > 0)
            made += len(keys)
        for code in range(len(given.outages.component.values)):
            mine = given.outages.component.codes == code
            start = np.sort(np.clip(given.outages.start[mine], at - days * DAY, at))
            end = np.maximum.accumulate(np.clip(given.outages.end[mine], at - days * DAY, at))
            made += int(np.sum(end - start) >= 0)
    return made


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of some runs."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def main(tickets: int) -> None:
    """Print one line of the table in docs/performance.md."""
    given, config = facts(tickets, 20, 20, AT), catalogue(20, 20)
    ours, yardstick = best(lambda: compute(given, config, AT)), best(lambda: bare(given, AT))
    made = len(compute(given, config, AT))
    print(f"{tickets:,} tickets, 20 suppliers, 20 services, 5 windows: {made:,} series in {ours:.3f} s")
    print(f"bare numpy, lead time and outages over three windows: {yardstick:.3f} s; ratio {ours / yardstick:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
