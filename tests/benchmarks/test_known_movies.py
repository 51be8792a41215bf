"""What one could reach who knows the movies of generated data, but not the people."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from benchmarks.scale import known_movies
from reelgraph.data.generation.people_kernels import TASTE_CAP


def test_inferred_tastes_are_the_mode_of_the_posterior() -> None:
    rng = np.random.default_rng(0)
    base, taste = rng.normal(size=60), rng.normal(size=(60, 3))
    rated = np.sort(rng.choice(60, 12, replace=False))
    is_rated = np.isin(np.arange(60), rated)

    def loss(values: np.ndarray) -> float:
        rate = np.exp(base + np.minimum(taste @ values[:3], TASTE_CAP) + values[3])
        return float(rate[~is_rated].sum() - np.log(-np.expm1(-rate[is_rated])).sum() + 0.5 * (values[:3] ** 2).sum())

    mode = minimize(loss, np.zeros(4), options={"gtol": 1e-8}).x
    np.testing.assert_allclose(known_movies.inferred_tastes(base, taste, rated), mode[:3], atol=1e-3)


def test_a_list_is_worth_its_hits_by_place() -> None:
    scores = np.arange(20.0)
    known, test = np.array([19]), np.array([18, 16, 3])  # first and third of the list, and beyond it
    expected = (1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3) + 1 / np.log2(4))
    assert known_movies._ndcg(scores, known, test) == pytest.approx(expected)
