"""Scores from features alone: how popular they are and how much a person keeps to them, or whose features are alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelgraph.core import FloatArray, IntArray, Matrix, at_least
from reelgraph.scorers.serialisable import SerialisableScorer


@dataclass(frozen=True)
class GenrePopularityScorer(SerialisableScorer):
    r"""Popularity predicted from the features, and the person's share of each feature over everybody's (naive Bayes).

    .. math:: s_{ui} = p_i + \sum_{f \in F(i)} w \log \frac{(n_{uf} + \kappa \pi_f) / (n_u + \kappa)}{\pi_f}

    Args:
        prior: ``(n_items,)`` float32, p.
        indices: ``(nnz,)`` int32 columns of the features F, a CSR matrix with ``indptr``.
        indptr: ``(n_items + 1,)`` int64.
        share: ``(n_features,)`` float64, pi: of all liked ratings, those of movies with the feature.
        weight: w.
        damping: kappa, in ratings.
        liked_from: stars from which a rating counts.
    """

    kind: ClassVar[str] = "genre-popularity"
    supports_cold_items: ClassVar[bool] = True
    prior: FloatArray
    indices: IntArray
    indptr: IntArray
    share: FloatArray
    weight: float
    damping: float
    liked_from: float

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.prior)

    @cached_property
    def _features(self) -> sparse.csr_array:
        ones = np.ones(len(self.indices))
        return sparse.csr_array((ones, self.indices, self.indptr), shape=(self.n_items, len(self.share)))

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32; the prior for someone who likes nothing yet."""
        liked = _liked(history, self.liked_from)
        count = (liked @ self._features).toarray()
        total = np.diff(liked.indptr)[:, None]
        share = np.maximum(self.share, 1e-12)
        lift = np.log((count + self.damping * share) / (total + self.damping)) - np.log(share)
        lift[:, self.share == 0] = 0.0
        scores: FloatArray = (self.prior + self.weight * (self._features @ lift.T).T).astype(np.float32)
        return scores


@dataclass(frozen=True)
class FeatureKNNScorer(SerialisableScorer):
    """The share of the rated movies most alike in features that the person likes, weighted by likeness.

    Args:
        indices: ``(nnz,)`` int32 rated movies alike to each movie, a CSR matrix with ``data`` and ``indptr``.
        data: ``(nnz,)`` float32 likeness; a movie's own add up to 1.
        indptr: ``(n_items + 1,)`` int64.
        liked_from: stars from which a movie is liked.
    """

    kind: ClassVar[str] = "feature-knn"
    supports_cold_items: ClassVar[bool] = True
    indices: IntArray
    data: FloatArray
    indptr: IntArray
    liked_from: float

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.indptr) - 1

    @cached_property
    def _back(self) -> sparse.csr_array:
        shape = (self.n_items, self.n_items)
        return sparse.csr_array(sparse.csr_array((self.data, self.indices, self.indptr), shape=shape).T)

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32; 0 for someone who likes nothing yet."""
        scores: FloatArray = (_liked(history, self.liked_from) @ self._back).toarray().astype(np.float32)
        return scores


def _liked(history: Matrix, liked_from: float) -> sparse.csr_array:
    """1 where a movie is liked, ``(batch, n_items)``."""
    liked = sparse.csr_array(
        (at_least(history.data, liked_from).astype(np.float64), history.indices, history.indptr), shape=history.shape
    )
    liked = liked.copy()
    liked.eliminate_zeros()
    return liked
