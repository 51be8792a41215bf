"""How likely somebody has seen an item, given that they have or have not seen another one."""

from __future__ import annotations

import numpy as np

from reelgraph.bundle.item_statistics import ItemStatistics
from reelgraph.core import FloatArray, Matrix

_PRIOR_USERS = 20.0  # weight of the unconditional probability, in users


class CoViews:
    """Probabilities that an item was seen, from the counts of the known users.

    Args:
        history: ``(n_users, n_items)`` CSR, pattern only; without users nothing is known of pairs of items, and the
            probability is that of anybody.
        statistics: of the items; those of ``history`` if None.

    Attributes:
        n_users: number of users with at least one rating, at least 1.
        viewer_counts: ``(n_items,)`` float64, number of users who have seen each item.
    """

    def __init__(self, history: Matrix, statistics: ItemStatistics | None = None) -> None:
        statistics = statistics or ItemStatistics.of(history, None, 0.0)
        pattern = Matrix((np.ones(history.nnz, np.int8), history.indices, history.indptr), shape=history.shape)
        self._rows, self._columns = history, pattern.tocsc()
        self._co_counts: dict[int, FloatArray] = {}
        self.n_users = max(statistics.n_users, 1)
        self.viewer_counts = statistics.counts.astype(np.float64)

    def seen_probability(self, item_row: int, *, seen: bool) -> FloatArray:
        """Probability of having seen each item for those who have, or have not, seen ``item_row``: ``(n_items,)``."""
        prior = self.viewer_counts / self.n_users
        if not self._rows.shape[0]:
            return prior
        if item_row not in self._co_counts:
            columns = self._columns
            viewers = columns.indices[columns.indptr[item_row] : columns.indptr[item_row + 1]]
            counts = np.bincount(self._rows[viewers].indices, minlength=len(self.viewer_counts))
            self._co_counts[item_row] = counts.astype(np.float32)
        shared_viewers: FloatArray = self._co_counts[item_row]
        n_viewers = self.viewer_counts[item_row]
        if seen:
            return np.asarray((shared_viewers + _PRIOR_USERS * prior) / (n_viewers + _PRIOR_USERS))
        only_other = self.viewer_counts - shared_viewers
        return np.asarray((only_other + _PRIOR_USERS * prior) / (self.n_users - n_viewers + _PRIOR_USERS))
