"""A person's vector against a dense ridge solve written another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelgraph.core import Matrix
from reelgraph.scorers import FoldInScorer


def scorer(n_items: int = 15, dim: int = 4, seed: int = 0, noise: float = 0.7) -> FoldInScorer:
    draw = np.random.default_rng(seed)
    root = draw.normal(size=(dim, dim))
    return FoldInScorer(
        design=draw.normal(size=(n_items, dim)),
        base=3 + draw.normal(size=n_items),
        vectors=draw.normal(size=(n_items, 2)).astype(np.float32),
        counts=1 + np.arange(n_items),
        prior_mean=draw.normal(size=dim),
        prior_precision=root @ root.T + np.eye(dim),
        noise=noise,
        damping=0.0,
        low=1.0,
        high=5.0,
    )


def histories(n_items: int = 15, people: int = 6) -> Matrix:
    draw = np.random.default_rng(1)
    cells = sparse.random_array((people, n_items), density=0.5, format="csr", rng=draw)
    cells.data = draw.integers(1, 6, len(cells.data)).astype(np.float32)
    return Matrix(cells)


def one(scorer: FoldInScorer, rated: dict[int, float]) -> Matrix:
    dense = np.zeros((1, scorer.n_items), np.float32)
    for item, stars in rated.items():
        dense[0, item] = stars
    return Matrix(dense)


def test_fold_in_equals_ridge_by_augmented_least_squares() -> None:
    fitted, history = scorer(), histories()
    half = np.linalg.cholesky(fitted.prior_precision)  # P = half half'
    for row in range(history.shape[0]):
        items, stars = history[[row]].indices, history[[row]].data
        left = np.vstack([fitted.design[items] / np.sqrt(fitted.noise), half.T])
        right = np.concatenate([(stars - fitted.base[items]) / np.sqrt(fitted.noise), half.T @ fitted.prior_mean])
        expected = np.linalg.lstsq(left, right, rcond=None)[0]
        np.testing.assert_allclose(fitted.fold_in(history[[row]])[0], expected, rtol=1e-8, atol=1e-10)
        stars_of_all = fitted.base + fitted.design @ expected
        np.testing.assert_allclose(fitted.score(history[[row]])[0], stars_of_all, rtol=1e-5, atol=1e-5)
        clipped = np.clip(stars_of_all, 1, 5)
        np.testing.assert_allclose(fitted.rate(history[[row]]).stars[0], clipped, rtol=1e-5, atol=1e-5)


def test_one_dimension_by_hand() -> None:
    # Prior N(0, 1), noise 1, base 3: one rating of 5 is met half way, two of them two thirds of the way.
    flat = FoldInScorer(
        np.ones((3, 1)),
        np.full(3, 3.0),
        np.ones((3, 1), np.float32),
        np.ones(3, int),
        np.zeros(1),
        np.eye(1),
        1.0,
        0,
        1,
        5,
    )
    assert flat.score(one(flat, {0: 5})).tolist() == [[4, 4, 4]]
    assert flat.score(one(flat, {0: 5, 2: 5}))[0] == pytest.approx([3 + 4 / 3] * 3)
    assert flat.score(one(flat, {0: 5, 2: 1}))[0] == pytest.approx([3, 3, 3])


def test_without_ratings_the_prior_speaks() -> None:
    fitted = scorer()
    empty = Matrix((2, 15), dtype=np.float32)
    np.testing.assert_array_equal(fitted.fold_in(empty), [fitted.prior_mean] * 2)
    expected = (fitted.base + fitted.design @ fitted.prior_mean).astype(np.float32)
    np.testing.assert_allclose(fitted.score(empty), [expected] * 2, rtol=1e-6)


def test_noise_decides_who_is_believed() -> None:
    rated = {0: 5.0, 3: 1.0, 7: 2.0, 9: 4.0}
    sure, deaf = scorer(noise=1e-9), scorer(noise=1e9)
    given = sure.score(one(sure, rated))[0]
    assert [given[item] for item in rated] == pytest.approx(list(rated.values()), abs=1e-3)
    np.testing.assert_allclose(deaf.fold_in(one(deaf, rated))[0], deaf.prior_mean, atol=1e-6)


def test_people_of_a_batch_do_not_touch_each_other() -> None:
    fitted, history = scorer(), histories()
    together = fitted.score(history)
    apart = np.vstack([fitted.score(history[[row]]) for row in range(history.shape[0])])
    np.testing.assert_allclose(together, apart, rtol=1e-6)


def test_few_ratings_damp_the_score_and_not_the_stars() -> None:
    # Stars 5, 2, 3 with 6, 3 and 0 ratings: the middle is (6 * 5 + 3 * 2) / 9 = 4; damping 3 trusts them 2/3, 1/2, 0.
    fitted = FoldInScorer(
        design=np.zeros((3, 1)),
        base=np.array([5.0, 2.0, 3.0]),
        vectors=np.ones((3, 1), np.float32),
        counts=np.array([6, 3, 0]),
        prior_mean=np.zeros(1),
        prior_precision=np.eye(1),
        noise=1.0,
        damping=3.0,
        low=1.0,
        high=5.0,
    )
    nobody = Matrix((1, 3), dtype=np.float32)
    assert fitted.score(nobody)[0] == pytest.approx([2 / 3 * 5 + 1 / 3 * 4, 1 / 2 * 2 + 1 / 2 * 4, 4.0])
    assert fitted.rate(nobody).stars[0].tolist() == [5.0, 2.0, 3.0]
