"""The posterior of one person given each draw of the movie side: a Laplace fold-in, all draws at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from reelgraph.core import FloatArray, IntArray
from reelgraph.scorers.bayes import fold_in_kernels
from reelgraph.scorers.bayes.fold_in_arrays import FoldInProblem, FoldInResult
from reelgraph.scorers.bayes.prior import Prior, spaced

# How many times the gamma prior counts in the noise precision while a person's row is found. Row and noise are found in
# turn, each given the other's mean, which overstates small noise; chosen on validation (experiments/log.md).
_PRIOR_COUNT = 3.0


@dataclass(frozen=True)
class SessionEffectPrior:
    """Offsets of the stretches of time of one length, a normal prior on each.

    Args:
        stretch: ``(n,)`` stretch of each rating, from 0 upwards; ratings are sorted by time.
        mean: ``(draws,)`` of the prior.
        variance: ``(draws,)`` of the prior.
    """

    stretch: IntArray
    mean: FloatArray
    variance: FloatArray


@dataclass(frozen=True)
class Posterior:
    """A person given each draw.

    Args:
        mean: ``(draws, d)``.
        factor: ``(draws, d, d)``, A upper triangular with A A' the covariance.
        precision: ``(draws,)`` of the noise of this person's ratings, relative to all people's: drawn, not a mean.
        effects: for each length of stretches the mean and variance of its offsets, ``(draws, stretches)``.
        slope: ``(n,)`` of the log-likelihood of each rating at its fitted value, mean over the draws: above 0 where
            the stars are more than the draws say.
        curvature: ``(n,)`` of the same, mean over the draws.
    """

    mean: FloatArray
    factor: FloatArray
    precision: FloatArray
    effects: tuple[tuple[FloatArray, FloatArray], ...]
    slope: FloatArray
    curvature: FloatArray


@dataclass(frozen=True)
class ObservedStars:
    """A person's ratings in the form that the likelihood takes.

    Args:
        low: ``(draws, n)`` lower cut point of each rating's level; for a normal output the standardised stars.
        high: ``(draws, n)`` upper cut point; not read for a normal output.
        noise: ``(draws,)`` precision of normal ratings; not read for an ordinal output, where it is 1.
        ordinal: whether the output is ordinal; else it is normal.
    """

    low: FloatArray
    high: FloatArray
    noise: FloatArray
    ordinal: bool

    @classmethod
    def normal(cls, stars: FloatArray, noise: FloatArray) -> ObservedStars:
        """Normal ratings: standardised stars ``(n,)``, noise precision ``(draws,)``."""
        tiled = np.tile(stars.astype(np.float64), (len(noise), 1))
        return cls(tiled, tiled, noise.astype(np.float64), ordinal=False)

    @classmethod
    def levels(cls, level: IntArray, cuts: FloatArray) -> ObservedStars:
        """Ordinal probit ratings: levels ``(n,)`` from 0, cut points ``(draws, levels - 1)``."""
        ends = np.full((len(cuts), 1), np.inf)
        edges = np.concatenate([-ends, cuts, ends], axis=1)
        return cls(edges[:, level], edges[:, level + 1], np.ones(len(cuts)), ordinal=True)


def fold_in(
    design: FloatArray,
    base: FloatArray,
    stars: ObservedStars,
    prior: Prior,
    effects: Sequence[SessionEffectPrior],
    shape: FloatArray | None,
) -> Posterior:
    r"""The person's row, the noise of their ratings and the offsets of their sessions, given each draw.

    .. math:: z = (\Lambda + X' V^{-1} X)^{-1} (\Lambda m + X' V^{-1} (f + g / h - base))

    repeated from the new fitted values f, with slope g and curvature h of the log-likelihood there.

    Args:
        design: ``(draws, d, n)``, X'.
        base: ``(draws, n)``, fitted value without the person.
        stars: the person's ratings.
        prior: of the person's row: mean m, precision Lambda.
        effects: offsets of stretches of time, shortest first; each stretch lies within one of the next length.
        shape: ``(draws,)`` of the gamma prior of the person's noise precision (mean 1), or None where it is 1.

    Source: Salakhutdinov and Mnih 2008, equation 11, for normal ratings; a Laplace approximation (Rasmussen and
    Williams 2006, algorithm 3.1) for ordinal ones. Departure: row and noise precision are found in turn, each given
    the other's mean, the prior of the precision counted `_PRIOR_COUNT` times; the precision that is returned is then
    drawn from its gamma, with the prior counted once, one `spaced` quantile a draw.

    Cost: O(draws * (n d^2 + d^3)).
    """
    draws, width, n = design.shape
    lengths = len(effects)
    stretches = np.array([effect.stretch for effect in effects], np.int64).reshape(lengths, n)
    effect_mean = np.array([effect.mean for effect in effects], np.float64).reshape(lengths, draws)
    effect_variance = np.array([effect.variance for effect in effects], np.float64).reshape(lengths, draws)
    result = FoldInResult(
        mean=np.empty((draws, width)),
        factor=np.empty((draws, width, width)),
        precision=np.empty(draws),
        shift=np.empty((lengths, draws, n)),
        shift_variance=np.empty((lengths, draws, n)),
        slope=np.zeros(n),
        curvature=np.zeros(n),
    )
    problem = FoldInProblem(
        design=np.ascontiguousarray(design, np.float64),
        base=np.ascontiguousarray(base, np.float64),
        low_edge=stars.low,
        high_edge=stars.high,
        noise=stars.noise,
        ordinal=stars.ordinal,
        prior_mean=prior.mean,
        whiten=prior.whiten,
        gain=prior.gain,
        stretches=stretches,
        effect_mean=effect_mean,
        effect_variance=effect_variance,
        shape=np.zeros(draws) if shape is None else _PRIOR_COUNT * shape.astype(np.float64),
    )
    fold_in_kernels.fold(problem, result)
    precision = result.precision
    if shape is not None:
        prior_shape = shape.astype(np.float64)
        half_squares = (_PRIOR_COUNT * prior_shape + n / 2) / precision - _PRIOR_COUNT * prior_shape
        precision = special.gammaincinv(prior_shape + n / 2, spaced(draws)) / (prior_shape + half_squares)
    counts = [int(stretch[-1]) + 1 if n else 0 for stretch in stretches]
    offsets = tuple((result.shift[s, :, :count], result.shift_variance[s, :, :count]) for s, count in enumerate(counts))
    return Posterior(result.mean, result.factor, precision, offsets, result.slope, result.curvature)
