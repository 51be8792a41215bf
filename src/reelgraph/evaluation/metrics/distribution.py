"""How good a predicted distribution of stars is.

Functions take a `RatingDistribution` with probabilities ``(n, n_levels)`` and the true stars ``(n,)``; a true rating
that is not one of the levels counts as the nearest. CRPS and log loss are proper scores: no distribution does better in
expectation than the true one. Coverage and calibration error measure only calibration; a forecast that is the same
for everyone may be calibrated too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from reelgraph.core import FloatArray, IntArray, RatingDistribution, at_least, read_only

LIKED = 4.0  # stars from which a rating says "liked"
BINS = 10
MIN_PROBABILITY = 1e-12  # floor for levels predicted with probability 0
_WILSON_Z = 1.959963984540054  # of a 95 % interval


@dataclass(frozen=True)
class Reliability:
    """Predicted and observed frequencies, by bins of the predicted probability of ``stars`` or more.

    Args:
        stars: the event is a rating of at least this many stars.
        edges: ``(bins + 1,)`` probabilities; a bin holds its lower edge, the last one its upper edge too.
        predicted: ``(bins,)`` mean predicted probability, NaN in an empty bin.
        observed: ``(bins,)`` share of the ratings that reached ``stars``, NaN in an empty bin.
        count: ``(bins,)`` int64 ratings.
        low: ``(bins,)`` lower end of the 95 % Wilson interval of ``observed``, NaN in an empty bin.
        high: ``(bins,)`` upper end.
    """

    stars: float
    edges: FloatArray
    predicted: FloatArray
    observed: FloatArray
    count: IntArray
    low: FloatArray
    high: FloatArray

    def __post_init__(self) -> None:
        for array in (self.edges, self.predicted, self.observed, self.count, self.low, self.high):
            read_only(array)


def crps(distribution: RatingDistribution, true: FloatArray) -> FloatArray:
    """Continuous ranked probability score of each rating: the absolute error where the prediction is one number.

    ``step * sum over levels l of (F(l) - [true <= l])^2``, the integral of the squared distance of the two step
    functions.

    Args:
        distribution: ``(n, n_levels)``.
        true: ``(n,)`` stars.

    Returns:
        ``(n,)`` float64 stars, 0 for certainty of the truth.

    Source: Gneiting and Raftery 2007, equation 20.
    """
    up_to = np.cumsum(distribution.probability, axis=1, dtype=np.float64)
    came = _level(distribution, true)[:, None] <= np.arange(len(distribution.levels))
    score: FloatArray = distribution.step * np.square(up_to - came).sum(axis=1)
    return score


def log_loss(distribution: RatingDistribution, true: FloatArray) -> FloatArray:
    """Minus the logarithm of the probability of what came, ``(n,)`` float64 nats; arguments as in `crps`.

    Probabilities below 1e-12 count as that, so no rating costs more than 27.6 nats.

    Source: Gneiting and Raftery 2007, section 3.
    """
    chance = np.take_along_axis(distribution.probability, _level(distribution, true)[:, None], axis=1)[:, 0]
    return -np.log(np.maximum(chance.astype(np.float64), MIN_PROBABILITY))


def covered(distribution: RatingDistribution, true: FloatArray, coverage: float) -> FloatArray:
    """Share of the true level's cell that lies in the central interval `RatingDistribution.interval`.

    A level holds a stretch of probability, so whether it is "in" an interval is not yes or no. With F the cumulative
    probability and p that of the true level k, this is the part of ``[F(k-1), F(k)]`` within
    ``[(1 - coverage) / 2, (1 + coverage) / 2]``, divided by p: the expectation of "inside" over the randomised PIT, or
    over true ratings jittered evenly in their cell. Its mean is ``coverage`` where the probabilities are right.

    Args:
        distribution: ``(n, n_levels)``.
        true: ``(n,)`` stars.
        coverage: above 0 and below 1.

    Returns:
        ``(n,)`` float64 in [0, 1].

    Source: Czado, Gneiting and Held 2009, section 2.1.
    """
    start, width = _cell(distribution, true)
    return _within(start, width, (1 - coverage) / 2, (1 + coverage) / 2)


def within_likely_levels(distribution: RatingDistribution, true: FloatArray, coverage: float) -> FloatArray:
    """Whether the true rating is within the levels that are shown, `RatingDistribution.likely_levels`.

    Args:
        distribution: ``(n, n_levels)``.
        true: ``(n,)`` stars.
        coverage: above 0 and below 1.

    Returns:
        ``(n,)`` float64, 0 or 1. Where the probabilities are right, the mean is that of the probability of the levels
        shown, which is ``coverage`` or more.
    """
    low, high = distribution.likely_levels(coverage)
    half = distribution.step / 2  # ratings between levels count as the next one
    is_within: FloatArray = ((true > low - half) & (true < high + half)).astype(np.float64)
    return is_within


def pit(distribution: RatingDistribution, true: FloatArray, bins: int = BINS) -> FloatArray:
    """The non-randomised PIT histogram: flat where the probabilities are right, a U where they are too sure.

    Args:
        distribution: ``(n, n_levels)``.
        true: ``(n,)`` stars, n at least 1.
        bins: equal parts of [0, 1].

    Returns:
        ``(bins,)`` float64 shares of the ratings, sum 1.

    Source: Czado, Gneiting and Held 2009, equation 2.
    """
    start, width = _cell(distribution, true)
    edges = np.linspace(0.0, 1.0, bins + 1)
    return np.array([_within(start, width, low, high).mean() for low, high in pairwise(edges)])


def calibration_error(
    distribution: RatingDistribution, true: FloatArray, stars: float = LIKED, bins: int = BINS
) -> float:
    """Expected calibration error of the probability of ``stars`` or more.

    Ratings go to equal bins of that probability; this is the mean over ratings of |mean predicted - observed share| of
    their bin. It is above 0 by chance alone, the more so the fewer ratings there are.

    Args:
        distribution: ``(n, n_levels)``.
        true: ``(n,)`` stars.
        stars: the event is a rating of at least this many stars.
        bins: equal parts of [0, 1].

    Returns:
        From 0 to 1; NaN without a rating.

    Source: Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017.
    """
    return float(expected_error(_all_sums(distribution, true, stars, bins)[None])[0])


def reliability(
    distribution: RatingDistribution, true: FloatArray, stars: float = LIKED, bins: int = BINS
) -> Reliability:
    """The table behind `calibration_error`, arguments as there.

    The intervals take ratings for independent; those of one person are not quite.

    Source: Wilson 1927 for the interval.
    """
    predicted, came, count = _all_sums(distribution, true, stars, bins).T
    blank = np.full(bins, np.nan)
    mean, share = (np.divide(top, count, out=blank.copy(), where=count > 0) for top in (predicted, came))
    z2 = _WILSON_Z**2
    middle = (came + z2 / 2) / (count + z2)
    # came * (1 - share) is 0 * NaN in an empty bin, which stays NaN.
    half = _WILSON_Z / (count + z2) * np.sqrt(came * (1 - share) + z2 / 4)
    return Reliability(
        stars, np.linspace(0.0, 1.0, bins + 1), mean, share, count.astype(np.int64), middle - half, middle + half
    )


def bin_sums(
    distribution: RatingDistribution, true: FloatArray, person: IntArray, n: int, stars: float = LIKED, bins: int = BINS
) -> FloatArray:
    """What each person adds to `calibration_error`.

    Args:
        distribution: ``(n_ratings, n_levels)``.
        true: ``(n_ratings,)`` stars.
        person: ``(n_ratings,)`` int, whose rating it is, from 0 below ``n``.
        n: people.
        stars: the event is a rating of at least this many stars.
        bins: equal parts of [0, 1].

    Returns:
        ``(n, bins, 3)`` float64: sum of predicted probabilities, ratings that reached ``stars``, ratings.
    """
    chance = np.clip(distribution.at_least(stars), 0.0, 1.0)
    came = at_least(distribution.levels[_level(distribution, true)], stars)
    cell = person * bins + np.minimum((chance * bins).astype(np.int64), bins - 1)
    sums = [np.bincount(cell, weights=weight, minlength=n * bins) for weight in (chance, came, None)]
    return np.stack(sums, axis=-1).astype(np.float64).reshape(n, bins, 3)


def expected_error(sums: FloatArray) -> FloatArray:
    """`calibration_error` from sums over people of `bin_sums`.

    Args:
        sums: ``(m, bins, 3)``.

    Returns:
        ``(m,)`` float64, NaN where there is no rating.
    """
    # Weighted by its ratings, a bin's |mean predicted - observed share| is |sum predicted - number observed|.
    gap, count = np.abs(sums[:, :, 0] - sums[:, :, 1]).sum(axis=1), sums[:, :, 2].sum(axis=1)
    error = np.full(len(sums), np.nan)
    np.divide(gap, count, out=error, where=count > 0)
    return error


def _all_sums(distribution: RatingDistribution, true: FloatArray, stars: float, bins: int) -> FloatArray:
    sums: FloatArray = bin_sums(distribution, true, np.zeros(len(true), np.int64), 1, stars, bins)[0]
    return sums


def _level(distribution: RatingDistribution, true: FloatArray) -> IntArray:
    """The place of the level nearest to each rating, ``(n,)`` int64."""
    middle = (distribution.levels[1:] + distribution.levels[:-1]) / 2
    return np.searchsorted(middle, true)


def _cell(distribution: RatingDistribution, true: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where the true level's stretch of probability starts and how wide it is, both ``(n,)`` float64, within [0, 1]."""
    up_to = np.cumsum(distribution.probability, axis=1, dtype=np.float64)
    up_to /= up_to[:, -1:]  # sums of float32 end near 1, not at it
    level = _level(distribution, true)[:, None]
    end = np.take_along_axis(up_to, level, axis=1)[:, 0]
    below = np.where(level[:, 0] > 0, np.take_along_axis(up_to, np.maximum(level - 1, 0), axis=1)[:, 0], 0.0)
    # A level predicted with probability 0 has a stretch too, a very short one.
    return np.minimum(below, 1.0 - MIN_PROBABILITY), np.maximum(end - below, MIN_PROBABILITY)


def _within(start: FloatArray, width: FloatArray, low: float, high: float) -> FloatArray:
    """Share of each stretch that lies between ``low`` and ``high``, ``(n,)``."""
    # As a difference of two shares, so that neighbouring parts add up to the whole.
    share: FloatArray = np.clip((high - start) / width, 0.0, 1.0) - np.clip((low - start) / width, 0.0, 1.0)
    return share
