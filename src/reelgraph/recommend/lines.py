"""What the predicted stars say about each line of a list."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from reelgraph.types import RatingPrediction, RatingScale, Recommendation

_COVERAGE = 0.8  # of the interval shown


def with_stars(
    lines: Sequence[Recommendation], rated: RatingPrediction, scale: RatingScale
) -> tuple[Recommendation, ...]:
    """The lines with their stars and, where there is a distribution, the interval of 80 % and P(liked).

    Args:
        lines: of one list, in its order.
        rated: prediction of the same movies, ``(1, len(lines))``.
        scale: the interval is cut off at its ends.
    """
    told = [dataclasses.replace(line, stars=float(stars)) for line, stars in zip(lines, rated.stars[0], strict=True)]
    if rated.distribution is None:
        return tuple(told)
    low, high = (scale.clip(end[0]).tolist() for end in rated.distribution.interval(_COVERAGE))
    liked = rated.distribution.at_least(scale.liked_from)[0].tolist()
    return tuple(
        dataclasses.replace(line, low=low[place], high=high[place], liked=liked[place])
        for place, line in enumerate(told)
    )
