"""Each compiled loop of `bayes-gcn` against a formula in dense linear algebra, or published numbers."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse, stats

from reelgraph.core import FloatArray
from reelgraph.models.bayes_gcn.cut_points import CutPoints, _add_derivatives, draw_latent, uniform, with_ends
from reelgraph.models.bayes_gcn.row_draw_kernels import exchange_rows
from reelgraph.scorers.bayes import predict_kernels

CUTS = np.array([-1.0, 0.2, 1.1, 2.5])


def test_uniforms_are_those_of_splitmix64() -> None:
    # The published first outputs of SplitMix64 from the state 1234567.
    outputs = [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]  # fmt: skip
    expected = [(output // 2**12 + 0.5) / 2**52 for output in outputs]
    assert [uniform(1234567, n) for n in range(5)] == expected


def test_hidden_stars_are_the_quantiles_of_the_truncated_normal() -> None:
    level = np.array([0, 1, 2, 3, 4, 0, 4, 1], np.int32)
    fitted = np.array([0.4, -0.5, 0.6, 0.0, 0.0, -3.0, 4.0, 2.0])
    weight = np.array([1.0, 4.0, 0.5, 0.5, 2.0, 1.0, 1.0, 3.0])
    edges, out = with_ends(CUTS), np.full(8, 7.0)
    draw_latent(level, fitted, weight, edges, 99, out, 1, 7)
    assert out[[0, 7]].tolist() == [7.0, 7.0]  # outside start to stop
    for n in range(1, 7):
        std, chance = weight[n] ** -0.5, uniform(99, n)
        low, high = (edges[level[n]] - fitted[n]) / std, (edges[level[n] + 1] - fitted[n]) / std
        # Above the mean the draw is taken from the mirrored tail.
        expected = stats.truncnorm.ppf(1 - chance if low > 0 else chance, low, high, fitted[n], std)
        assert out[n] == pytest.approx(expected, rel=1e-6), n


def log_likelihood(cuts: FloatArray, level: Any, fitted: FloatArray, weight: FloatArray) -> float:
    edges, root = with_ends(cuts), np.sqrt(weight)
    high, low = (edges[level + 1] - fitted) * root, (edges[level] - fitted) * root
    flip = low > 0  # where the lower tail has the digits
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    return float(np.log(stats.norm.cdf(high) - stats.norm.cdf(low)).sum())


def test_slope_and_curvature_in_the_cut_points_are_finite_differences() -> None:
    draw = np.random.default_rng(5)
    level = np.concatenate([np.arange(5), draw.integers(0, 5, 25)]).astype(np.int32)
    fitted, weight = draw.normal(size=30), draw.uniform(0.5, 3, 30)
    gradient, hessian = np.full(4, 10.0), np.full((4, 4), 20.0)
    total = _add_derivatives(level, fitted, weight, with_ends(CUTS), gradient, hessian)
    assert total == pytest.approx(log_likelihood(CUTS, level, fitted, weight), rel=1e-12)
    step = 1e-4 * np.eye(4)

    def value(change: FloatArray) -> float:
        return log_likelihood(CUTS + change, level, fitted, weight)

    slope = [(value(e) - value(-e)) / 2e-4 for e in step]
    curvature = [[(value(e + f) - value(e - f) - value(f - e) + value(-e - f)) / 4e-8 for f in step] for e in step]
    assert_allclose(gradient - 10, slope, rtol=1e-5)  # added to what was there
    assert_allclose(hessian - 20, curvature, rtol=1e-4, atol=1e-4)


def test_a_level_that_is_certain_or_impossible_keeps_the_likelihood_finite() -> None:
    arguments = np.array([0, 4], np.int32), np.array([80.0, 80.0]), np.ones(2), with_ends(CUTS)
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    assert _add_derivatives(*arguments, gradient, hessian) == pytest.approx(np.log(1e-280))
    assert np.isfinite(gradient).all()
    assert np.isfinite(hessian).all()


class Fixed:
    """Random numbers that are given."""

    def __init__(self, normal: FloatArray, chance: float) -> None:
        self.normal, self.chance = normal, chance

    def standard_normal(self, size: int) -> FloatArray:
        assert size == len(self.normal)
        return self.normal

    def random(self) -> float:
        return self.chance


def test_new_cut_points_are_accepted_with_the_chance_of_metropolis_and_hastings() -> None:
    draw = np.random.default_rng(6)
    fitted, weight, normal = draw.normal(size=60), draw.uniform(0.5, 3, 60), np.array([0.0, 0.0, -1.0, 0.0])
    level = np.searchsorted(CUTS, fitted + draw.normal(size=60) / np.sqrt(weight)).astype(np.int32)
    points = CutPoints(level, 5)

    def posterior(cuts: FloatArray) -> float:  # with a tenth of a rating of each level at 0
        prior = log_likelihood(cuts, np.arange(5), np.zeros(5), np.ones(5))
        return log_likelihood(cuts, level, fitted, weight) + 0.1 * prior

    def proposal(cuts: FloatArray) -> tuple[FloatArray, FloatArray]:  # one Newton step, and the inverse curvature
        step = 1e-4 * np.eye(4)
        slope = np.array([(posterior(cuts + e) - posterior(cuts - e)) / 2e-4 for e in step])
        curvature = [
            [
                (posterior(cuts + e + f) - posterior(cuts + e - f) - posterior(cuts + f - e) + posterior(cuts - e - f))
                / 4e-8
                for f in step
            ]
            for e in step
        ]
        covariance = np.linalg.inv(-np.array(curvature))
        return cuts + covariance @ slope, covariance

    def drawn(chance: float) -> tuple[FloatArray, float]:
        return points.draw(CUTS, fitted, weight, cast(np.random.Generator, Fixed(normal, chance)))

    proposed, at_cuts = drawn(1e-300)
    assert at_cuts == pytest.approx(posterior(CUTS), rel=1e-9)
    mean, covariance = proposal(CUTS)
    deviation = proposed - mean
    assert deviation @ np.linalg.solve(covariance, deviation) == pytest.approx(normal @ normal, rel=1e-3)
    back, back_covariance = proposal(proposed)
    log_ratio = (
        posterior(proposed)
        - posterior(CUTS)
        + stats.multivariate_normal.logpdf(CUTS, back, back_covariance)
        - stats.multivariate_normal.logpdf(proposed, mean, covariance)
    )
    assert -5 < log_ratio < -0.05  # so that both happen
    assert (drawn(np.exp(log_ratio - 1e-3))[0] == proposed).all()
    assert (drawn(np.exp(log_ratio + 1e-3))[0] == CUTS).all()


def test_cut_points_out_of_order_are_refused() -> None:
    level = np.arange(5, dtype=np.int32)
    far = Fixed(np.array([40.0, -40.0, 0.0, 0.0]), 0.0)
    cuts, _ = CutPoints(level, 5).draw(CUTS, np.zeros(5), np.ones(5), cast(np.random.Generator, far))
    assert (cuts == CUTS).all()


def test_an_exchange_of_rows_keeps_the_sum_and_draws_from_the_priors() -> None:
    draw = np.random.default_rng(7)
    features = np.array([[1.0, 0.0], [0.5, 2.0], [0.0, 1.0], [0.0, 0.0]])  # four entities
    columns = sparse.csc_array(features)
    weights, ids = draw.normal(size=(2, 3)), draw.normal(size=(4, 3))
    mean, id_mean = draw.normal(size=3), draw.normal(size=3)
    precision, id_precision = draw.uniform(1, 3, 3), draw.uniform(1, 3, 3)
    normals = draw.normal(size=(2, 3))
    expected_weights, expected_ids = weights.copy(), ids.copy()
    for j in range(2):
        f = features[:, j]
        q = precision + id_precision * (f @ f)
        step = (precision * (mean - expected_weights[j]) + id_precision * (f @ (expected_ids - id_mean))) / q
        step += normals[j] / np.sqrt(q)
        expected_weights[j] += step
        expected_ids -= np.outer(f, step)
    total = features @ weights + ids
    exchange_rows(
        columns.indptr, columns.indices, columns.data, weights, mean, precision, ids, id_mean, id_precision, normals
    )
    assert_allclose(weights, expected_weights, rtol=1e-12)
    assert_allclose(ids, expected_ids, rtol=1e-12)
    assert_allclose(features @ weights + ids, total, rtol=1e-12)


def test_predictions_equal_the_dense_formulas() -> None:
    """Seventy movies are more than a block, and six numbers a row more than four columns at a time."""
    draw = np.random.default_rng(8)
    draws, width, n = 2, 6, 70
    design, base = draw.normal(size=(draws, width, n)), draw.normal(size=(draws, n))
    mean, factor = draw.normal(size=(draws, width)), np.triu(draw.normal(size=(draws, width, width)))
    extra, edges = draw.uniform(1, 2, (draws, n)), np.array([[-1.0, 0.5, 2.0], [-1.5, 0.0, 1.0]])
    fitted = base + np.einsum("tdn,td->tn", design, mean)
    variance = np.square(np.einsum("tdn,tde->ten", design, factor)).sum(axis=1) + extra
    f32 = [array.astype(np.float32) for array in (design, base, mean, factor, extra, edges)]

    averages = np.full(n, 9.0, np.float32)
    predict_kernels.average(*f32[:3], averages)
    assert_allclose(averages, fitted.mean(axis=0), atol=1e-5)

    chances = np.full((n, 3), 9.0)
    predict_kernels.below(*f32, chances)
    z = (edges[:, None, :] - fitted[:, :, None]) / np.sqrt(variance)[:, :, None]
    assert_allclose(chances, stats.norm.cdf(z).mean(axis=0), atol=1e-5)

    by_draw, by_item, left = np.array([0.5, 2.0]), draw.uniform(0.5, 1.5, n), np.array([1.0, 1.5])
    steps, stars = np.array([1.0, 0.5, 2.0]), np.full(n, 9.0, np.float32)
    more = [array.astype(np.float32) for array in (by_draw, by_item, left, edges, steps)]
    predict_kernels.expected(*f32[:3], *more, stars)
    root = np.sqrt(by_draw[:, None] * by_item + left[:, None])
    z = (fitted[:, :, None] - edges[:, None, :]) / root[:, :, None]
    assert_allclose(stars, (stats.norm.cdf(z) @ steps).mean(axis=0), atol=1e-5)
