"""What is installed: names that are ours alone, and packages that say in one sentence what they are."""

from __future__ import annotations

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("connectors", "core", "exporters")
INITS = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("__init__.py"))]


@pytest.mark.parametrize("name", [*PACKAGES, "siamhub"])
def test_no_other_distribution_ships_our_name(name: str) -> None:
    """Such short names are fine only in an environment of our own: whoever else brings one would be imported for us."""
    assert set(packages_distributions().get(name, ["siamhub"])) == {"siamhub"}


@pytest.mark.parametrize("path", INITS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_opens_with_one_sentence_and_does_no_work(path: Path) -> None:
    """What may follow the sentence are the names that the package offers, from modules of its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = ast.get_docstring(tree) or ""
    assert re.fullmatch(r"[A-Z].*\.", said), said
    assert ". " not in said
    package = ".".join(path.parent.relative_to(ROOT).parts)
    for statement in tree.body[1:]:
        offered = isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(f"{package}.")
        listed = isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__"
        assert offered or listed, ast.unparse(statement)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_tells_type_checkers_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").read_bytes() == b""


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_modules_is_a_package(package: str) -> None:
    """The build takes packages alone: modules in a folder without an `__init__.py` would be left out of it."""
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()


def test_the_folder_of_examples_holds_no_python() -> None:
    """A distribution called `config` exists; an import of ours would be taken for it."""
    assert list((ROOT / "config").rglob("*.py")) == []
