"""`reelgraph recommend --all` writes everybody's lists, and `reelgraph predict` the stars of single movies."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reelgraph.bundle import Bundle
from reelgraph.recommend import Filters, Recommender, batch_lists

Shell = Callable[..., Any]


@pytest.mark.parametrize("ending", ["parquet", "csv", "tsv"])
def test_everybody_gets_the_list_that_they_would_get_alone(
    shell: Shell, trained: Path, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_lists.batch_lists, "__defaults__", (16, None))  # 40 people in three batches
    path = tmp_path / f"lists.{ending}"
    answer = shell("recommend", trained, "--all", "-k", 4, "--genre", "Drama", "--out", path, "--json")
    assert answer.code == 0, answer.err
    assert answer.value == {"out": str(path), "users": 40, "rows": answer.value["rows"], "answered_by": "fold-in"}
    table = (
        pl.read_parquet(path) if ending == "parquet" else pl.read_csv(path, separator="," if ending == "csv" else "\t")
    )
    assert table.columns == ["user_id", "item_id", "score", "rank"]
    assert table.height == answer.value["rows"]
    recommender = Recommender(Bundle.load(trained))
    expected = [
        (int(user), line.item_id, line.rank)
        for user in recommender.users.ids
        for line in recommender.recommend(int(user), 4, Filters(genres=("Drama",)))
    ]
    assert table.select("user_id", "item_id", "rank").rows() == expected
    assert list(tmp_path.iterdir()) == [path]  # nothing half-written beside it


def test_the_table_reports_what_was_written(shell: Shell, trained: Path, tmp_path: Path) -> None:
    answer = shell("recommend", trained, "--all", "--out", tmp_path / "lists.csv")
    assert re.fullmatch(r"wrote .*lists\.csv: \d+ rows, lists of 40 users\n", answer.out)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--all"], "needs a file for the lists"),
        (["--out", "lists.csv"], "give --all, too"),
        (["--all", "--out", "lists.xlsx"], r"ends in \.parquet, \.csv or \.tsv"),
        (["--all", "--out", "lists.csv", "--user", "1"], "--user: is for one person"),
        (["--all", "--out", "lists.csv", "--diversity", "0.3"], "--diversity: is for one person"),
        (["--all", "--out", "lists.csv", "--seen", "only"], "one person at a time"),
        (["--all", "--out", "lists.csv", "--genre", "Western"], "unknown genre"),
    ],
)
def test_what_all_refuses(
    shell: Shell, trained: Path, words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = shell("recommend", trained, *words)
    assert answer.code == 2
    assert re.search(message, answer.err)
    assert answer.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_predict(shell: Shell, trained: Path) -> None:
    best = shell("recommend", trained, "--user", 1, "--json").value["items"][0]
    item = best["item_id"]
    answer = shell("predict", trained, "--user", 1, "--item", item, "--item", "Toy Story (1995)", "--json")
    assert answer.code == 0, answer.err
    assert [line["item_id"] for line in answer.value["items"]] == [item, 1]
    assert answer.value["items"][0]["stars"] == pytest.approx(best["stars"], abs=1e-4)
    assert "Toy Story (1995)" in shell("predict", trained, "--user", 1, "--item", 1).out
    for words, message in (
        (("--item", "1"), "give either --user or --ratings"),
        (("--user", "1"), "Missing option '--item'"),
        (("--user", "1", "--item", "Nothing"), "no movie has the id or title"),
    ):
        refused = shell("predict", trained, *words)
        assert refused.code == 2
        assert message in refused.err
