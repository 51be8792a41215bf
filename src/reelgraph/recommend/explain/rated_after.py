"""How many people went on from one item to another. Small counts are not shown: no single person can be recognised."""

from __future__ import annotations

import numpy as np

from reelgraph.core import IntArray, Matrix
from reelgraph.scorers.later_ratings import weights_of_breaks_after

MIN_COUNT = 5  # smaller counts are not shown
_MIN_RATIO = 2  # of the people who rated it later to those who rated it earlier


class RatedAfter:
    """Counts of the known users who rated an item after a break since another one, see `weights_of_breaks_after`.

    Args:
        history: ``(n_users, n_items)`` CSR.
        times: ``(nnz,)`` int64, Unix seconds.
    """

    def __init__(self, history: Matrix, times: IntArray) -> None:
        after = weights_of_breaks_after(history.indptr, times.astype(np.int64))
        self._after = Matrix((1.0 + after, history.indices, history.indptr), shape=history.shape).tocsc()

    def counts(self, item_row: int, other_rows: IntArray, excluded_user: int | None = None) -> IntArray:
        """Number of users who rated ``item_row`` after each of ``other_rows``, ``(n,)``.

        It is -1 if below `MIN_COUNT`, or if more than half as many rated the two the other way round.

        Args:
            item_row: the item.
            other_rows: ``(n,)`` item rows.
            excluded_user: row of a user who is not counted: the person who asks.

        Cost: O(ratings of the items).
        """
        of_item = np.zeros(self._after.shape[0])
        users, after = self._column(item_row)
        of_item[users] = after
        if excluded_user is not None:
            of_item[excluded_user] = 0.0
        counts = np.empty(len(other_rows), np.int64)
        for place, other_row in enumerate(other_rows):
            users, after = self._column(int(other_row))
            rated_both = of_item[users] > 0.0
            n_later = int(np.count_nonzero(rated_both & (after > of_item[users])))
            n_earlier = int(np.count_nonzero(rated_both & (after < of_item[users])))
            counts[place] = n_later if n_later >= max(MIN_COUNT, _MIN_RATIO * n_earlier) else -1
        return counts

    def _column(self, row: int) -> tuple[IntArray, IntArray]:
        places = slice(self._after.indptr[row], self._after.indptr[row + 1])
        return self._after.indices[places], self._after.data[places]
