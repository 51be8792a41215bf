"""Which of a person's movies may be the reason for a recommendation: those they rated no lower than usual."""

from __future__ import annotations

import numpy as np

from reelgraph.core import BoolArray, FloatArray, RatingScale, at_least
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.liked_order import MIDDLE

_DAMPING = 5  # ratings of three of five stars that are added to the person's own


def personal_threshold(stars: FloatArray, scale: RatingScale) -> float:
    r"""The stars from which a movie may be a reason for this person.

    It is the smaller of the median and the damped mean of their ratings, and at least three of five stars, m:

    .. math:: \max(m, \min(\mathrm{median}_j r_j, \frac{\sum_j r_j + 5 m}{n + 5}))

    So somebody with three ratings of one star has no such movie, and somebody who gave five stars to everything has
    only such movies. Damped, because the mean of two or three ratings says little: four stars are praise also beside
    one rating of five. The median, because the mean alone would take away most movies of somebody who gives four stars
    to many and five to some.

    Args:
        stars: ``(n,)``, NaN where a movie was seen without a rating; those do not count.
        scale: of the stars.

    Examples:
        >>> import numpy as np
        >>> from reelgraph import RatingScale
        >>> personal_threshold(np.array([2.0, 5.0, 5.0, 5.0, 5.0]), RatingScale(1.0, 5.0, 1.0))
        3.7
        >>> personal_threshold(np.array([1.0, 1.0, 1.0]), RatingScale(1.0, 5.0, 1.0))
        3.0
    """
    rated, middle = stars[~np.isnan(stars)], scale.of_five(MIDDLE)
    if not len(rated):
        return middle
    damped_mean = (float(rated.sum()) + _DAMPING * middle) / (len(rated) + _DAMPING)
    return max(min(damped_mean, float(np.median(rated))), middle)


def is_liked(history: WeightedHistory, scale: RatingScale | None) -> BoolArray:
    """Which entries of a history may be reasons, ``(nnz,)``: those rated at least `personal_threshold`.

    A movie seen without a rating is one, as it counts as a liked one in the history. Without a scale, all are.
    """
    if scale is None:
        return np.ones(history.ratings.nnz, np.bool_)
    stars = history.stars_given
    return np.isnan(stars) | at_least(stars, personal_threshold(stars, scale))


def is_disliked(history: WeightedHistory, scale: RatingScale | None) -> BoolArray:
    """Which entries of a history were rated low, ``(nnz,)``: below `personal_threshold` and `RatingScale.liked_from`.

    Four of five stars are never low, also from somebody who mostly gives five.
    """
    if scale is None:
        return np.zeros(history.ratings.nnz, np.bool_)
    stars = history.stars_given
    return ~is_liked(history, scale) & ~at_least(stars, scale.liked_from)
