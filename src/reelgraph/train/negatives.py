"""Movies that a person has not rated, drawn at random, many people at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.types import IntArray, Matrix

_ROUNDS = 10  # redraws of the movies that turned out to be rated; each leaves only a few


@dataclass(frozen=True)
class NegativeSampler:
    """Draws uniformly from the movies a person has not rated.

    Args:
        n_items: movies.
        keys: ``(nnz,)`` int64 ``user * n_items + item`` of all ratings, ascending.
    """

    n_items: int
    keys: IntArray

    @classmethod
    def of(cls, rated: Matrix) -> NegativeSampler:
        """For the ratings of a ``(n_users, n_items)`` matrix."""
        user = np.repeat(np.arange(rated.shape[0], dtype=np.int64), np.diff(rated.indptr))
        return cls(rated.shape[1], np.sort(user * rated.shape[1] + rated.indices))

    def draw(self, users: IntArray, count: int, rng: np.random.Generator) -> IntArray:
        """``(n, count)`` int64 item rows for ``users`` ``(n,)``.

        Someone who has rated nearly everything may be given rated movies: after ten redraws what is left stays.

        Cost: O(n * count * log nnz), no Python loop over edges.
        """
        drawn = rng.integers(0, self.n_items, (len(users), count))
        base = users.astype(np.int64)[:, None] * self.n_items
        for _ in range(_ROUNDS):
            hit = self._rated(base + drawn)
            wrong = int(hit.sum())
            if not wrong:
                break
            drawn[hit] = rng.integers(0, self.n_items, wrong)
        return drawn

    def _rated(self, keys: IntArray) -> IntArray:
        if not len(self.keys):
            return np.zeros(keys.shape, np.bool_)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found: IntArray = self.keys[place] == keys
        return found
