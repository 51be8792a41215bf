"""Asking new people: who is asked what, and what is measured, on people made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy.elicitation import ANSWERS, WAYS, _cell, _rows, measure
from reelgraph.core import EvalPart, Matrix
from reelgraph.scorers import FoldInScorer, PopularityScorer, StarredBlendScorer

N = 40
VIEWERS = np.arange(N)[::-1] + 5  # movie 0 is the most popular
DRAW = np.random.default_rng(2)
STARS = FoldInScorer(
    DRAW.normal(size=(N, 2)), np.full(N, 3.0), DRAW.normal(size=(N, 2)), np.arange(N), np.zeros(2), np.eye(2), 0.5, 3.0,
    1.0, 5.0,
)  # fmt: skip
SCORER = StarredBlendScorer((PopularityScorer(VIEWERS), STARS), (1.0, 0.0))


def known() -> Matrix:
    """50 people; as many as `VIEWERS` says have seen each movie."""
    return Matrix((np.arange(50)[:, None] < VIEWERS[None, :]).astype(np.float32))


def part() -> EvalPart:
    """The first has seen movies 0 to 24, the second every other one, 0 to 48 they are; the third too few."""
    history = np.zeros((3, N), np.float32)
    history[0, :25] = 4.0
    history[1, ::2] = 2.0
    history[2, :6] = 5.0
    target = np.zeros((3, N), np.float32)
    target[0, [25, 39]], target[1, 1], target[2, 30] = 3.0, 1.0, 2.0
    return EvalPart(np.arange(3), Matrix(history), Matrix(target), Matrix(history))


def test_figures_by_hand() -> None:
    found = measure(SCORER, part(), known())
    assert set(found) == {(way, count) for way in WAYS for count in ANSWERS}
    for report in found.values():
        assert len(report.per_user["rmse"]) == 2  # the third cannot give twenty answers
        assert report.weight["rmse"].tolist() == [2, 1]
    for count in ANSWERS:
        popular = found["popular", count]
        # The first has seen all of the most popular, of the second's every other question is answered.
        assert popular.per_user["questions"].tolist() == [count, 2 * count - 1]
        # Movies are ranked by popularity: of the unseen 25 comes first, 39 last; 1 comes first.
        second = 1 / (1 + 1 / np.log2(3))
        assert popular.per_user["ndcg@10"].tolist() == pytest.approx([second, 1.0])
    full = found["best-next", 20].per_user["questions"]
    assert np.all(full >= 20)
    again = measure(SCORER, part(), known())
    for key, report in found.items():
        for name, values in report.per_user.items():
            np.testing.assert_array_equal(values, again[key].per_user[name])


def test_after_all_answers_the_way_of_asking_no_longer_matters() -> None:
    """The second has twenty ratings: once they are all known, every way predicts the same."""
    found = measure(SCORER, part(), known())
    errors = [found[way, 20].per_user["rmse"][1] for way in WAYS]
    assert errors == pytest.approx([errors[0]] * 3)
    assert len({round(float(found[way, 5].per_user["rmse"][1]), 6) for way in WAYS}) > 1


def test_fewer_people_when_told() -> None:
    assert len(measure(SCORER, part(), known(), most=1)["random", 5].per_user["rmse"]) == 1


def test_each_way_is_set_against_those_before_it() -> None:
    found = measure(SCORER, part(), known())
    rows = list(_rows(found))
    assert [(row["answers"], row["way"], list(row["differences"])) for row in rows[:3]] == [
        (5, "popular", []), (5, "random", ["popular"]), (5, "best-next", ["popular", "random"]),
    ]  # fmt: skip
    best, plain = found["best-next", 5].per_user["questions"], found["random", 5].per_user["questions"]
    assert rows[2]["differences"]["random"]["questions"]["mean"] == pytest.approx(float(np.mean(best - plain)))
    first, *below = _cell(rows[2], "questions").splitlines()
    assert first.startswith(f"{best.mean():.4f} [")
    assert [line[:2] for line in below] == ["p ", "r "]
