"""The trained part of the next item: fading histories of vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import FloatArray, IntArray, Matrix
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.next_item.fading import fading_entries, used_rows


@dataclass(frozen=True)
class FadingFactors:
    r"""Scores :math:`z_j = c_j + w_j \cdot \sum_k \sum_i \delta_k^{a_i} v_{ki}`, i a movie rated a_i before the last.

    Args:
        decays: ``(h,)`` float64, :math:`\delta`.
        rated: ``(h, n_items, dim)`` float32, v.
        next_items: ``(n_items, dim)`` float32, w.
        base: ``(n_items,)`` float32, c.
    """

    decays: FloatArray
    rated: FloatArray
    next_items: FloatArray
    base: FloatArray

    @classmethod
    def empty(cls, n_items: int) -> FadingFactors:
        """Those of a scorer without this part."""
        vectors = np.empty((0, n_items, 0), np.float32)
        return cls(np.empty(0), vectors, np.empty((n_items, 0), np.float32), np.zeros(n_items, np.float32))

    def scores(self, history: Matrix, order: Matrix | None) -> FloatArray:
        """z, ``(batch, n_items)`` float32; ``order`` is that of `fading_entries`."""
        n_histories, n_items, dim = self.rated.shape
        entries = fading_entries(self.decays, history, order)
        used = used_rows(entries, history.indices, n_items, history)
        people = np.empty((history.shape[0], dim))
        kernels.sums(used.indptr, used.indices, used.data, self.rated.reshape(n_histories * n_items, dim), people)
        scores = np.empty((history.shape[0], n_items), np.float32)
        kernels.dot_products(people, self.next_items, scores)
        return scores + self.base

    def shares(self, history: Matrix, order: Matrix | None, items: IntArray) -> FloatArray:
        """What each rating of one person adds to z of ``items``, ``(items, nnz)`` float64."""
        entries = fading_entries(self.decays, history, order)
        vectors = np.einsum("hr,hrd->rd", entries, self.rated[:, history.indices].astype(np.float64))
        shares: FloatArray = self.next_items[items].astype(np.float64) @ vectors.T
        return shares
