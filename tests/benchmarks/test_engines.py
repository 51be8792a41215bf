"""Engines side by side: what counts as the same result, and that a command is looked at."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks.speed.engines import measured, report_of, same
from reelgraph.core.errors import ConfigError


def test_lists_are_the_same_without_their_scores_and_figures_within_a_thousandth() -> None:
    lists = pl.DataFrame({"user_id": [1, 1], "item_id": [5, 6], "score": [0.5, 0.25], "rank": [1, 2]})
    assert same(lists, lists.with_columns(score=pl.col("score") + 1e-7))
    assert not same(lists, lists.with_columns(item_id=pl.Series([6, 5])))
    assert same({"ndcg@10": 0.2, "recall@10": 0.1}, {"ndcg@10": 0.2009, "recall@10": 0.1})
    assert not same({"ndcg@10": 0.2, "recall@10": 0.1}, {"ndcg@10": 0.2011, "recall@10": 0.1})
    assert not same({"model": "lightgcn", "settings": {"dim": 8}}, {"model": "lightgcn", "settings": {"dim": 16}})
    assert report_of({"metrics": {"ndcg@10": {"mean": 0.25, "low": 0.2, "high": 0.3}}}) == {"ndcg@10": 0.25}


def test_a_command_is_looked_at(capfd: pytest.CaptureFixture[str]) -> None:
    row, printed = measured(["doctor", "--json"])
    assert {part["what"] for part in printed} >= {"python", "reelgraph", "numpy"}
    assert row["seconds"] > 0.1
    assert 0.01 < row["peak GiB"] < 2
    with pytest.raises(ConfigError, match="train no-such-folder: ended with 2"):
        measured(["train", "no-such-folder"])
    assert capfd.readouterr().err
