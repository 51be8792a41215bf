"""What one could reach on generated data who knows the movies, or the people, and infers the others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from benchmarks.scale import planted_choices, planted_stars
from benchmarks.scale.planted import Planted
from benchmarks.scale.planted_choices import Prior
from reelgraph.data.generation.people_kernels import TASTE_CAP


def test_the_mode_of_the_posterior_is_found() -> None:
    rng = np.random.default_rng(0)
    base, taste = rng.normal(size=60), rng.normal(size=(60, 3))
    is_rated = np.isin(np.arange(60), rng.choice(60, 12, replace=False))
    weights = np.where(is_rated, 1.0, 2.5)
    prior = Prior(np.array([0.2, -0.1, 0.0, 1.0]), np.array([1.0, 2.0, 1.0, 0.5]))

    def loss(values: np.ndarray) -> float:
        rate = np.exp(base + np.minimum(taste @ values[:3], TASTE_CAP) + values[3])
        missed = float((weights * rate)[~is_rated].sum() - np.log(-np.expm1(-rate[is_rated])).sum())
        return missed + 0.5 * float((prior.precision * (values - prior.mean) ** 2).sum())

    expected = minimize(loss, np.zeros(4), options={"gtol": 1e-8}).x
    mode = planted_choices.most_likely(base, taste, is_rated, weights, prior, np.zeros(4))
    np.testing.assert_allclose(mode, expected, atol=1e-3)


def test_a_list_is_worth_its_hits_by_place() -> None:
    scores = np.arange(20.0)
    known, test = np.array([19]), np.array([18, 16, 3])  # first and third of the list, and beyond it
    expected = (1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3) + 1 / np.log2(4))
    assert planted_choices.ndcg(scores, known, test) == pytest.approx(expected)


def test_coefficients_of_groups_are_those_of_ridge_regressions() -> None:
    rng = np.random.default_rng(1)
    group, design, response = np.array([2, 0, 2, 2, 0, 2]), rng.normal(size=(6, 2)), rng.normal(size=6)
    is_train = np.array([True, True, True, False, True, True])
    mean, spread = rng.normal(size=(3, 2)), np.array([0.5, 2.0])
    found = planted_stars.posterior_means(group, design, response, is_train, mean, spread)
    for number in (0, 2):
        rows = is_train & (group == number)
        precision = design[rows].T @ design[rows] / planted_stars._VARIANCE + np.diag(1 / spread**2)
        right = design[rows].T @ response[rows] / planted_stars._VARIANCE + mean[number] / spread**2
        np.testing.assert_allclose(found[number], np.linalg.solve(precision, right))
    np.testing.assert_array_equal(found[1], mean[1])  # nothing is known of it


@pytest.mark.slow
def test_the_more_is_told_the_nearer_to_the_limits() -> None:
    planted = Planted.draw(20_000, seed=0)
    n_test = np.bincount(planted.user[~planted.is_train])
    np.testing.assert_array_equal(n_test, np.maximum(1, np.diff(planted.start) // 10))
    stars = planted_stars.star_errors(planted)
    assert 0.75 < stars["limit"] < 0.79
    assert stars["limit"] < stars["movies known"] < stars["movies, then people"] < 0.9
    assert stars["limit"] < stars["people known"] < stars["movies, then people"]
