"""``python -m benchmarks.accuracy.rated_later`` on people who go through movies in one order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.rated_later import _groups, _reports, app
from reelgraph.cli.app import run
from reelgraph.core import Matrix
from reelgraph.scorers import PopularityScorer
from tests.conftest import make_interactions, make_part


def in_order(folder: Path) -> Path:
    """Three ratings an evening, movies by number, people who begin one after the other."""
    draw, lines = np.random.default_rng(0), ["user_id,item_id,rating,timestamp"]
    for user in range(400):
        first, start = int(draw.integers(0, 28)), 10**9 + 86_400 * int(draw.integers(0, 60))
        movies = first + np.flatnonzero(draw.random(12) < 0.8)
        lines += [f"{user},{movie},4,{start + place // 3 * 86_400}" for place, movie in enumerate(movies)]
        lines += [f"{user},{100 + user % 7},{1 + user % 5},{start}"]
    path = folder / "ratings.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_one_json_object_a_choice_and_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--data", str(in_order(tmp_path)), "--within", "0.6", "--later", "0.5", "--json"]
    assert run(app, "benchmarks.accuracy.rated_later", words) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [(row["name"], row["ratings"]) for row in rows]
    assert names == [(name, group) for name in ("without", "with", "later_weight 0.5") for group in ("all", "up to 50")]
    without, with_it = rows[0], rows[2]
    assert "later_weight 0" in without["chosen"]
    assert "difference" not in without
    assert with_it["difference"]["low"] > 0.02
    assert with_it["difference"]["mean"] == pytest.approx(
        with_it["ndcg@10"]["mean"] - without["ndcg@10"]["mean"], abs=1e-5
    )
    assert {*without} >= {"coverage@10", "popularity@10", "people", "search_seconds", "data_sha256"}


def test_groups_are_those_of_the_histories_and_popularity_is_that_of_train() -> None:
    n_ratings, n_items = [50, 51, 150, 151, 3, 200], 201
    history = np.zeros((6, n_items))
    for user, count in enumerate(n_ratings):
        history[user, :count] = 4.0
    target = np.zeros((6, n_items))
    target[:4, 200] = target[5, 200] = 4.0  # nothing of the fifth person is held back
    parts = _groups(make_part(Matrix(history), Matrix(target)))
    users = {name: part.users.tolist() for name, part in parts.items()}
    assert users == {"all": [0, 1, 2, 3, 5], "up to 50": [0], "51 to 150": [1, 2], "above 150": [3, 5]}
    train = make_interactions([(user, item, 4.0) for user in range(6, 9) for item in range(user)], 9, n_items)
    reports = _reports(PopularityScorer(np.arange(n_items)), parts, train, 0)
    for report in reports.values():  # what is listed has no training rating, as 193 of the movies: half of them count
        assert report["popularity@10"].mean == pytest.approx(193 / (2 * n_items))
