"""What all tastes have in common, and how similar pairs of known users are."""

from __future__ import annotations

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import FloatArray, Matrix, Scorer
from reelgraph.scorers.standardise import standardised

MAX_USERS = 200  # known users that stand for all


class TasteBaseline:
    """The mean taste of the known users, and the similarities of pairs of them.

    A taste is a vector of scores of all items. What tastes have in common (a constant and the mean taste) is removed
    before they are compared.

    Args:
        bundle: the model and the ratings. Users with ratings are taken at equal distances, at most `MAX_USERS`.
    """

    def __init__(self, bundle: Bundle) -> None:
        with_ratings = np.flatnonzero(np.diff(bundle.history.indptr))
        n_users = min(MAX_USERS, len(with_ratings))
        sample = with_ratings[np.unique(np.linspace(0, len(with_ratings) - 1, n_users).astype(np.int64))]
        tastes = _tastes(bundle.scorer, bundle.history[sample]) if len(sample) else np.zeros((0, len(bundle.items)))
        self._basis = _common_basis(tastes)
        directions = self.directions(tastes)
        similarities = directions @ directions.T
        self._pair_similarities = np.sort(similarities[np.triu_indices(len(similarities), 1)])

    def directions(self, scores: FloatArray) -> FloatArray:
        """How people differ from the mean taste, as unit vectors (0 where they do not), ``(n_people, n_items)``.

        Args:
            scores: ``(n_people, n_items)`` float64.
        """
        residual = self._residual(scores)
        length = np.linalg.norm(residual, axis=1, keepdims=True)
        differs = length > 1e-9 * np.maximum(np.linalg.norm(scores, axis=1, keepdims=True), 1e-300)
        directions: FloatArray = np.divide(residual, length, out=np.zeros_like(residual), where=differs)
        return directions

    def distance(self, scores: FloatArray) -> float:
        """How far the scores of one person, ``(n_items,)``, are from what all have in common."""
        return float(np.linalg.norm(self._residual(scores)))

    def percentile(self, similarity: float) -> float:
        """Share of the pairs that are less similar; NaN for fewer than ten pairs."""
        n_pairs = len(self._pair_similarities)
        return float(np.searchsorted(self._pair_similarities, similarity) / n_pairs) if n_pairs >= 10 else np.nan

    def _residual(self, scores: FloatArray) -> FloatArray:
        residual: FloatArray = scores - (scores @ self._basis.T) @ self._basis
        return residual


def _tastes(scorer: Scorer, ratings: Matrix) -> FloatArray:
    return standardised(scorer.score(ratings).astype(np.float64), np.float64)


def _common_basis(tastes: FloatArray) -> FloatArray:
    """Orthonormal rows that span what all have in common: a constant, and the mean taste."""
    n_items = tastes.shape[1]
    basis = [np.full(n_items, n_items**-0.5)]
    if len(tastes):
        mean = tastes.mean(axis=0)
        mean = mean - (mean @ basis[0]) * basis[0]
        if np.linalg.norm(mean) > 1e-9:
            basis.append(mean / np.linalg.norm(mean))
    return np.array(basis)
