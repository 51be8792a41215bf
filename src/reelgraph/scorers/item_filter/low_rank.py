"""Scores by an item-item matrix that is never written out: a diagonal plus a product of two thin matrices."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix, single_row
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.dot_products import dot_products
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.quantised import QuantisedVectors
from reelgraph.scorers.serialisable import SerialisableScorer


@dataclass(frozen=True)
class LowRankFilterScorer(SerialisableScorer):
    r"""Scores are ``v W`` with ``W = diag(d) + left right'``, v as for `ItemFilterScorer`.

    Its reasons are as exact, but its directions depend on all people together, so it can neither forget nor extend
    without a new fit.

    Args:
        left: ``(n_items, k)`` float32.
        right: ``(n_items, k)`` float32.
        diagonal: ``(n_items,)`` float32, d, what an item adds to its own score besides.
        vectors: ``(n_items, dim)`` float32, see :meth:`item_vectors`.
        rating_power: :math:`\rho`.
        unit_stars: :math:`r_1`, stars.
    """

    kind: ClassVar[str] = "low-rank-filter"
    renamed_settings: ClassVar[Mapping[str, str]] = {"own": "diagonal"}
    left: FloatArray
    right: FloatArray
    diagonal: FloatArray
    vectors: FloatArray
    rating_power: float
    unit_stars: float

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.diagonal)

    def score(self, history: Matrix) -> FloatArray:
        """Scores for each of the ``(batch, n_items)`` histories, float32. Cost: O(batch * n_items * k)."""
        return self.score_entries(history, self._entries(history))

    def score_entries(self, history: Matrix, values: FloatArray) -> FloatArray:
        """The scores where v holds ``values``, ``(nnz,)`` float64, at the movies of the histories."""
        return self._with_diagonal(dot_products(self._user_vectors(history, values), self.right), history, values)

    def score_bounds(self, history: Matrix) -> FloatArray:
        """Numbers that no score is above, ``(batch, n_items)`` float32, see `QuantisedVectors`."""
        values = self._entries(history)
        user_vectors = self._user_vectors(history, values)
        return self._with_diagonal(self._quantised.bounds(user_vectors), history, values)

    def score_items(self, history: Matrix, items: IntArray, bounds: FloatArray) -> FloatArray:
        """Scores of ``items`` for one person, ``(n,)`` float32; the bounds are not needed for it."""
        values = self._entries(history)
        user_vectors = self._user_vectors(history, values)
        scores = np.zeros(history.shape, np.float32)
        scores[0, items] = dot_products(user_vectors, self.right[items])[0]
        of_items: FloatArray = self._with_diagonal(scores, history, values)[0, items]
        return of_items

    def _entries(self, history: Matrix) -> FloatArray:
        return entries(history.data, self.rating_power, self.unit_stars)

    def _user_vectors(self, history: Matrix, values: FloatArray) -> FloatArray:
        """People's vectors, ``(batch, k)`` float64."""
        user_vectors = np.empty((history.shape[0], self.left.shape[1]))
        kernels.sums(history.indptr, history.indices, values, self.left, user_vectors)
        return user_vectors

    def _with_diagonal(self, scores: FloatArray, history: Matrix, values: FloatArray) -> FloatArray:
        """Add what rated items have besides to ``scores``, in place."""
        person = np.repeat(np.arange(history.shape[0]), np.diff(history.indptr))
        scores[person, history.indices] += (values * self.diagonal[history.indices]).astype(np.float32)
        return scores

    @cached_property
    def _quantised(self) -> QuantisedVectors:
        return QuantisedVectors.of(self.right)

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each movie of a history adds to the scores of ``items``, see `ItemFilterScorer.contributions`."""
        return Contributions(self.entry_shares(history, self._entries(history), items))

    def entry_shares(self, history: Matrix, values: FloatArray, items: IntArray) -> FloatArray:
        """What each of ``values``, see :meth:`score_entries`, adds to the scores of ``items``, ``(items, nnz)``."""
        weights = self.right[items].astype(np.float64) @ self.left[history.indices].astype(np.float64).T
        weights += np.where(items[:, None] == history.indices, self.diagonal[items, None], 0.0)
        shares: FloatArray = weights * values
        return shares

    def item_effects(self, items: IntArray, stars: float, targets: IntArray) -> FloatArray:
        """What a rating of ``stars`` for each of ``items`` adds to the scores of ``targets``, ``(items, targets)``."""
        ratings = single_row(np.full(len(items), stars, np.float32), items, self.n_items)
        return self.contributions(ratings, targets).ratings.T

    def with_new_items(self, similarity: Matrix, seed: int) -> LowRankFilterScorer:
        """The scorer with more items: columns of W that are means of those of the items like them, and rows of 0."""
        n_new = similarity.shape[0]
        return dataclasses.replace(
            self,
            left=np.concatenate([self.left, np.zeros((n_new, self.left.shape[1]), np.float32)]),
            right=np.concatenate([self.right, (similarity @ self.right).astype(np.float32)]),
            diagonal=np.concatenate([self.diagonal, np.zeros(n_new, np.float32)]),
            vectors=np.concatenate([self.vectors, (similarity @ self.vectors).astype(np.float32)]),
        )

    def item_vectors(self) -> FloatArray:
        """``(n_items, dim)`` float32: leading eigenvectors of the item graph but the first, which is popularity."""
        return self.vectors
