"""A seeded random order of items with equal scores, for metrics that need one list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import EvalPart, IntArray, Matrix, TopK
from reelgraph.core.arrays import freeze
from reelgraph.evaluation.full_ranking_kernels import TIE_PRIME

_ENTRIES = 2**20  # of a matrix at once, about


@dataclass(frozen=True)
class TieOrder:
    """Equal scores of a person are listed by ``user_key * item_key`` modulo a prime, ascending.

    Args:
        user_key: ``(n_users,)`` int64, from 1 below the prime.
        item_key: ``(n_items,)`` int64, from 1 below the prime.
    """

    user_key: IntArray
    item_key: IntArray

    def __post_init__(self) -> None:
        freeze(self)

    @classmethod
    def of_part(cls, part: EvalPart, popularity: IntArray, genres: Matrix | None, seed: int) -> TieOrder:
        """A random order for each person that hangs on who rated an item, and not on its row.

        Two items have the same key only where nothing tells them apart: the same people in history, seen and target,
        and the same popularity and genres. So another numbering of the items changes no metric.

        Args:
            part: the people.
            popularity: ``(n_items,)``.
            genres: ``(n_items, n_genres)``, or None.
            seed: of the keys.

        Cost: O(ratings + n_items log n_items).
        """
        rng = np.random.default_rng(np.random.SeedSequence([seed, 0x71E]))
        n_rows = int(part.users.max(initial=-1)) + 1
        user_key = rng.integers(1, TIE_PRIME, n_rows)[part.users]
        columns: list[IntArray] = [popularity.astype(np.int64)]
        columns += [_fingerprint(matrix, user_key) for matrix in (part.history, part.seen, part.target)]
        if genres is not None:
            columns.append(_fingerprint(Matrix(genres.T), rng.integers(1, TIE_PRIME, genres.shape[1])))
        _, content = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
        item_key = rng.integers(1, TIE_PRIME, int(content.max(initial=-1)) + 1)[content.reshape(-1)]
        return cls(user_key, item_key)

    def applied_to(self, lists: TopK) -> TopK:
        """Lists of the people, ``(n_users, k)``, with their equal scores in this order."""
        keys = self.user_key[:, None] * self.item_key[lists.items] % TIE_PRIME
        order = np.lexsort((np.where(lists.items < 0, 0, keys), -lists.scores), axis=1)
        return TopK(np.take_along_axis(lists.items, order, axis=1), np.take_along_axis(lists.scores, order, axis=1))


def _fingerprint(pattern: Matrix, row_key: IntArray) -> IntArray:
    """Sum of the keys of the rows that have an entry in each column, ``(n_columns,)`` int64, modulo the prime."""
    n_rows, n_columns = pattern.shape
    total, step = np.zeros(n_columns), max(1, n_rows * _ENTRIES // max(pattern.nnz, 1))
    for start in range(0, n_rows, step):
        indptr = pattern.indptr[start : start + step + 1]
        keys = np.repeat(row_key[start : start + step], np.diff(indptr)).astype(np.float64)
        indices = pattern.indices[indptr[0] : indptr[-1]]
        total += np.bincount(indices, weights=keys, minlength=n_columns)  # below 2^53, so exact in any order
    return np.asarray(total.astype(np.int64) % TIE_PRIME, np.int64)
