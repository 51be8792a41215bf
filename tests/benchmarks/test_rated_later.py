"""``python -m benchmarks.accuracy.rated_later`` on people who go through movies in one order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.rated_later import app
from reelgraph.cli.app import run


def in_order(folder: Path) -> Path:
    """Three ratings an evening, movies by number, people who begin one after the other."""
    draw, lines = np.random.default_rng(0), ["user_id,item_id,rating,timestamp"]
    for user in range(150):
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
