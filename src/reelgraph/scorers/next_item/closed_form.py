"""The part of the next item in closed form: a regression on fading histories."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reelgraph.core import FloatArray, IntArray, Matrix
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.next_item.fading import fading_entries, used_rows


@dataclass(frozen=True)
class ClosedForm:
    r"""Scores :math:`q = b + \sum_k x_k B_k`: x_k holds :math:`\delta_k^a` at a movie rated a ratings before the last.

    Args:
        decays: ``(h,)`` float64, :math:`\delta`.
        weights: ``(h, n_head, n_head)`` float16 or float32, of which ``unit`` is 1: B on the movies of the head.
        unit: see ``weights``.
        base: ``(n_items,)`` float32, b.
        head: ``(n_head,)`` int32, the movies whose weights are kept whole, ascending.
        tail_starts: ``(n_items + 1,)`` int64, where the weights of each rated movie begin, of pairs outside the head.
        tail_items: ``(n,)`` int32, the movie that each of them adds to.
        tail_weights: ``(h, n)`` float32.
    """

    decays: FloatArray
    weights: FloatArray
    unit: float
    base: FloatArray
    head: IntArray
    tail_starts: IntArray
    tail_items: IntArray
    tail_weights: FloatArray

    @classmethod
    def empty(cls, n_items: int) -> ClosedForm:
        """That of a scorer without this part."""
        none, no_items = np.empty(0), np.empty(0, np.int32)
        weights, starts = np.empty((0, 0, 0), np.float16), np.zeros(n_items + 1, np.int64)
        no_weights = np.empty((0, 0), np.float32)
        return cls(none, weights, 1.0, np.zeros(n_items, np.float32), no_items, starts, no_items, no_weights)

    def scores(self, history: Matrix, order: Matrix | None) -> FloatArray:
        """q, ``(batch, n_items)`` float32; ``order`` is that of `fading_entries`."""
        entries, n_head, n_items = fading_entries(self.decays, history, order), len(self.head), len(self.base)
        used = used_rows(entries, self._position[history.indices], n_head, history)
        head_scores = np.empty((history.shape[0], n_head), np.float32)
        kernels.scores(used.indptr, used.indices, used.data, self._matrix, head_scores)
        if n_head == n_items:
            return head_scores + self.base
        scores = np.tile(self.base, (history.shape[0], 1))
        scores[:, self.head] += head_scores
        for values, tail in zip(entries, self._tails, strict=True):
            faded = Matrix((values, history.indices, history.indptr), shape=history.shape)
            scores += (faded @ tail).toarray().astype(np.float32)
        return scores

    def shares(self, history: Matrix, order: Matrix | None, items: IntArray) -> FloatArray:
        """What each rating of one person adds to q of ``items``, ``(items, nnz)`` float64."""
        shares = np.zeros((history.nnz, len(items)))
        rated, scored = self._position[history.indices], self._position[items]
        is_rated, is_scored = rated >= 0, scored >= 0
        matrix = self._matrix.reshape(len(self.decays), -1, len(self.head))
        entries = fading_entries(self.decays, history, order)
        for values, block, tail in zip(entries, matrix, self._tails, strict=True):
            of_head = block[np.ix_(rated[is_rated], scored[is_scored])].astype(np.float64)
            shares[np.ix_(is_rated, is_scored)] += values[is_rated, None] * of_head
            if len(self.tail_items):
                shares += values[:, None] * tail[history.indices][:, items].toarray()
        return shares.T

    @cached_property
    def _matrix(self) -> FloatArray:
        """B of the head, ``(h n_head, n_head)`` float32."""
        matrix: FloatArray = self.weights.reshape(-1, len(self.head)).astype(np.float32)
        matrix *= np.float32(self.unit)
        return matrix

    @cached_property
    def _position(self) -> IntArray:
        """The position in the head of each item; -1 for those that are not in it, ``(n_items,)``."""
        position = np.full(len(self.base), -1, np.int64)
        position[self.head] = np.arange(len(self.head))
        return position

    @cached_property
    def _tails(self) -> list[Matrix]:
        """The weights outside the head of each history, ``(n_items, n_items)`` CSR float64."""
        n_items = len(self.base)
        return [
            Matrix((values.astype(np.float64), self.tail_items, self.tail_starts), shape=(n_items, n_items))
            for values in self.tail_weights
        ]
