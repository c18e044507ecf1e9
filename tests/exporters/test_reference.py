"""The reference of the metrics, and the number of series it promises."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.kpi.timeline import SUSPICIONS
from core.model import Sample
from exporters.cardinality import Sizes, by_group, formula, series, sizes, total, words
from exporters.families import FAMILIES
from exporters.family import Family
from exporters.hub_metrics import hub_metrics
from exporters.reference import reference
from tests.exporters.example import AT, CATALOGUE, every_sample, statuses

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
SIZES = Sizes(suppliers=3, services=5, sources=7, windows=11, streams=13, reasons=17, codes=19)


def test_the_committed_page_is_what_the_code_makes() -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "metrics.md"
    assert page.read_text(encoding="utf-8") == reference(), "run: python -m exporters.reference"


@every_family
def test_a_family_stands_in_the_reference_once_with_its_sentence(family: Family) -> None:
    assert reference().count(f"| `{family.name}` |") == 1
    assert f"| {family.help} |" in reference()


@every_family
def test_the_formula_comes_to_the_number(family: Family) -> None:
    names = {name: getattr(SIZES, name) for name in Sizes.__slots__}
    assert eval(formula(family).replace("×", "*"), {}, names) == series(family, SIZES)


@every_family
def test_every_label_that_can_differ_is_in_the_formula(family: Family) -> None:
    """With a family's own labels taken away one by one the number of series falls, but for labels that tell nothing."""
    lonely = {"title", "version"} | ({"supplier"} if "source" in family.labels else set())
    for label in set(family.labels) - lonely - {"from_party", "to_party"}:
        fewer = Family("siam_x", family.type, family.help, tuple(name for name in family.labels if name != label))
        whole = Family("siam_x", family.type, family.help, family.labels)
        assert series(fewer, SIZES) < series(whole, SIZES), label


def test_no_more_series_appear_than_promised() -> None:
    made: list[Sample] = every_sample()
    counted = Counter(sample.name for sample in made)
    for metric in hub_metrics("1", AT, 0.1, statuses()):
        for sample in metric.samples:
            counted[metric.name if metric.type == "histogram" else sample.name] += 1
    of = sizes(CATALOGUE)
    assert {name for name, count in counted.items() if count > series(FAMILIES[name], of)} == set()
    assert sum(counted.values()) <= total(of)


def test_the_groups_of_families_come_to_the_total() -> None:
    assert sum(by_group(SIZES).values()) == total(SIZES)
    assert f"at most {total(SIZES):,} (joint " in words(SIZES)


def test_a_thousand_suppliers_are_counted_at_once_and_called_very_many() -> None:
    said = words(Sizes(suppliers=1000, services=50, sources=1000, windows=5))
    assert "That is very many: mostly siam_changes_completed, suppliers × (services + 1) × " in said
    assert "very many" not in words(sizes(CATALOGUE))


def test_a_ticket_can_be_suspect_for_as_many_reasons_as_are_counted() -> None:
    family = FAMILIES["siamhub_tickets_suspect"]
    assert series(family, Sizes(1, 1, 1, 1)) == len(SUSPICIONS)
