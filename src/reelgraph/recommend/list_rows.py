"""The lines of a list: movies in words of the catalogue, and what the predicted stars say of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, IntArray, RatingPrediction, RatingScale, Recommendation, TopK

_COVERAGE = 0.8  # of the interval shown


def plain_lines(bundle: Bundle, new: BoolArray, best: TopK) -> tuple[IntArray, tuple[Recommendation, ...]]:
    """One list in words of the catalogue: its item rows ``(n,)`` and its lines.

    Args:
        bundle: gives ids and catalogue.
        new: ``(n_items,)`` movies to be marked as new.
        best: of one person; empty places are left out.
    """
    rows: IntArray = best.items[0][best.items[0] >= 0]
    catalogue = bundle.catalogue
    lines = [
        Recommendation(
            item_id=bundle.items.id(row),
            title=str(catalogue.title[row]),
            score=float(best.scores[0, place]),
            rank=place + 1,
            year=int(catalogue.year[row]),
            genres=catalogue.genres[row],
            new=bool(new[row]),
        )
        for place, row in enumerate(rows.tolist())
    ]
    return rows, tuple(lines)


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
