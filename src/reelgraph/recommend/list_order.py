"""The order of a list: what a person will be glad to have watched, or what they will watch."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray, OrdersByLiking, PredictsRating, RatingScale, Scorer, TopK
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.explain.personal_threshold import is_liked
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers import PopularityScorer, RecentPopularityScorer
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.liked_ratings import from_liked_ratings

Order = Literal["liked", "watch"]

BLOCK = 10  # places that are put in the order of their stars together
_DISLIKED = 2.0  # stars of five
_ROUNDING = 1e-6


def require_order(order: str) -> None:
    """Check the name of an order.

    Raises:
        ConfigError: it is unknown.
    """
    if order not in get_args(Order):
        raise ConfigError("order", f"{order!r} is not valid: expected {' or '.join(get_args(Order))}")


def order_scorer(scorer: Scorer, order: Order, scale: RatingScale | None, mean_rating: float) -> Scorer:
    """The scorer that ranks in an order.

    ``watch`` is that of the model itself. In the order ``liked`` a model that ranks by one score and predicts stars by
    another weighs both, see `LikedOrderScorer`; a model that predicts no stars is not shown the movies that the person
    disliked, see `LikedRatingsScorer`; the others rank by their stars already, or know no stars at all.

    Args:
        scorer: the fitted model.
        order: its name.
        scale: of the ratings; None where the data have no stars, and then there is one order only.
        mean_rating: mean of all training ratings, stars.

    Raises:
        ConfigError: the order is unknown.
    """
    require_order(order)
    if order == "watch" or scale is None:
        return scorer
    if isinstance(scorer, OrdersByLiking):
        return scorer.liked_order(scale, mean_rating)
    if isinstance(scorer, PredictsRating | PopularityScorer | RecentPopularityScorer):
        return scorer
    return from_liked_ratings(scorer, scale.of_five(_DISLIKED))


def whole_blocks(k: int) -> int:
    """The smallest multiple of `BLOCK` that is at least k."""
    return -(-k // BLOCK) * BLOCK


def agree_with_stars(best: TopK, stars: FloatArray, tolerance: FloatArray) -> TopK:
    """Lists in which the stars of each place are near to those that it has in the order of the stars.

    That holds within each block of `BLOCK` places, which keeps its items, so that a longer list begins with the shorter
    one. Among the orders that do, each place in turn takes the item with the best score that it can.

    Args:
        best: ``(batch, k)``, best score first.
        stars: ``(batch, k)`` predicted stars of these items.
        tolerance: ``(batch,)`` largest difference, stars.

    Returns:
        The same items, with their scores, which need not decrease along a list.

    Cost: O(batch * k * BLOCK^2).
    """
    order = np.empty(best.items.shape, np.int64)
    n_items = np.count_nonzero(best.items >= 0, axis=1)
    _arrange(np.ascontiguousarray(stars, np.float64), n_items, tolerance + _ROUNDING, BLOCK, order)
    return TopK(np.take_along_axis(best.items, order, axis=1), np.take_along_axis(best.scores, order, axis=1))


def liked_order_notes(
    best: TopK, history: WeightedHistory, scorer: LikedOrderScorer, scale: RatingScale | None
) -> list[str]:
    """What to know of a list in the order of liking: nobody's rating was high, or too few movies are predicted high.

    Args:
        best: the list of one person.
        history: the person.
        scorer: that made the list.
        scale: of the stars.
    """
    notes = []
    if history.ratings.nnz and not is_liked(history, scale).any():
        notes.append("no movie that you liked yet: this list leans on what people like in general")
    is_listed = best.items[0] >= 0
    is_below = is_listed & (best.scores[0] < -scorer.far_below / 2)
    if is_below.any():
        n_above = int(is_listed.sum() - is_below.sum())
        floor = float(scorer.floors(history.rated().ratings)[0])
        notes.append(f"only {n_above} of these are predicted at {floor:.1f} stars or more")
    return notes


@jit
def _arrange(stars: FloatArray, n_items: IntArray, tolerances: FloatArray, block: int, order: IntArray) -> None:
    """Positions of the items of each place, into ``order``, ``(batch, k)``.

    A place can take an item if its stars fit and the others fit the remaining places. If they fit in any order, they
    fit in that of their stars, since a movie with more stars fits no later place than one with fewer.
    """
    batch, k = stars.shape
    for row in range(batch):
        tolerance = tolerances[row]
        for place in range(k):
            order[row, place] = place
        for start in range(0, n_items[row], block):
            stop = min(start + block, n_items[row])
            remaining = np.argsort(-stars[row, start:stop]) + start  # most stars first
            sorted_stars = stars[row][remaining]
            n_left = stop - start
            for place in range(start, stop):
                chosen = 0
                for candidate in range(n_left):
                    is_better = candidate == 0 or remaining[candidate] < remaining[chosen]
                    fits = abs(stars[row, remaining[candidate]] - sorted_stars[place - start]) <= tolerance
                    position = place + 1
                    for other in range(n_left):
                        if other == candidate:
                            continue
                        fits = fits and abs(stars[row, remaining[other]] - sorted_stars[position - start]) <= tolerance
                        position += 1
                    if fits and is_better:
                        chosen = candidate
                order[row, place] = remaining[chosen]
                for shifted in range(chosen, n_left - 1):
                    remaining[shifted] = remaining[shifted + 1]
                n_left -= 1
