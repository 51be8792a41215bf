"""The shell on a log of views without a star: describe, clean, train, evaluate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Shell = Callable[..., Any]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """30 people, 8 of 24 movies each, without a rating column."""
    draw = np.random.default_rng(0)
    rows = [f"u{user},film{item}" for user in range(30) for item in draw.permutation(24)[:8].tolist()]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["user_id,item_id", *rows]) + "\n")
    return path


def test_describe_says_why_there_are_no_stars(shell: Shell, log: Path) -> None:
    figures = json.loads(shell("data", "describe", log, "--json").out)
    assert (figures["feedback"], figures["scale"], figures["not_views"]) == ("implicit", None, 0)
    assert not {"levels", "mean_rating"} & set(figures)
    table = shell("data", "describe", log).out
    assert "implicit" in table
    assert "scale" not in table
    assert figures["notes"] == ["every row is a view, without stars: no column holds ratings"]


def test_clean_writes_what_reads_back_the_same(shell: Shell, log: Path, tmp_path: Path) -> None:
    views, counts = tmp_path / "views.csv", tmp_path / "counts.csv"
    assert shell("data", "clean", log, "--out", views).code == 0
    assert views.read_text() == log.read_text()
    plays = tmp_path / "plays.csv"
    plays.write_text("user,item,plays\na,x,3\nb,x,1\nb,y,40\n")
    assert shell("data", "clean", plays, "--out", counts).code == 0
    figures = json.loads(shell("data", "describe", counts, "--json").out)
    assert (figures["feedback"], figures["ranges"]) == ("counts", {"to 1": 1, "to 5": 1, "to 50": 1})
    assert (figures["mean_count"], figures["median_count"]) == (14.6667, 3.0)


def test_train_leaves_the_stars_out(shell: Shell, log: Path, tmp_path: Path) -> None:
    out = tmp_path / "B"
    answer = shell("train", log, "--out", out)
    assert answer.code == 0
    assert "bayes-gcn left out: the data have no stars" in " ".join(answer.out.split())
    assert "rmse" not in answer.out
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["feedback"], manifest["scale"]) == ("implicit", None)
    recommended = shell("recommend", out, "--user", "u1", "-k", "3", "--json")
    assert recommended.code == 0


def test_what_needs_stars_says_so(shell: Shell, log: Path, tmp_path: Path) -> None:
    answer = shell("train", log, "--model", "bias", "--out", tmp_path / "B")
    assert (answer.code, answer.out) == (2, "")
    assert "nothing to predict: the data have no stars" in answer.err
    answer = shell("evaluate", log, "--protocol", "strong", "--model", "popularity", "--metrics", "ndcg,rmse")
    assert (answer.code, answer.out) == (2, "")
    assert "these data have no stars (implicit feedback), so there is no rmse" in answer.err


def test_feedback_as_set(shell: Shell, tmp_path: Path) -> None:
    stars = tmp_path / "stars.csv"
    stars.write_text("user,item,rating\na,x,3\nb,x,1\nb,y,5\n")
    as_views = json.loads(shell("data", "describe", stars, "--feedback", "implicit", "--json").out)
    assert (as_views["feedback"], as_views["ratings"], as_views["not_views"]) == ("implicit", 3, 0)
    answer = shell("data", "describe", stars, "--feedback", "views")
    assert answer.code == 2
    assert "views: unknown feedback; known are counts, explicit, implicit" in answer.err
