"""The rows of a list: ids and titles of the items, and what the predicted stars say of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, IntArray, RatingPrediction, RatingScale, Recommendation, Scorer, TopK
from reelgraph.recommend.weighted_history import WeightedHistory

_COVERAGE = 0.8  # of the intervals


class ListPredictions:
    """What one person is predicted to rate: asked once for the movies that may be listed, then for those that are.

    Args:
        scorer: the model.
        history: of the person.
    """

    def __init__(self, scorer: Scorer, history: WeightedHistory) -> None:
        self._scorer, self._history = scorer, history
        self._prediction: RatingPrediction | None = None
        self._position_of: dict[int, int] = {}

    def of(self, item_rows: IntArray) -> RatingPrediction | None:
        """Predicted ratings of ``item_rows``, ``(1, n)``; None when the model predicts no stars."""
        if self._prediction is None or not all(row in self._position_of for row in item_rows.tolist()):
            self._prediction = self._history.rate(self._scorer, item_rows)
            self._position_of = {row: position for position, row in enumerate(item_rows.tolist())}
            return self._prediction
        return self._prediction.of([self._position_of[row] for row in item_rows.tolist()])


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
    stars = prediction.stars[0].tolist()
    if prediction.distribution is None:
        return tuple(dataclasses.replace(row, stars=stars[n]) for n, row in enumerate(rows))
    low, high = (end[0].tolist() for end in prediction.distribution.likely_levels(_COVERAGE))
    liked = prediction.distribution.at_least(scale.liked_from)[0].tolist()
    return tuple(
        dataclasses.replace(row, stars=stars[n], low=low[n], high=high[n], liked=liked[n]) for n, row in enumerate(rows)
    )
