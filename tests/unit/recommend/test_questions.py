"""The best next question against the posterior itself, chances by hand, and what is never asked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.errors import CapabilityError, ConfigError
from reelgraph.recommend import Recommender, next_questions
from reelgraph.recommend.questions import CoViews, Interviewer
from reelgraph.scorers import BlendScorer, FoldInScorer, PopularityScorer
from reelgraph.types import Catalogue, IdIndex, Matrix, RatingScale

N, D = 7, 3
DRAW = np.random.default_rng(4)
KEPT = Matrix(np.where(DRAW.random((30, N)) < 0.4, DRAW.integers(1, 6, (30, N)), 0).astype(np.float32))
DESIGN = DRAW.normal(size=(N, D))
PRECISION = np.diag([1.0, 2.0, 0.5]) + 0.1
NOISE = 0.7
STARS = FoldInScorer(
    DESIGN,
    3 + DRAW.normal(size=N),
    DRAW.normal(size=(N, 2)),
    np.arange(N),
    np.zeros(D),
    PRECISION,
    NOISE,
    3.0,
    1.0,
    5.0,
)


def covariance(rows: list[int]) -> np.ndarray:
    return np.linalg.inv(PRECISION + DESIGN[rows].T @ DESIGN[rows] / NOISE)


def variance(rows: list[int]) -> float:
    """Of the stars of what people watch, once these are answered."""
    share = np.bincount(KEPT.indices, minlength=N) / KEPT.nnz
    return float(np.sum(share * np.einsum("nd,de,ne->n", DESIGN, covariance(rows), DESIGN)))


@pytest.mark.parametrize("scorer", [STARS, BlendScorer((PopularityScorer(np.arange(N)), STARS), (1.0, 0.0))])
def test_the_gain_is_what_the_answer_takes_off_the_variance(scorer: FoldInScorer | BlendScorer) -> None:
    asking, known = Interviewer(scorer, CoViews(KEPT)), list[int]()
    for answered in (2, 5, 0):
        expected = [(variance(known) - variance([*known, item])) / variance([]) for item in range(N)]
        np.testing.assert_allclose(asking.gain(), expected, rtol=1e-9)
        asking.learn(answered)
        known.append(answered)
    before = asking.gain()
    asking.not_seen(1)  # tells nothing of the stars
    np.testing.assert_array_equal(asking.gain(), before)


def test_chances_by_hand() -> None:
    # Four people; movie 0 seen by three, movie 1 by two, both by two; 20 people of the plain chance are added.
    views = CoViews(Matrix(np.array([[1, 1], [2, 3], [4, 0], [0, 0]], np.float32)))
    np.testing.assert_allclose(views.chance(0, seen=True), [(3 + 15) / 23, (2 + 10) / 23])
    np.testing.assert_allclose(views.chance(0, seen=False), [(0 + 15) / 21, (0 + 10) / 21])
    asking = Interviewer(
        FoldInScorer(*([np.ones((2, 1)), np.ones(2), np.ones((2, 1)), np.ones(2)]), np.zeros(1), np.eye(1), 1, 1, 1, 5),  # type: ignore[arg-type]
        views,
    )
    np.testing.assert_allclose(asking.chance(), [0.75, 0.5])
    asking.learn(0)
    np.testing.assert_allclose(asking.chance()[1], (0.5 + 12 / 23) / 2)


def recommender() -> Recommender:
    items = 10 * np.arange(N)
    return Recommender(
        Bundle(STARS, IdIndex(np.arange(30), "user"), IdIndex(items, "item"), KEPT, Catalogue.of_ids(items),
               RatingScale(1, 5, 1), {})
    )  # fmt: skip


def test_what_was_answered_or_not_seen_is_not_asked_again_and_the_best_comes_first() -> None:
    found = next_questions(recommender(), {10: 5.0, 30: 1.0}, N, not_seen=[60])
    assert {one.item_id for one in found} == {0, 20, 40, 50}
    worth = [-(one.gain**0.1) * one.chance**0.8 * np.log(one.chance) for one in found]
    assert [one.worth for one in found] == pytest.approx(worth)
    assert worth == sorted(worth, reverse=True)
    assert all(0 <= one.gain <= 1 and 0 <= one.chance <= 1 for one in found)
    assert next_questions(recommender(), {10: 5.0, 30: 1.0}, 1, not_seen=[60]) == found[:1]
    # What was answered does not matter, only that it was.
    assert next_questions(recommender(), {10: 1.0, 30: 2.0}, N, not_seen=[60]) == found


def test_what_is_refused() -> None:
    plain = dataclasses.replace(recommender().fitted, scorer=PopularityScorer(np.arange(N)))  # type: ignore[type-var]
    with pytest.raises(CapabilityError, match="does not say how sure"):
        next_questions(Recommender(plain), {})
    with pytest.raises(ConfigError, match="k: 0"):
        next_questions(recommender(), {}, 0)
