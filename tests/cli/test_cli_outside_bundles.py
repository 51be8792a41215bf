"""Outputs in the folder of a bundle, which would be lost when it is replaced, are refused before the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Shell = Callable[..., Any]

WORDS: dict[str, list[str]] = {
    "update": ["update", "B", "--items", "it.csv", "--out", "B/sub"],
    "update, deep": ["update", "B", "--items", "it.csv", "--out", "B/sub/deep"],
    "update by a link": ["update", "B", "--items", "it.csv", "--out", "link/sub"],
    "train": ["train", "sample", "--model", "bias", "--out", "B/sub"],
    "lists": ["recommend", "B", "--all", "--out", "B/x.csv"],
    "vectors": ["export", "B", "--vectors", "B/x.parquet"],
    "site": ["export", "B", "--site", "B/site"],
    "page": ["export", "B", "--html", "B/page.html"],
    "clean": ["data", "clean", "sample", "--out", "B/x.csv"],
    "generate": ["data", "generate", "--ratings", "1e3", "--out", "B/made"],
    "card": ["bundle", "card", "B", "--out", "B/card.md"],
    "copy": ["bundle", "get", "B", "B/copy"],
    "new store": ["store", "init", "B/people.db"],
    "new store by its address": ["store", "init", "sqlite:///B/people.db"],
    "service": ["serve", "B", "--store", "B/people.db"],
}


@pytest.mark.parametrize("name", WORDS)
def test_outputs_inside_a_bundle_are_refused(
    shell: Shell, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    bundle.rename("B")
    Path("link").symlink_to("B")
    Path("it.csv").write_text("movieId,title\n900,Dune (2021)\n")
    before = sorted(tmp_path.rglob("*"))
    answer = shell(*WORDS[name])
    assert answer.code == 2
    assert f"lies inside the bundle {tmp_path / 'B'}, whose folder is replaced whole when it changes" in answer.err
    assert answer.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_beside_and_the_bundle_itself_are_taken(shell: Shell, bundle: Path, tmp_path: Path) -> None:
    table = tmp_path / "it.csv"
    table.write_text("movieId,title\n900,Dune (2021)\n")
    for place in (tmp_path / "beside" / "after", bundle):
        assert shell("update", bundle, "--items", table, "--out", place, "--json").value["items"] == 1
