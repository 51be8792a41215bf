"""The rows of a list: ids and titles of the items, and what the predicted stars say of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, RatingPrediction, RatingScale, Recommendation, TopK

_COVERAGE = 0.8  # of the intervals


def make_rows(bundle: Bundle, is_new: BoolArray, best: TopK) -> tuple[Recommendation, ...]:
    """The rows of one list, without stars.

    Args:
        bundle: ids and metadata.
        is_new: ``(n_items,)`` items to be marked as new.
        best: the list of one person, without empty places.
    """
    catalogue = bundle.catalogue
    return tuple(
        Recommendation(
            item_id=bundle.items.id(item_row),
            title=str(catalogue.title[item_row]),
            score=score,
            rank=rank,
            year=int(catalogue.year[item_row]),
            genres=catalogue.genres[item_row],
            new=bool(is_new[item_row]),
        )
        for rank, (item_row, score) in enumerate(zip(best.items[0].tolist(), best.scores[0].tolist(), strict=True), 1)
    )


def with_stars(
    rows: Sequence[Recommendation], prediction: RatingPrediction, scale: RatingScale
) -> tuple[Recommendation, ...]:
    """The rows with their stars and, if there is a distribution, the levels that hold 80 %, and the chance of a like.

    Args:
        rows: of one list.
        prediction: of the same items, ``(1, len(rows))``.
        scale: of the stars.
    """
    starred = [
        dataclasses.replace(row, stars=stars) for row, stars in zip(rows, prediction.stars[0].tolist(), strict=True)
    ]
    if prediction.distribution is None:
        return tuple(starred)
    low, high = (end[0].tolist() for end in prediction.distribution.likely_levels(_COVERAGE))
    liked = prediction.distribution.at_least(scale.liked_from)[0].tolist()
    return tuple(dataclasses.replace(row, low=low[n], high=high[n], liked=liked[n]) for n, row in enumerate(starred))
