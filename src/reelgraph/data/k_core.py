"""The k-core of ratings: users and movies with few ratings are dropped until all have enough."""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, BoolArray, IntArray
from reelgraph.data.id_rows import id_rows


def rows_below_minimum(
    user_id: AnyArray, item_id: AnyArray, is_kept: BoolArray, min_user_ratings: int, min_item_ratings: int
) -> tuple[BoolArray, BoolArray]:
    """The rows of users, and those of movies, with too few ratings, dropped in turn until none is left.

    Args:
        user_id: ``(n,)``.
        item_id: ``(n,)``.
        is_kept: ``(n,)``, rows that count.
        min_user_ratings: ratings that a user needs; 1 keeps all.
        min_item_ratings: the same for movies.

    Returns:
        Two masks ``(n,)``; a row is in one of them at most.
    """
    is_kept = is_kept.copy()
    dropped_users, dropped_items = np.zeros(len(is_kept), bool), np.zeros(len(is_kept), bool)
    if min_user_ratings == 1 and min_item_ratings == 1:
        return dropped_users, dropped_items
    user_row, item_row = codes_of(user_id), codes_of(item_id)
    while True:
        few_user = _below_minimum(user_row, is_kept, min_user_ratings)
        is_kept &= ~few_user
        few_item = _below_minimum(item_row, is_kept, min_item_ratings)
        is_kept &= ~few_item
        dropped_users |= few_user
        dropped_items |= few_item
        if not (few_user.any() or few_item.any()):
            return dropped_users, dropped_items


def codes_of(ids: AnyArray) -> IntArray:
    """Integer codes from 0, ``(n,)``, equal for equal ids."""
    return id_rows(ids)[1]


def _below_minimum(codes: IntArray, is_kept: BoolArray, minimum: int) -> BoolArray:
    if minimum == 1 or len(codes) == 0:
        return np.zeros(len(codes), bool)
    counts = np.bincount(codes[is_kept], minlength=int(codes.max()) + 1)
    is_dropped: BoolArray = is_kept & (counts[codes] < minimum)
    return is_dropped
