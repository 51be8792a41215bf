"""``python -m benchmarks.accuracy.seen_weight`` on the toy data, and what it measures by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.seen_weight import KNOWN, WEIGHTS, app, measure
from reelgraph.cli.app import run
from reelgraph.core import EvalPart, Matrix, RatingScale
from reelgraph.scorers import ItemFilterScorer, PopularityScorer


def test_one_json_object_a_share_and_weight(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--model", "graph-filter", "--data", str(toy), "--json"]
    assert run(app, "benchmarks.accuracy.seen_weight", words) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [KNOWN, *(f"{weight:g}" for weight in WEIGHTS)]
    assert [(row["stripped"], row["weight"]) for row in rows] == [
        (share, name) for share in (0.3, 1.0) for name in names
    ]
    for row in rows:
        assert set(row["metrics"]) == {"ndcg@10", "ndcg_liked@10"}
        if row["weight"] == "0":
            assert row["difference"]["ndcg@10"] == {"mean": 0, "low": 0, "high": 0}


def test_the_figures_of_one_person_by_hand() -> None:
    # Movie 0 was seen, and speaks for the target 2; movie 1, the most rated, is first otherwise.
    weights = np.zeros((4, 4), np.float32)
    weights[0, 2] = 1.0
    scorer = ItemFilterScorer(np.empty(0), weights, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 4.0)
    history, target = (Matrix(np.array([row], np.float32)) for row in ([3, 0, 0, 0], [0, 0, 5, 0]))
    part = EvalPart(np.array([0]), history, target, history)
    popularity = PopularityScorer(np.array([4, 3, 2, 1]))
    reports = measure(scorer, popularity, part, RatingScale(1, 5, 1), 1.0)
    assert reports["0"].per_user["ndcg@10"] == pytest.approx([1 / np.log2(3)])  # second
    for name in (KNOWN, "0.1", "0.75", "1"):
        assert reports[name].per_user["ndcg@10"] == pytest.approx([1.0])
    assert reports["1"].per_user["ndcg_liked@10"] == pytest.approx([1.0])
