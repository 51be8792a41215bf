"""``reelgraph export --html``: what it says of the page, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reelgraph.cli import main

Shell = Callable[..., Any]


@pytest.fixture(scope="module")
def filter_bundle(ml: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("filter") / "out"
    assert main(["train", str(ml), "--model", "graph-filter", "--set", "choose=false", "--out", str(out)]) == 0
    return out


def test_the_page_is_written_and_described(shell: Shell, filter_bundle: Path, tmp_path: Path) -> None:
    answer = shell("export", filter_bundle, "--html", tmp_path / "film.html", "--title", "Ours")
    assert answer.code == 0, answer.err
    assert "wrote" in answer.out
    assert "Ranked by graph-filter" in answer.out
    assert "<title>Ours</title>" in (tmp_path / "film.html").read_text(encoding="utf-8")
    report = shell("export", filter_bundle, "--html", tmp_path / "film.html", "--no-measure", "--json").value
    assert report["parts"] == ["graph-filter"]
    assert report["bytes"] == (tmp_path / "film.html").stat().st_size
    assert report["loss"] is None
    report = shell("export", filter_bundle, "--site", tmp_path / "site", "--no-measure", "--json").value
    assert (report["site"], report["parts"]) == (str(tmp_path / "site"), ["graph-filter"])
    assert (tmp_path / "site" / "index.html").is_file()


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        ([], "say what to write"),
        (["--html", "film.html", "--vectors", "items.parquet"], "say what to write"),
        (["--html", "film.html", "--without", "stars"], "stars"),
        (["--html", "."], "is a folder"),
        (["--html", "film.html", "--site", "film"], "say what to write"),
        (["--vectors", "film.parquet", "--title", "Ours"], "--title: is for the page of --html or --site"),
        (["--vectors", "film.parquet", "--draws", "9"], "--draws: is for the page of --html or --site"),
        (["--vectors", "film.parquet", "--without", "stars"], "--without: is for the page of --html or --site"),
        (["--vectors", "film.parquet", "--no-measure"], "--no-measure: is for the page of --html or --site"),
        (["--site", "."], "which is no file of a site"),
    ],
)
def test_bad_words_are_refused(shell: Shell, filter_bundle: Path, words: list[str], pattern: str) -> None:
    answer = shell("export", filter_bundle, *words)
    assert answer.code == 2
    assert pattern in answer.err
    assert not Path("film.html").exists()
    assert not Path("film.parquet").exists()


def test_a_model_that_has_no_such_form_is_refused_in_one_line(shell: Shell, trained: Path, tmp_path: Path) -> None:
    answer = shell("export", trained, "--html", tmp_path / "film.html")
    assert answer.code == 2
    assert "cannot be put into a page" in answer.err
    assert not (tmp_path / "film.html").exists()
