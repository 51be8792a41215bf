"""The ordinal probit output: latent stars on the real line, cut points between the levels."""

from __future__ import annotations

import math

import numpy as np
from scipy import linalg

from reelgraph._util.numba_jit import jit, normal_cdf
from reelgraph.core import FloatArray, IntArray
from reelgraph.models.bayes_gcn.worker_threads import ParallelFor, serial

_SQRT_HALF = math.sqrt(0.5)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_SMALLEST = 1e-280
_PSEUDO = 0.1  # ratings of each level that the prior is worth


@jit
def normal_quantile(p: float) -> float:
    """The x with Phi(x) = p, for p from 1e-300 to 0.5 and beyond by symmetry; relative error below 1e-9.

    Source: Abramowitz and Stegun 26.2.23, absolute error below 4.5e-4, then a Halley step, which cubes the error.
    """
    q = p if p < 0.5 else 1.0 - p
    if q < 1e-300:
        q = 1e-300
    t = math.sqrt(-2.0 * math.log(q))
    x = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))))
    density = _DENSITY * math.exp(-0.5 * x * x)
    step = (0.5 * math.erfc(-x * _SQRT_HALF) - q) / density
    x -= step / (1.0 + 0.5 * x * step)
    return x if p < 0.5 else -x


@jit
def uniform(key: int, counter: int) -> float:
    """A uniform number in (0, 1) that depends on ``key`` and ``counter`` only, so that loops may run in any order.

    Source: Steele, Lea and Flood 2014 (SplitMix64), the output function.
    """
    z = np.uint64(key) + np.uint64(counter + 1) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (float(z >> np.uint64(12)) + 0.5) * 2.0**-52


@jit
def draw_latent(
    level: IntArray,
    fitted: FloatArray,
    weight: FloatArray,
    edges: FloatArray,
    key: int,
    out: FloatArray,
    start: int,
    stop: int,
) -> None:
    """Fill ``out[start:stop]`` with normal draws around ``fitted`` that fall between the edges of their level.

    Args:
        level: ``(n,)`` from 0.
        fitted: ``(n,)``.
        weight: ``(n,)`` precision of each rating.
        edges: ``(levels + 1,)`` cut points with -inf and inf around them.
        key: of the random numbers.
        out: ``(n,)``.
        start: first rating.
        stop: past the last.

    Source: Albert and Chib 1993, equation 17 (the latent variables given the rest).
    """
    for n in range(start, stop):
        root = math.sqrt(weight[n])
        low, high = (edges[level[n]] - fitted[n]) * root, (edges[level[n] + 1] - fitted[n]) * root
        flip = low > 0.0  # work in the lower tail, where probabilities keep their digits
        if flip:
            low, high = -high, -low
        below, above = normal_cdf(low), normal_cdf(high)
        p = below + uniform(key, n) * (above - below)
        x = normal_quantile(max(p, _SMALLEST))
        x = min(max(x, low), high)
        out[n] = fitted[n] + (-x if flip else x) / root


@jit
def _add_derivatives(
    level: IntArray,
    fitted: FloatArray,
    weight: FloatArray,
    edges: FloatArray,
    gradient: FloatArray,
    hessian: FloatArray,
) -> float:
    """Log-likelihood of the levels; adds its slope and curvature in the ``levels - 1`` cut points to the arrays."""
    cuts = edges.shape[0] - 2
    total = 0.0
    for n in range(level.shape[0]):
        k = level[n]
        root = math.sqrt(weight[n])
        low, high = (edges[k] - fitted[n]) * root, (edges[k + 1] - fitted[n]) * root
        chance = normal_cdf(-low) - normal_cdf(-high) if low > 0.0 else normal_cdf(high) - normal_cdf(low)
        chance = max(chance, _SMALLEST)
        total += math.log(chance)
        a = _DENSITY * math.exp(-0.5 * low * low) * root / chance if k > 0 else 0.0
        b = _DENSITY * math.exp(-0.5 * high * high) * root / chance if k < cuts else 0.0
        if k > 0:
            gradient[k - 1] -= a
            hessian[k - 1, k - 1] += low * root * a - a * a
        if k < cuts:
            gradient[k] += b
            hessian[k, k] -= high * root * b + b * b
        if 0 < k < cuts:
            hessian[k, k - 1] += a * b
            hessian[k - 1, k] += a * b
    return total


def with_ends(cuts: FloatArray) -> FloatArray:
    """The cut points with -inf and inf around them."""
    return np.concatenate([[-np.inf], cuts, [np.inf]])


class CutPoints:
    """Draws the cut points given the fitted values, the latent variables integrated out.

    Args:
        level: ``(n,)`` level of each rating, from 0.
        levels: number of levels.
        bounds: ``(blocks + 1,)`` ratings where the blocks of the sums begin; None for one block.

    Source: Cowles 1996 (cut points and latent variables drawn jointly) and Albert and Chib 2001 (proposal from the
    curvature of the likelihood). Here the proposal is one Newton step from where the chain is and a normal of the
    inverse curvature, with the reverse step in the acceptance ratio, so it is exact. The prior is a tenth of a
    pseudo-rating a level at a fitted value of 0, which separates levels nobody used and keeps the posterior proper.
    """

    def __init__(self, level: IntArray, levels: int, bounds: IntArray | None = None) -> None:
        self._level = level
        self._bounds = np.array([0, len(level)]) if bounds is None else bounds
        self._pseudo = np.arange(levels, dtype=level.dtype)
        self._zero, self._one = np.zeros(levels), np.ones(levels)

    def draw(
        self,
        cuts: FloatArray,
        fitted: FloatArray,
        weight: FloatArray,
        rng: np.random.Generator,
        parallel: ParallelFor = serial,
    ) -> tuple[FloatArray, float]:
        """New cut points ``(levels - 1,)`` and the log-likelihood of the levels at the old ones."""
        normal, chance = rng.standard_normal(len(cuts)), rng.random()
        log_posterior, mean, factor = self._newton(cuts, fitted, weight, parallel)
        # P = LL': L'^-1 n has covariance P^-1.
        proposed = mean + linalg.solve_triangular(factor, normal, lower=True, trans=1)
        if not (np.diff(proposed) > 1e-9).all():
            return cuts, log_posterior
        proposed_log_posterior, back, back_factor = self._newton(proposed, fitted, weight, parallel)
        forward = np.log(np.diag(factor)).sum() - 0.5 * normal @ normal
        deviation = back_factor.T @ (cuts - back)
        backward = np.log(np.diag(back_factor)).sum() - 0.5 * deviation @ deviation
        log_ratio = proposed_log_posterior - log_posterior + backward - forward
        return (proposed if np.log(chance) < log_ratio else cuts), log_posterior

    def _newton(
        self, cuts: FloatArray, fitted: FloatArray, weight: FloatArray, parallel: ParallelFor
    ) -> tuple[float, FloatArray, FloatArray]:
        """Log posterior at ``cuts``, the result of one Newton step, and the Cholesky factor of the curvature."""
        edges, blocks = with_ends(cuts), len(self._bounds) - 1
        gradients, hessians = np.zeros((blocks, len(cuts))), np.zeros((blocks, len(cuts), len(cuts)))
        totals = np.zeros(blocks)

        def add_block(block: int, _: int) -> None:
            part = slice(int(self._bounds[block]), int(self._bounds[block + 1]))
            totals[block] = _add_derivatives(
                self._level[part], fitted[part], weight[part], edges, gradients[block], hessians[block]
            )

        parallel(add_block, range(blocks + 1))
        total, gradient, hessian = float(totals.sum()), gradients.sum(axis=0), hessians.sum(axis=0)
        slope, curvature = np.zeros_like(gradient), np.zeros_like(hessian)
        total += _PSEUDO * _add_derivatives(self._pseudo, self._zero, self._one, edges, slope, curvature)
        gradient += _PSEUDO * slope
        hessian += _PSEUDO * curvature
        hessian -= 1e-9 * np.eye(len(cuts))  # the log-likelihood is concave; this is for its last digits
        factor = linalg.cholesky(-hessian, lower=True)
        return total, cuts + linalg.cho_solve((factor, True), gradient), factor
