"""Full ranking and time to quality: arithmetic of the tables, and what ends a walk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers.rank_handover import Lists
from benchmarks.speed import full_ranking, time_to_quality, timing
from reelgraph.evaluation import PROTOCOLS, evaluate
from reelgraph.models import model_class
from reelgraph.models.lightgcn import model
from reelgraph.pipeline import prepare


def answer(**notes: object) -> Lists:
    return Lists(np.zeros((1, 1), np.int64), np.zeros((1, 1)), {"a": "1"}, 0.0, 0.0, 0.0, notes)


def test_ours_are_timed_on_what_is_measured(toy: Path) -> None:
    prepared = prepare(PROTOCOLS["temporal"], toy)
    scorer = model_class("popularity")().fit(prepared.split.train).scorer
    row = full_ranking._own("popularity", scorer, prepared, 3, 2)
    wanted = evaluate(scorer, prepared.split.test, 3, metrics=["ndcg"], train=prepared.split.train)
    assert row["ndcg@3"] == pytest.approx(wanted["ndcg@3"].mean, abs=1e-4)
    assert len(row["seconds"]) == 2
    assert min(row["seconds"]) > 0


def test_a_peer_is_so_many_times_ours() -> None:
    recbole = answer(evaluate_seconds=6.0, figures={"ndcg@100": 0.41})
    row = full_ranking._other("recbole-ease", "graph-filter", recbole, 0.5, 100)
    assert (row["times ours"], row["evaluation s"], row["lists s"], row["ndcg@100"]) == (12.0, 6.0, None, 0.41)
    lenskit = answer(lists_seconds=3.0, evaluate_seconds=4.0, figures={"NDCG@100": 0.4})
    row = full_ranking._other("lenskit-ease", "graph-filter", lenskit, 0.5, 100)
    assert (row["times ours"], row["lists s"], row["ndcg@100"]) == (8.0, 3.0, 0.4)


def test_epochs_come_from_the_newest_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    assert time_to_quality._epochs_needed() is None
    for last, figure, reached in ((80, 0.2540, True), (90, 0.2537, False)):
        rows = [{"epoch": 5, "test ndcg@10": 0.1}, {"epoch": last, "test ndcg@10": figure}]
        with (tmp_path / "speed.jsonl").open("a") as file:
            file.write(json.dumps({"benchmark": time_to_quality.CURVE, "rows": rows}) + "\n")
            file.write(json.dumps({"benchmark": "another", "rows": []}) + "\n")
        assert time_to_quality._epochs_needed() == (last, reached)


@pytest.mark.parametrize(("goal", "epochs"), [(0.0, 1), (2.0, None)])
def test_a_walk_ends_at_the_goal(goal: float, epochs: int | None, toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_to_quality, "GOAL", goal)
    monkeypatch.setattr(time_to_quality, "_PROTOCOL", PROTOCOLS["temporal"])
    usual = model.LightGCNTask
    row = time_to_quality._walk("lightgcn", None, toy)
    assert model.LightGCNTask is usual
    assert row["NDCG@10 then"] > 0
    if epochs is None:
        assert row["seconds"] is None
        assert row["epochs"] > 1
    else:
        assert row["epochs"] == epochs
        assert row["seconds"] > 0
    assert time_to_quality._walk("graph-filter", None, toy)["epochs"] is None
