"""Through whom: how many people loved both of two movies. Counts only, and none so small that a person shows."""

from __future__ import annotations

import numpy as np

from reelgraph.core import IntArray, Matrix, at_least

MIN_COUNT = 5  # people behind any number that is told


class CoLikes:
    """Counts of people among those whose ratings are kept.

    Args:
        history: ``(n_users, n_items)`` CSR, stars.
        loved_from: stars.
    """

    def __init__(self, history: Matrix, loved_from: float) -> None:
        loved = history.copy()
        loved.data = at_least(loved.data, loved_from).astype(np.float32)
        loved.eliminate_zeros()
        self._loved = loved.tocsc()

    def counts(self, item: int, rows: IntArray, besides: int | None = None) -> IntArray:
        """How many loved ``item`` and each of ``rows``, ``(n,)``; -1 where fewer than `MIN_COUNT`.

        Args:
            item: item row.
            rows: ``(n,)`` item rows.
            besides: the row of a user who is not counted: the person who asks.

        Cost: O(ratings of the movies).
        """
        loved = self._loved
        mask = np.zeros(loved.shape[0], np.float32)
        mask[loved.indices[loved.indptr[item] : loved.indptr[item + 1]]] = 1.0
        if besides is not None:
            mask[besides] = 0.0
        counts = np.asarray(loved[:, rows].T @ mask).astype(np.int64)
        return np.where(counts >= MIN_COUNT, counts, -1)
