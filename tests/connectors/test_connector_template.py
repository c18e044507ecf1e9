import pytest

from connectors.template import Template, TemplateError

VALUES = {"a": "x", "none": None, "list": ["p", "q"], "number": 5, "empty": "", "flag": True}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("plain", "plain"),
        ("{number}", 5),
        ("{list}", ["p", "q"]),
        ("{none}", None),
        ("size={number}", "size=5"),
        ("{none}!", "!"),
        ("{flag}.", "true."),
        ("{{literal}}", "{literal}"),
        ("in ({list|quote|join:, })", 'in ("p", "q")'),
        ("{a|suffix:^}y", "x^y"),
        ("{empty|suffix:^}y", "y"),
        ("{none|prefix:a=}y", "y"),
        ("{empty|or:else}", "else"),
        ("{list|first}", "p"),
        ("{number|text}", "5"),
    ],
)
def test_a_template_is_filled_in(text: str, rendered: object) -> None:
    assert Template(text).render(VALUES) == rendered


def test_quoting_leaves_no_way_out_of_the_quotes() -> None:
    assert Template("{a|quote}").render({"a": 'x" OR 1=1 \\'}) == '"x\\" OR 1=1 \\\\"'


def test_a_value_is_never_read_as_a_template_itself() -> None:
    assert Template("{a}-").render({"a": "{secret}", "secret": "s"}) == "{secret}-"


@pytest.mark.parametrize("text", ["{", "a}b", "{Name}", "{a.b()}", "{a|eval:x}", "{a|join:{b}}"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        Template(text)


def test_an_unknown_placeholder_is_answered_with_the_known_ones() -> None:
    with pytest.raises(TemplateError, match=r"\{sinse\} stands for nothing here; known are offset, since"):
        Template("a {sinse}").check(["since", "offset"])
