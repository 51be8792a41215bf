"""A person's history for a list that should be like some movies, and not like others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reelgraph.core import AnyArray, IntArray, single_row, unit_rating
from reelgraph.recommend.phrases.parsed import ParsedPhrase
from reelgraph.recommend.recommender import Recommender
from reelgraph.recommend.weighted_history import WeightedHistory


def history_of_words(recommender: Recommender, history: WeightedHistory, parsed: ParsedPhrase) -> WeightedHistory:
    r"""What a person rated and saw, for the list that a phrase asks for; nothing is stored.

    Each of the n movies that the list should be like counts as liked, with the person's own stars if those are as high.
    In the ranking they count together as much as all else that the person rated and saw, of weight W: everything else
    counts :math:`\min(1, n / W)`, see `WeightedHistory.recency`; models that rank by stars alone, or were fitted to
    the order of the ratings, take the movies named as newest ratings like any other. Predicted stars come from all
    ratings alike. Movies that the list should not be like count as rated lowest, where ratings are stars. None of the
    movies named is listed.

    Args:
        recommender: of the bundle.
        history: the person.
        parsed: the phrase; its ``recent`` comes first.

    Raises:
        CapabilityError: as `WeightedHistory.recent`.
    """
    if parsed.recent:
        history = recommender.histories.recent(history)
    like, unlike = (np.array(rows, np.int64) for rows in (parsed.like, parsed.unlike))
    if not len(like) and not len(unlike):
        return history
    scale, liked = recommender.scale, unit_rating(recommender.scale)
    own_stars = dict(zip(history.ratings.indices.tolist(), history.stars_given.tolist(), strict=True))
    stars = {row: float(np.fmax(own_stars.get(row, liked), liked)) for row in like.tolist()}
    if scale is not None:
        stars |= dict.fromkeys(unlike.tolist(), scale.low)
    named = replace(_with_stars(history, stars), hidden=np.union1d(history.hidden, np.concatenate([like, unlike])))
    return _emphasised(recommender, named, like) if len(like) else named


def _emphasised(recommender: Recommender, history: WeightedHistory, like: IntArray) -> WeightedHistory:
    """The history in which ``like`` counts as much as all other entries together."""
    is_named = np.isin(history.ratings.indices, like)
    shares = np.ones(len(is_named)) if history.recency is None else history.recency.copy()
    total = float((shares * history.weights)[~is_named].sum())
    shares[~is_named] *= min(1.0, len(like) / total) if total else 1.0
    shares[is_named] = 1.0
    titles = " and ".join(recommender.names.title_of(row) for row in like.tolist())
    emphasis = "; ".join(filter(None, (history.emphasis, f"more like {titles}")))
    return replace(history, recency=None if (shares == 1.0).all() else shares, emphasis=emphasis)


def _with_stars(history: WeightedHistory, stars: dict[int, float]) -> WeightedHistory:
    """The history with some ratings replaced or added as its newest, of weight 1."""
    old = history.ratings.indices
    rows = np.union1d(old, np.array(list(stars), np.int64))
    places = np.searchsorted(rows, old)

    def filled(values: AnyArray, of_new: float) -> AnyArray:
        result = np.full(len(rows), of_new, values.dtype)
        result[places] = values
        result[np.isin(rows, list(stars))] = of_new
        return result

    ratings = filled(history.ratings.data, 0.0)
    for row, value in stars.items():
        ratings[np.searchsorted(rows, row)] = value
    newest = 0 if history.order is None else int(history.order.max(initial=-1)) + 1
    return replace(
        history,
        ratings=single_row(ratings.astype(np.float32), rows.astype(np.int32), history.ratings.shape[1]),
        weights=filled(history.weights, 1.0),
        unrated_rows=np.setdiff1d(history.unrated_rows, list(stars)).astype(np.int64),
        order=None if history.order is None else filled(history.order, newest),
        recency=None if history.recency is None else filled(history.recency, 1.0),
    )
