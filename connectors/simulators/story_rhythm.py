"""When things happen: weekdays and office hours more than nights and weekends."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from connectors.simulators.story_draft import HOUR
from core.model import SECOND, Instant, to_datetime

ZONE: Final = ZoneInfo("Europe/Amsterdam")
DAY_SHAPE: Final = (1, 1, 1, 1, 1, 1, 2, 5, 10, 12, 11, 10, 8, 9, 10, 9, 8, 5, 3, 3, 2, 2, 1, 1)
"""Weight of each local hour of a working day."""
WEEKEND: Final = 0.22


def moments(rng: random.Random, start: Instant, end: Instant, per_day: float) -> Iterator[Instant]:
    """Instants, whole seconds, ascending by the hour; `per_day` of them on a working day on average."""
    hour = start // HOUR * HOUR
    while hour < end:
        local = to_datetime(hour).astimezone(ZONE)
        weight = DAY_SHAPE[local.hour] / sum(DAY_SHAPE) * (WEEKEND if local.weekday() >= 5 else 1.0)
        for _ in range(_count(rng, per_day * weight)):
            at = hour + rng.randrange(3600) * SECOND
            if start <= at < end:
                yield at
        hour += HOUR


def evenly(rng: random.Random, start: Instant, end: Instant, gap: int) -> Iterator[Instant]:
    """Instants at random distances, `gap` microseconds on average, day and night."""
    at = start
    while (at := at + max(SECOND, int(rng.expovariate(1 / gap)) // SECOND * SECOND)) < end:
        yield at


def _count(rng: random.Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average (Poisson, for small means)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
