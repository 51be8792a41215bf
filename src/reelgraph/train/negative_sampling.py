"""Movies that a person has not rated, drawn at random, many people at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import IntArray, Matrix


@dataclass(frozen=True)
class NegativeSampler:
    """Draws uniformly from the movies a person has not rated, without trying and rejecting.

    The unrated movie of rank r is ``r + (how many rated movies i_k, ascending, have i_k - k <= r)``.

    Args:
        n_items: movies.
        indptr: ``(n_users + 1,)`` int64 where each person's ratings begin.
        gaps: ``(nnz,)`` int64 ``user * n_items + i_k - k``, ascending: unrated movies before each rated one.
    """

    n_items: int
    indptr: IntArray
    gaps: IntArray

    @classmethod
    def of(cls, rated: Matrix) -> NegativeSampler:
        """For the ratings of a ``(n_users, n_items)`` matrix."""
        indptr = rated.indptr.astype(np.int64)
        count = np.diff(indptr)
        user = np.repeat(np.arange(rated.shape[0], dtype=np.int64), count)
        keys = np.sort(user * rated.shape[1] + rated.indices)
        return cls(rated.shape[1], indptr, keys - (np.arange(len(keys)) - np.repeat(indptr[:-1], count)))

    def draw(self, users: IntArray, count: int, rng: np.random.Generator) -> IntArray:
        """``(n, count)`` int64 item rows for ``users`` ``(n,)``; any movie for someone who has rated all.

        Cost: O(n * count * log nnz), no Python loop over edges.
        """
        users = users.astype(np.int64)
        first = self.indptr[users]
        unrated = self.n_items - (self.indptr[users + 1] - first)
        rank = (rng.random((len(users), count)) * unrated[:, None]).astype(np.int64)
        before = np.searchsorted(self.gaps, users[:, None] * self.n_items + rank, side="right") - first[:, None]
        drawn: IntArray = np.minimum(rank + before, self.n_items - 1)
        return drawn
