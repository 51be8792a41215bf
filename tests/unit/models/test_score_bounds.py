"""Bounds of scores: never below a score, near it, and lists made from them are the lists of all scores."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reelgraph.core import BoundsScores, FloatArray, Matrix, single_row
from reelgraph.evaluation import top_k
from reelgraph.evaluation.ranked_lists import pruned_top_k
from reelgraph.scorers import LowRankFilterScorer
from reelgraph.scorers.embedding import EmbeddingScorer
from reelgraph.scorers.liked_ratings import from_liked_ratings
from reelgraph.scorers.quantised import QuantisedVectors

N_ITEMS = 600


def draw_vectors(seed: int, dim: int = 24) -> FloatArray:
    draw = np.random.default_rng(seed)
    scale = draw.lognormal(0.0, 1.0, (N_ITEMS, 1))
    return (scale * draw.normal(size=(N_ITEMS, dim))).astype(np.float32)


def embedding(*, cosine: bool = True) -> EmbeddingScorer:
    bias = np.random.default_rng(3).normal(size=N_ITEMS).astype(np.float32)
    return EmbeddingScorer(draw_vectors(1), draw_vectors(2), bias, cosine, 0.5, 1.0, 4.0)


def low_rank() -> LowRankFilterScorer:
    diagonal = np.random.default_rng(4).normal(size=N_ITEMS).astype(np.float32)
    return LowRankFilterScorer(draw_vectors(1), draw_vectors(2), diagonal, draw_vectors(2), 1.0, 4.0)


SCORERS = {
    "embedding": embedding(),
    "embedding, no cosine": embedding(cosine=False),
    "low-rank filter": low_rank(),
    "liked ratings": from_liked_ratings(low_rank(), 2.0),
}


def people() -> list[Matrix]:
    draw = np.random.default_rng(0)
    rows = []
    for n_ratings in (0, 1, 5, 40):
        items = np.sort(draw.choice(N_ITEMS, n_ratings, replace=False)).astype(np.int32)
        rows.append(single_row(draw.choice([1.0, 3.0, 5.0], n_ratings).astype(np.float32), items, N_ITEMS))
    return rows


def test_quantised_by_hand() -> None:
    # Steps 1/127 of 2.54 and of 1.27: codes 127, -64 (of -1.28 / 0.02) and 50 (of 0.5 / 0.01), 127.
    table = QuantisedVectors.of(np.array([[2.54, -1.28], [0.5, 1.27], [0.0, 0.0]], np.float32))
    assert table.codes.tolist() == [[127, -64], [50, 127], [0, 0]]
    assert_allclose(table.step, [0.02, 0.01, 0.0], rtol=1e-6)
    # u = (1, -3): 0.02 (127 + 192 + 2), 0.01 (50 - 381 + 2); the last term is half of |1| + |-3|
    assert_allclose(table.bounds(np.array([[1.0, -3.0]])), [[6.42, -3.29, 0.0]], rtol=1e-3)


@pytest.mark.parametrize("scorer", SCORERS.values(), ids=SCORERS)
def test_bounds_are_near_and_never_below(scorer: BoundsScores) -> None:
    for history in people():
        scores, bounds = scorer.score(history)[0], scorer.score_bounds(history)[0]
        assert (bounds.astype(np.float32) >= scores).all()
        assert (bounds - scores).mean() <= 0.1 * scores.std()
        items = np.array([7, 599, 0])
        assert_array_equal(scorer.score_items(history, items, bounds[items]), scores[items])


@pytest.mark.parametrize("scorer", SCORERS.values(), ids=SCORERS)
def test_lists_are_those_of_all_scores(scorer: BoundsScores) -> None:
    for history in people():
        expected, listed = top_k(scorer.score(history), history, 10), pruned_top_k(scorer, history, history, 10)
        assert_array_equal(listed.items, expected.items)
        assert_array_equal(listed.scores, expected.scores)


def test_a_vector_of_large_numbers_has_a_finite_bound() -> None:
    scorer = embedding()
    scorer = dataclasses.replace(scorer, target=scorer.target * np.float32(1e30))
    history = people()[2]
    assert (scorer.score_bounds(history) >= scorer.score(history)).all()
