"""The posterior of one person given each draw of the movie side: a Laplace fold-in, all draws at once.

Arrays are ``(draws, ...)``; d is the width of a person's row ``[bias, vector]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from reelgraph.types import FloatArray, IntArray

_ROUNDS, _REFRESH = 7, (0, 2)  # Newton steps, and before which of them the curvature is taken anew
_FAR = 12.0  # standard deviations that stand for infinity
_REACH, _STEPS = np.float32(8.0), np.float32(128.0)  # of the table of Phi
_CDF = special.ndtr(np.arange(-8.0, 8.0 + 1 / 128, 1 / 128)).astype(np.float32)
_RISE = np.diff(_CDF, append=np.float32(1.0))
_DENSITY = float(1.0 / np.sqrt(2.0 * np.pi))

#: fitted values (draws, n) and the person's precision (draws,) -> slope and curvature of the log-likelihood in each
#: fitted value, and the expected squared noise in its own unit, each (draws, n)
Likelihood = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]]


@dataclass(frozen=True)
class Effect:
    """Offsets of the stretches of time of one length, a normal prior on each.

    Args:
        chunk: ``(n,)`` stretch of each rating, from 0 upwards; ratings are sorted by time.
        mean: ``(draws,)`` of the prior.
        variance: ``(draws,)`` of the prior.
    """

    chunk: IntArray
    mean: FloatArray
    variance: FloatArray

    def starts(self) -> IntArray:
        """The first rating of each stretch."""
        return np.flatnonzero(np.diff(self.chunk, prepend=-1))


@dataclass(frozen=True)
class Posterior:
    """A person given each draw.

    Args:
        mean: ``(draws, d)``.
        factor: ``(draws, d, d)``, A with A A' the covariance.
        precision: ``(draws,)`` of the noise of this person's ratings, relative to all people's.
        effects: for each length of stretches the mean and variance of its offsets, ``(draws, stretches)``.
    """

    mean: FloatArray
    factor: FloatArray
    precision: FloatArray
    effects: tuple[tuple[FloatArray, FloatArray], ...]


class _Noise:
    """Covariance of the ratings given the person's row, V = 1/h + sum of variance_s Z_s Z_s', and its inverse.

    The stretches of one length lie within those of the next, so each Woodbury step is diagonal in its stretches and
    the inverse is applied in linear time.
    """

    def __init__(self, curvature: FloatArray, effects: Sequence[Effect]) -> None:
        self.curvature, self._steps = curvature, []
        weight = diagonal = curvature
        for effect in effects:
            starts = effect.starts()
            total = np.add.reduceat(weight, starts, axis=1)
            variance = effect.variance[:, None]
            share = variance / (1.0 + variance * total)
            self._steps.append((starts, effect.chunk, weight, share))
            diagonal = diagonal - np.square(weight) * share[:, effect.chunk]
            weight = weight * (1.0 - total * share)[:, effect.chunk]
        self.diagonal = diagonal

    def solve(self, right: FloatArray) -> FloatArray:
        """The inverse times ``right``, ``(draws, n)`` or ``(draws, n, d)``."""
        deep = (..., None) if right.ndim == 3 else (...,)
        out = self.curvature[deep] * right
        for starts, chunk, weight, share in self._steps:
            sums = np.add.reduceat(out, starts, axis=1) * share[deep]
            out -= weight[deep] * sums[:, chunk]
        return out


def fold_in(
    design: FloatArray,
    base: FloatArray,
    likelihood: Likelihood,
    prior_mean: FloatArray,
    prior_precision: FloatArray,
    effects: Sequence[Effect],
    shape: FloatArray | None,
) -> Posterior:
    r"""The person's row, the noise of their ratings and the offsets of their moments, given each draw.

    .. math:: z = (\Lambda + X' V^{-1} X)^{-1} (\Lambda m + X' V^{-1} (f + g / h - base))

    repeated from the new fitted values f, with slope g and curvature h of the log-likelihood there.

    Args:
        design: ``(draws, n, d)``, X.
        base: ``(draws, n)``, fitted value apart from the person.
        likelihood: of the person's ratings.
        prior_mean: ``(draws, d)``, m.
        prior_precision: ``(draws, d)``, diagonal of Lambda.
        effects: offsets of stretches of time, shortest first.
        shape: ``(draws,)`` of the gamma prior of the person's noise precision (mean 1), or None where it is 1.

    Source: Salakhutdinov and Mnih 2008, equation 11, for normal ratings; a Laplace approximation (Rasmussen and
    Williams 2006, algorithm 3.1) for ordinal ones, where the precision is at its conditional mean.

    Cost: O(draws * (n d^2 + d^3)).
    """
    draws, n, width = design.shape
    precision, mean = np.ones(draws, design.dtype), prior_mean
    level = base + sum((effect.mean[:, None] for effect in effects), np.zeros((draws, 1), base.dtype))
    eye = prior_precision[:, :, None] * np.eye(width, dtype=design.dtype)
    if n == 0:
        factor = np.eye(width) / np.sqrt(prior_precision)[:, :, None]
        return Posterior(mean, factor, precision, tuple((e.mean[:, None][:, :0],) * 2 for e in effects))
    fitted, across = level + (design @ mean[:, :, None])[:, :, 0], design.transpose(0, 2, 1)
    pulled = prior_precision * prior_mean
    for turn in range(_ROUNDS):
        slope, curvature, squares = likelihood(fitted, precision)
        if turn in _REFRESH:
            noise = _Noise(curvature, effects)
            spread = noise.solve(design)
            covariance = np.linalg.inv(eye + across @ spread)
            sure = noise.diagonal - ((spread @ covariance) * spread).sum(axis=2)
            variance = np.maximum(1.0 / noise.curvature - sure / np.square(noise.curvature), 0.0)
        response = fitted + slope / noise.curvature - level
        calm = noise.solve(response)
        mean = (covariance @ (pulled + (across @ calm[:, :, None])[:, :, 0])[:, :, None])[:, :, 0]
        rest = calm - (spread @ mean[:, :, None])[:, :, 0]  # V^-1 (response - X z)
        fitted = level + response - rest / noise.curvature
        if shape is not None:
            total = (squares + variance * noise.curvature).sum(axis=1)
            precision = (shape + n / 2) / (shape + total / precision / 2) if turn else precision
    offsets = []
    for effect in effects:
        starts = effect.starts()
        counted = np.add.reduceat(noise.curvature, starts, axis=1)
        share = effect.variance[:, None]
        offsets.append((share * np.add.reduceat(rest, starts, axis=1), share / (1.0 + share * counted)))
    return Posterior(mean, np.linalg.cholesky(covariance), precision, tuple(offsets))


def normal_likelihood(stars: FloatArray, noise: FloatArray) -> Likelihood:
    """Normal ratings: standardised stars ``(n,)``, noise precision ``(draws,)``."""

    def at(fitted: FloatArray, precision: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        error, weight = stars - fitted, (noise * precision)[:, None]
        return weight * error, np.broadcast_to(weight, error.shape), weight * np.square(error)

    return at


def ordinal_likelihood(level: IntArray, cuts: FloatArray) -> Likelihood:
    """Ordinal probit ratings: levels ``(n,)`` from 0, cut points ``(draws, levels - 1)``."""
    ends = np.full((len(cuts), 1), np.inf, cuts.dtype)
    edges = np.concatenate([-ends, cuts, ends], axis=1)
    low_edge, high_edge = edges[:, level], edges[:, level + 1]

    def at(fitted: FloatArray, precision: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        root = np.sqrt(precision)[:, None]
        low = np.clip((low_edge - fitted) * root, -_FAR, _FAR)
        high = np.clip((high_edge - fitted) * root, -_FAR, _FAR)
        upper = low > 0.0  # probabilities keep their digits in the lower tail only
        chance = special.ndtr(np.where(upper, -low, high)) - special.ndtr(np.where(upper, -high, low))
        chance = np.maximum(chance, 1e-37)
        below = _DENSITY * np.exp(-0.5 * np.square(low)) / chance
        above = _DENSITY * np.exp(-0.5 * np.square(high)) / chance
        slope, bend = below - above, low * below - high * above
        curvature = np.maximum(np.square(slope) - bend, 1e-6) * np.square(root)
        return slope * root, curvature, np.maximum(1.0 + bend, 0.0)

    return at


def normal_cdf(x: FloatArray) -> FloatArray:
    """Phi, float32, absolute error below 2e-6: linear between the entries of a table, far faster than `ndtr`."""
    place = np.clip((x + _REACH) * _STEPS, 0.0, len(_CDF) - 2.0)
    left = place.astype(np.int32)
    out: FloatArray = _CDF[left] + (place - left) * _RISE[left]
    return out
