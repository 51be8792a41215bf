"""How far predicted stars are from the true ones, person by person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import (
    EvalPart,
    FloatArray,
    IntArray,
    Matrix,
    PredictsDistribution,
    PredictsRating,
    PredictsRatingAt,
    RatingDistribution,
    RatingPrediction,
    RatingScale,
)
from reelgraph.core.errors import TrainingError
from reelgraph.evaluation.full_ranking import MEMORY_BYTES, batches

# Stars and, where the model gives one, a distribution over up to ten levels.
_BYTES_PER_RATING = 96
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class TargetPredictions:
    """The prediction for each target rating, in the order of ``part.target.data``.

    Args:
        stars: ``(n_ratings,)`` float64, clipped to the scale.
        distribution: ``(n_ratings, n_levels)`` float32, or None where the model does not `PredictsDistribution`.
    """

    stars: FloatArray
    distribution: RatingDistribution | None = None


def predict_targets(
    scorer: PredictsRating, part: EvalPart, scale: RatingScale | None = None, memory_bytes: int = MEMORY_BYTES
) -> FloatArray:
    """Predicted stars alone, ``(n_ratings,)`` float64; all else as in `target_predictions`."""
    return target_predictions(scorer, part, scale, memory_bytes).stars


def target_predictions(
    scorer: PredictsRating, part: EvalPart, scale: RatingScale | None = None, memory_bytes: int = MEMORY_BYTES
) -> TargetPredictions:
    """Stars and, where the scorer gives one, the distribution of every target rating, in one pass over the people.

    A scorer that `PredictsRatingAt` gets the times of the ratings, where the part has them, and the user rows.

    Args:
        scorer: a fitted model that predicts stars.
        part: the people and their target ratings.
        scale: stars are clipped to it; None trusts the scorer, which promises to clip.
        memory_bytes: bytes of predictions at once, besides the result.

    Raises:
        TrainingError: a prediction is not a finite number, or a distribution is not valid.
    """
    count = len(part.target.data)
    stars = np.empty(count, np.float64)
    levels = scorer.levels if isinstance(scorer, PredictsDistribution) else None
    chances = None if levels is None else np.empty((count, len(levels)), np.float32)
    for rows in batches(len(part), part.target.shape[1] * _BYTES_PER_RATING, memory_bytes):
        positions = slice(int(part.target.indptr[rows.start]), int(part.target.indptr[rows.stop]))
        prediction, user, column = _predict_batch(scorer, part, rows, positions)
        stars[positions] = prediction.stars[user, column]
        if levels is not None and chances is not None:
            chances[positions] = _level_chances(prediction.distribution, levels)[user, column]
    if not np.isfinite(stars).all():
        raise TrainingError("a predicted rating is not a finite number", "training may have diverged")
    return TargetPredictions(
        stars if scale is None else scale.clip(stars),
        None if levels is None or chances is None else _checked(RatingDistribution(levels.copy(), chances)),
    )


def _predict_batch(
    scorer: PredictsRating, part: EvalPart, rows: slice, positions: slice
) -> tuple[RatingPrediction, IntArray, IntArray]:
    """Predictions for some people, and the row and column of each target rating in them, ``(n,)`` each."""
    target_items = part.target.indices[positions]
    if isinstance(scorer, PredictsRatingAt):
        return (
            _predict_at_times(scorer, part, rows),
            np.zeros(len(target_items), np.int64),
            np.arange(len(target_items)),
        )
    items = np.unique(target_items)
    person = np.repeat(np.arange(rows.stop - rows.start), np.diff(part.target.indptr[rows.start : rows.stop + 1]))
    return scorer.rate(part.history[rows], items.astype(np.int64)), person, np.searchsorted(items, target_items)


def _predict_at_times(scorer: PredictsRatingAt, part: EvalPart, rows: slice) -> RatingPrediction:
    def cut(times: Matrix | None) -> Matrix | None:
        return None if times is None else times[rows]

    return scorer.rate_at(
        part.history[rows],
        part.target[rows],
        history_time=cut(part.history_time),
        target_time=cut(part.target_time),
        users=part.users[rows],
    )


def _level_chances(distribution: RatingDistribution | None, levels: FloatArray) -> FloatArray:
    if distribution is None or not np.array_equal(distribution.levels, levels):
        raise TrainingError("a prediction carries no distribution over the levels that the model says it has")
    return distribution.probability


def _checked(distribution: RatingDistribution) -> RatingDistribution:
    chances = distribution.probability
    total = chances.sum(axis=1, dtype=np.float64)
    # Written so that NaN fails both comparisons.
    if not ((chances >= 0).all() and (np.abs(total - 1) <= _SUM_TOLERANCE).all()):
        raise TrainingError(
            "a predicted distribution has an entry below 0 or not a number, or does not sum to 1",
            "training may have diverged",
        )
    return distribution


def mse(predicted: FloatArray, true: FloatArray, person: IntArray, n: int) -> FloatArray:
    """Mean squared error of each person's ratings.

    Args:
        predicted: ``(n_ratings,)`` stars.
        true: ``(n_ratings,)`` stars.
        person: ``(n_ratings,)`` int, whose rating it is, from 0 below ``n``.
        n: people.

    Returns:
        ``(n,)`` float64, squared stars, NaN for a person without ratings. The mean over ratings is the mean of these
        weighted by the number of ratings.
    """
    return mean_by_person((predicted - true) ** 2, person, n)


def rmse(predicted: FloatArray, true: FloatArray, person: IntArray, n: int) -> FloatArray:
    """Root of `mse`, ``(n,)`` float64 stars; arguments as there."""
    return np.sqrt(mse(predicted, true, person, n))


def mae(predicted: FloatArray, true: FloatArray, person: IntArray, n: int) -> FloatArray:
    """Mean absolute error of each person's ratings, ``(n,)`` float64 stars; arguments as in `mse`."""
    return mean_by_person(np.abs(predicted - true), person, n)


def mean_by_person(values: FloatArray, person: IntArray, n: int) -> FloatArray:
    """Mean of ``values``, one a rating, over each person's ratings: ``(n,)`` float64; arguments as in `mse`."""
    count = np.bincount(person, minlength=n)
    total = np.bincount(person, weights=values, minlength=n)
    mean = np.full(n, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean
