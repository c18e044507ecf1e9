"""What the board of the demo has agreed so far, and what the parties said of each other last month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from connectors.simulators.story_cast import INTEGRATOR, SUPPLIERS
from connectors.simulators.story_draft import DAY
from core.actions import Action, local
from core.model import Instant
from core.reviews import Review

_ACTIONS: Final = (
    # title, owners, agreed so many days ago, due so many days from now, done so many days ago, figure, before
    ("Say in each handover what was tried already", ("acme", "globex"), 40, 12, None,
     "siam_joint_handover_bounce_ratio", 0.42),
    ("One list of who is on call for the shop at night", (), 40, -5, None,
     'siam_service_case_lead_time_seconds{service="webshop",stat="p50"}', 96_000.0),
    ("Tell all parties of changes on the network a week ahead", ("initech",), 70, -30, 20,
     "siam_joint_change_success_ratio", 0.78),
)  # fmt: skip
_SCORES: Final = (4, 5, 3, 4, 5, 4)
_THANKS: Final = {
    ("globex", "acme"): "You stayed on the call until the shop was up again, though the fault was ours.",
    (INTEGRATOR, "initech"): "The note before the network change saved the service desk a busy morning.",
}


def agreed(now: Instant, zone: str) -> Sequence[Action]:
    """The actions, as if the board had met for some months."""
    today = local(now, zone).date()
    return [
        Action(
            0,
            title,
            owners,
            today + timedelta(days=due),
            series,
            before,
            f"{local(now - (ago + 31) * DAY, zone):%Y-%m}",
            now - ago * DAY,
            None if done is None else now - done * DAY,
        )
        for title, owners, ago, due, done, series, before in _ACTIONS
    ]


def said(month: str) -> Sequence[Review]:
    """Everybody's reviews of everybody for a month."""
    parties = [*(supplier.key for supplier in SUPPLIERS), INTEGRATOR]
    pairs = [(by, about) for by in parties for about in parties if by != about]
    return [
        Review(month, by, about, 5 if remark else _SCORES[i % len(_SCORES)], 1, 5, remark)
        for i, (by, about) in enumerate(pairs)
        for remark in [_THANKS.get((by, about))]
    ]
