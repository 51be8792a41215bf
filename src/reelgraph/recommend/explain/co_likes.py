"""How many people liked both of two items. Small counts are not shown, so that no single person can be recognised."""

from __future__ import annotations

import numpy as np

from reelgraph.core import IntArray, Matrix, at_least
from reelgraph.recommend.explain.rated_after import MIN_COUNT, RatedAfter

__all__ = ["MIN_COUNT", "CoLikes"]


class CoLikes:
    """Counts of the known users who liked two items.

    Args:
        history: ``(n_users, n_items)`` CSR, stars.
        liked_from: stars from which a rating counts as liked.
        rated_after: counts those who rated one of them after the other; None where the model does not learn that.
    """

    def __init__(self, history: Matrix, liked_from: float, rated_after: RatedAfter | None = None) -> None:
        self.rated_after = rated_after
        is_liked = at_least(history.data, liked_from)
        ends = np.zeros(history.nnz + 1, history.indptr.dtype)
        np.cumsum(is_liked, out=ends[1:])
        items = history.indices[is_liked]
        likes = Matrix((np.ones(len(items), np.int8), items, ends[history.indptr]), shape=history.shape)
        self._likes = likes.tocsc()  # of bytes, and of likes alone: all histories by item would be twice as large

    def counts(self, item_row: int, other_rows: IntArray, excluded_user: int | None = None) -> IntArray:
        """Number of users who liked ``item_row`` and each of ``other_rows``, ``(n,)``; -1 if below `MIN_COUNT`.

        Args:
            item_row: the item.
            other_rows: ``(n,)`` item rows.
            excluded_user: row of a user who is not counted: the person who asks.

        Cost: O(ratings of the items).
        """
        likes = self._likes
        likes_item = np.zeros(likes.shape[0], np.float32)
        likes_item[likes.indices[likes.indptr[item_row] : likes.indptr[item_row + 1]]] = 1.0
        if excluded_user is not None:
            likes_item[excluded_user] = 0.0
        counts = np.asarray(likes[:, other_rows].T @ likes_item).astype(np.int64)
        return np.where(counts >= MIN_COUNT, counts, -1)
