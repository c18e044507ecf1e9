"""Who is asked about whom, and what a sent form says."""

from __future__ import annotations

from core.catalogue import Catalogue, ServiceEntry, SourceEntry, SupplierEntry
from core.invitations import MOST, QUESTIONS, THANKS, Invitation, asked_about, digest_of, new_token, read_form
from core.model import Part, Structure
from core.reviews import Review

SUPPLIERS = tuple(SupplierEntry(key, key.title()) for key in ("acme", "globex", "initech", "hooli"))
INTEGRATOR = ("integrator", "The service integrator")
CATALOGUE = Catalogue(
    suppliers=SUPPLIERS,
    services=(ServiceEntry("webshop", "Webshop", structure=Structure(2, (Part("acme", "web"), Part("globex", "dc")))),),
    sources=(SourceEntry("initech", "jira", 1, services=(("webshop", ("Shop*",)),)), SourceEntry("hooli", "jira", 1)),
)
OPEN = Invitation("0" * 64, "2026-10", "acme", expires_at=100)
ASKED = [("globex", "Globex"), INTEGRATOR]


def filled(**fields: str) -> tuple[list[Review], list[str]]:
    found = read_form({name.replace("_", "."): text for name, text in fields.items()}, OPEN, ASKED)
    return list(found.reviews), list(found.mistakes)


def test_each_token_is_another_one_and_only_its_digest_is_told() -> None:
    one, other = new_token(), new_token()
    assert one != other
    assert len(digest_of(one) or "") == 64
    assert digest_of(one) == digest_of(one) != digest_of(other)


def test_what_cannot_be_a_token_has_no_digest() -> None:
    assert [digest_of(text) for text in ("", "x", "é" * 43, new_token() + "x", new_token()[1:] + "\n")] == [None] * 5


def test_an_invitation_is_open_until_it_is_used_or_expired() -> None:
    assert OPEN.open(99)
    assert not OPEN.open(100)
    assert not Invitation("", "2026-10", "acme", 100, used_at=1).open(2)


def test_a_supplier_is_asked_about_those_with_a_service_in_common_and_the_integrator() -> None:
    assert asked_about(CATALOGUE, "acme") == [("globex", "Globex"), ("initech", "Initech"), INTEGRATOR]
    assert asked_about(CATALOGUE, "integrator") == [(entry.key, entry.title) for entry in SUPPLIERS]


def test_without_a_service_in_common_a_supplier_is_asked_about_all_others() -> None:
    assert [key for key, _ in asked_about(CATALOGUE, "hooli")] == ["acme", "globex", "initech", "integrator"]


def test_of_a_thousand_suppliers_those_with_the_most_in_common_are_asked_about() -> None:
    names = [f"s{number}" for number in range(1000)]
    every = ServiceEntry("a", "A", structure=Structure(1, tuple(Part(name, "c") for name in names)))
    few = ServiceEntry("b", "B", structure=Structure(1, (Part("s0", "c"), Part("s998", "c"))))
    catalogue = Catalogue(suppliers=tuple(SupplierEntry(name, name) for name in names), services=(every, few))
    asked = [key for key, _ in asked_about(catalogue, "s0")]
    assert len(asked) == MOST + 1
    assert asked[-2:] == ["s998", "integrator"]
    assert len(asked_about(catalogue, "integrator")) == MOST


def test_a_review_is_the_mean_of_the_marks_that_were_given() -> None:
    reviews, mistakes = filled(globex_1="5", globex_2="4", globex_3="", globex_thanks="  For the \r\n night shift ")
    assert reviews == [Review("2026-10", "acme", "globex", 4.5, 1, 5, "For the night shift")]
    assert mistakes == []


def test_a_party_without_marks_and_fields_of_other_parties_make_no_review() -> None:
    reviews, mistakes = filled(integrator_1="3", hooli_1="1", acme_1="5")
    assert [(each.about, each.score, each.remark) for each in reviews] == [("integrator", 3, None)]
    assert mistakes == []


def test_what_is_wrong_is_told_by_party() -> None:
    assert filled(globex_1="6", integrator_2="five")[1] == [
        "Globex: a mark goes from 1 to 5.",
        "The service integrator: a mark goes from 1 to 5.",
    ]
    assert filled(globex_1="5", globex_thanks="x" * (THANKS + 1))[1] == [
        "Globex: the thanks is longer than 300 characters."
    ]
    assert filled(globex_1="5", globex_thanks="a\x00b")[1] == [
        "Globex: the thanks has characters that cannot be shown."
    ]
    assert filled(globex_thanks="thanks")[1] == ["Globex: a thanks goes with at least one mark."]
    assert "nothing to send" in filled()[1][0]


def test_there_are_five_questions() -> None:
    assert len(set(QUESTIONS)) == 5
