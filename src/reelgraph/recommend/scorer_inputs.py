"""Which of the ratings and views of a person a scorer learns from."""

from __future__ import annotations

import numpy as np

from reelgraph.core import (
    BoolArray,
    CombinesScorers,
    IntArray,
    LearnsFromSomeItems,
    PredictsRating,
    Scorer,
    WrapsScorer,
    depends_on_order,
)
from reelgraph.scorers.item_filter.recent import RecentFilter
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.liked_ratings import LikedRatingsScorer


def learns_from_views(scorer: Scorer) -> bool:
    """Whether a movie seen without a rating changes the ranking of ``scorer``.

    It does unless the model predicts stars. A blend learns from views if one of the parts that rank does.
    """
    if isinstance(scorer, LikedRatingsScorer):
        return learns_from_views(scorer.scorer)
    if isinstance(scorer, CombinesScorers):
        return any(learns_from_views(part) for _, part in scorer.ranking_parts())
    return not isinstance(scorer, PredictsRating)


def counts_ages(scorer: Scorer) -> bool:
    """Whether ratings can count less for their age in the ranking of ``scorer``, see `WeightedHistory.recent`.

    They cannot where the model was fitted to the order of the ratings, so that it knows what an age is worth, such as
    ``next``. In an item filter with ``recency`` they can: it counts them less still. A blend does as one of its parts.
    """
    if isinstance(scorer, WrapsScorer):
        return counts_ages(scorer.scorer)
    if isinstance(scorer, CombinesScorers):
        return any(counts_ages(part) for _, part in scorer.ranking_parts())
    return learns_from_views(scorer) and (isinstance(scorer, RecentFilter) or not depends_on_order(scorer))


def learns_from(scorer: Scorer, items: IntArray) -> BoolArray:
    """For which item rows, ``(n,)``, a rating changes what ``scorer`` ranks first; stars alone rank nothing first."""
    if isinstance(scorer, LikedRatingsScorer):
        return learns_from(scorer.scorer, items)
    if isinstance(scorer, LikedOrderScorer):
        return learns_from(scorer.ranker, items)
    if isinstance(scorer, CombinesScorers):
        is_used: BoolArray = np.any([learns_from(part, items) for _, part in scorer.ranking_parts()], axis=0)
        return is_used
    return scorer.learns_from(items) if isinstance(scorer, LearnsFromSomeItems) else np.ones(len(items), np.bool_)
