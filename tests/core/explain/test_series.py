"""A series is read as Prometheus writes it, and what is mistyped gets a suggestion."""

from __future__ import annotations

import pytest

from core.explain.explanation import NoSuchSeriesError
from core.explain.series import parse

KNOWN = {"siam_service_outages": ("service", "window"), "siam_joint_waiting_ratio": ("window",)}


def test_labels_come_in_any_order_and_are_put_in_that_of_the_family() -> None:
    found = parse('siam_service_outages{ window="7d" , service="a\\"b", }', KNOWN)
    assert list(found.labels.items()) == [("service", 'a"b'), ("window", "7d")]
    assert parse(str(found), KNOWN) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("siam_service_outage", "did you mean siam_service_outages?"),
        ('siam_service_outages{servce="shop",window="7d"}', "did you mean service?"),
        ('siam_service_outages{service="shop"}', "needs the label window"),
        ("siam_service_outages{service=shop}", "values in double quotes"),
        ('siam_service_outages{window="7d",window="7d"}', "stands there twice"),
        ("siamhub_tickets", "is about the hub itself"),
        ("{}", "is no series"),
        ('siam_joint_waiting_ratio{window="7d"', "is no series"),
    ],
)
def test_what_is_no_series_is_told_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(NoSuchSeriesError) as error:
        parse(text, KNOWN)
    assert told in str(error.value)
