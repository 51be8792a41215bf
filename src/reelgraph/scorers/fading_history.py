"""Scores of the next item: sums over a person's ratings, which count less the longer ago they were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelgraph.core import AnyArray, Contributions, FloatArray, IntArray, Matrix
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.serialisable import SerialisableScorer

_NEGLIGIBLE = 1e-4  # as in the fit


@dataclass(frozen=True)
class FadingHistoryScorer(SerialisableScorer):
    r"""Scores are :math:`b + \sum_k x_k B_k`, and :math:`x_k` holds :math:`\delta_k^a` at a movie rated a ratings ago.

    The last rating has the age 0. Where the order of the ratings is not known, each counts as it does on average over
    all orders. Stars do not count: only what was rated, and when.

    Args:
        weights: ``(h, n_head, n_head)`` float32, B of each of h histories on the movies of the head.
        base: ``(n_items,)`` float32, b.
        decays: ``(h,)`` float64, :math:`\delta`.
        head: ``(n_head,)`` int32, the movies whose weights are kept whole, ascending.
        tail_starts: ``(n_items + 1,)`` int64, where the weights of each rated movie begin, of pairs outside the head.
        tail_items: ``(n,)`` int32, the movie that each of them adds to.
        tail_weights: ``(h, n)`` float32.
    """

    kind: ClassVar[str] = "fading-history"
    weights: FloatArray
    base: FloatArray
    decays: FloatArray
    head: IntArray
    tail_starts: IntArray
    tail_items: IntArray
    tail_weights: FloatArray

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.base)

    def score(self, history: Matrix) -> FloatArray:
        """Scores for an order that is not known, ``(batch, n_items)`` float32. Cost: O(h ratings n_head)."""
        return self._scores(history, self._mean_entries(history))

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """Scores for ratings in their order, see `ScoresInOrder`; times do not count beyond it."""
        return self._scores(history, self._entries(history, order))

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each movie of a history, ``(1, n_items)`` CSR, adds to the scores of ``items`` in an unknown order.

        Args:
            history: of one person.
            items: ``(n,)`` item rows.
        """
        return Contributions(
            self._shares(history, self._mean_entries(history), items),
            {"everyone": self.base[items].astype(np.float64)},
            _CONDITION,
        )

    def contributions_in_order(self, history: Matrix, order: Matrix, items: IntArray) -> Contributions:
        """What each movie of a history adds to the scores of ``items``, the ratings being in their order.

        Args:
            history: ``(1, n_items)`` CSR, of one person.
            order: as in :meth:`score_in_order`.
            items: ``(n,)`` item rows.
        """
        return Contributions(
            self._shares(history, self._entries(history, order), items),
            {"everyone": self.base[items].astype(np.float64)},
            _CONDITION,
        )

    def _entries(self, history: Matrix, order: Matrix) -> FloatArray:
        """The fading histories, ``(h, nnz)`` float64."""
        counts = np.diff(history.indptr)
        ages = np.repeat(counts, counts) - 1 - order.data
        if len(ages) and (ages.min() < 0 or order.nnz != history.nnz):
            raise CapabilityError("the places of the ratings are not those of this history", "give those of its rows")
        entries: FloatArray = self.decays[:, None] ** ages[None, :]
        entries[entries < _NEGLIGIBLE] = 0.0
        return entries

    def _mean_entries(self, history: Matrix) -> FloatArray:
        """The mean of the fading histories over all orders, ``(h, nnz)`` float64."""
        counts = np.diff(history.indptr)
        most = int(counts.max(initial=0))
        fading = self.decays[:, None] ** np.arange(most)[None, :]
        fading[fading < _NEGLIGIBLE] = 0.0
        means = np.cumsum(fading, axis=1) / np.arange(1, most + 1)
        return np.repeat(means[:, counts[counts > 0] - 1], counts[counts > 0], axis=1)

    def _scores(self, history: Matrix, entries: FloatArray) -> FloatArray:
        n_head = len(self.head)
        position = self._head_position[history.indices]
        head_scores = np.zeros((history.shape[0], n_head), np.float32)
        # Ratings in rows of one matrix: those of each history after those of the one before, for each person.
        is_used = (entries != 0) & (position >= 0)
        person = np.repeat(np.arange(history.shape[0]), np.diff(history.indptr))
        which, at = np.nonzero(is_used)
        by_person = np.argsort(person[at], kind="stable")
        which, at = which[by_person], at[by_person]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(person[at], minlength=history.shape[0]))])
        rows = which * n_head + position[at]
        matrix = self.weights.reshape(-1, n_head)
        kernels.scores(indptr, rows, entries[which, at], matrix, head_scores)
        if n_head == self.n_items:
            return head_scores + self.base
        scores = np.tile(self.base, (history.shape[0], 1))
        scores[:, self.head] += head_scores
        for k, values in enumerate(entries):
            faded = Matrix((values, history.indices, history.indptr), shape=history.shape)
            scores += (faded @ self._tail(k)).toarray().astype(np.float32)
        return scores

    def _shares(self, history: Matrix, entries: FloatArray, items: IntArray) -> FloatArray:
        """What each rating adds to each score, ``(items, nnz)`` float64."""
        shares = np.zeros((history.nnz, len(items)))
        rated, asked = self._head_position[history.indices], self._head_position[items]
        is_rated, is_asked = rated >= 0, asked >= 0
        for k, values in enumerate(entries):
            block = self.weights[k][np.ix_(rated[is_rated], asked[is_asked])]
            shares[np.ix_(is_rated, is_asked)] += values[is_rated, None] * block
            if len(self.tail_items):
                shares += values[:, None] * self._tail(k)[history.indices][:, items].toarray()
        return shares.T

    @property
    def _head_position(self) -> AnyArray:
        """The position in the head of each item; -1 for those that are not in it, ``(n_items,)``."""
        position = np.full(self.n_items, -1, np.int64)
        position[self.head] = np.arange(len(self.head))
        return position

    def _tail(self, k: int) -> Matrix:
        """The weights outside the head of history ``k``, ``(n_items, n_items)``."""
        pattern = (self.tail_weights[k].astype(np.float64), self.tail_items, self.tail_starts)
        return Matrix(pattern, shape=(self.n_items, self.n_items))


_CONDITION = "the order of the ratings"
