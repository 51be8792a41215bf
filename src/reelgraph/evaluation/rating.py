"""How far predicted stars are from the true ones, person by person."""

from __future__ import annotations

import numpy as np

from reelgraph.errors import TrainingError
from reelgraph.evaluation.ranking import MEMORY_BYTES, batches
from reelgraph.types import EvalPart, FloatArray, IntArray, Matrix, PredictsRating, PredictsRatingAt, RatingScale

# Stars and, where the model gives one, a distribution over up to ten levels.
_BYTES_A_RATING = 96


def predict_targets(
    scorer: PredictsRating, part: EvalPart, scale: RatingScale | None = None, memory_bytes: int = MEMORY_BYTES
) -> FloatArray:
    """Predicted stars of every target rating, in the order of ``part.target.data``.

    A scorer that `PredictsRatingAt` is told the times of the ratings, where the part has them, and who the people are.

    Args:
        scorer: a fitted model that predicts stars.
        part: the people and their target ratings.
        scale: predictions are clipped to it; None trusts the scorer, which promises to clip.
        memory_bytes: bytes of predictions at once.

    Returns:
        ``(n_ratings,)`` float64 stars.

    Raises:
        TrainingError: a prediction is not a finite number.
    """
    predicted = np.empty(len(part.target.data), np.float64)
    n, n_items = part.target.shape
    for rows in batches(n, n_items * _BYTES_A_RATING, memory_bytes):
        here = slice(int(part.target.indptr[rows.start]), int(part.target.indptr[rows.stop]))
        if isinstance(scorer, PredictsRatingAt):
            predicted[here] = _at(scorer, part, rows)
            continue
        wanted = part.target.indices[here]
        items = np.unique(wanted)
        person = np.repeat(np.arange(rows.stop - rows.start), np.diff(part.target.indptr[rows.start : rows.stop + 1]))
        stars = scorer.rate(part.history[rows], items.astype(np.int64)).stars
        predicted[here] = stars[person, np.searchsorted(items, wanted)]
    if not np.isfinite(predicted).all():
        raise TrainingError("a predicted rating is not a finite number", "training may have diverged")
    return predicted if scale is None else scale.clip(predicted)


def _at(scorer: PredictsRatingAt, part: EvalPart, rows: slice) -> FloatArray:
    def cut(times: Matrix | None) -> Matrix | None:
        return None if times is None else times[rows]

    stars: FloatArray = scorer.rate_at(
        part.history[rows],
        part.target[rows],
        history_time=cut(part.history_time),
        target_time=cut(part.target_time),
        users=part.users[rows],
    ).stars[0]
    return stars


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
    return _mean_by_person((predicted - true) ** 2, person, n)


def rmse(predicted: FloatArray, true: FloatArray, person: IntArray, n: int) -> FloatArray:
    """Root of `mse`, ``(n,)`` float64 stars; arguments as there."""
    return np.sqrt(mse(predicted, true, person, n))


def mae(predicted: FloatArray, true: FloatArray, person: IntArray, n: int) -> FloatArray:
    """Mean absolute error of each person's ratings, ``(n,)`` float64 stars; arguments as in `mse`."""
    return _mean_by_person(np.abs(predicted - true), person, n)


def _mean_by_person(values: FloatArray, person: IntArray, n: int) -> FloatArray:
    count = np.bincount(person, minlength=n)
    total = np.bincount(person, weights=values, minlength=n)
    mean = np.full(n, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean
