"""What all tastes have in common, and how similar pairs of known users are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reelgraph.core import FloatArray, Matrix, Scorer
from reelgraph.scorers.blend import standardised

if TYPE_CHECKING:
    from reelgraph.bundle import Bundle


CROWD = 200  # kept users that stand for all


class TasteBaseline:
    """The average taste of the kept users and how alike pairs of them are.

    Args:
        bundle: the model and the kept ratings; every n-th of the people with ratings is taken, `CROWD` at most.
    """

    def __init__(self, bundle: Bundle) -> None:
        rated = np.flatnonzero(np.diff(bundle.history.indptr))
        some = rated[np.unique(np.linspace(0, len(rated) - 1, min(CROWD, len(rated))).astype(np.int64))]
        tastes = _tastes(bundle.scorer, bundle.history[some]) if len(some) else np.zeros((0, len(bundle.items)))
        self._axes = _basis(tastes)
        own = self.own(tastes)
        alike = own @ own.T
        self._pairs = np.sort(alike[np.triu_indices(len(alike), 1)])

    def own(self, scores: FloatArray) -> FloatArray:
        """Directions ``(people, n_items)`` of length 1 (or 0) in which people differ from everyone, from scores."""
        left = scores - (scores @ self._axes.T) @ self._axes
        length = np.linalg.norm(left, axis=1, keepdims=True)
        known = length > 1e-9 * np.maximum(np.linalg.norm(scores, axis=1, keepdims=True), 1e-300)
        own: FloatArray = np.divide(left, length, out=np.zeros_like(left), where=known)
        return own

    def length(self, scores: FloatArray) -> float:
        """How far scores, ``(n_items,)``, differ from everyone's."""
        return float(np.linalg.norm(scores - (scores @ self._axes.T) @ self._axes))

    def below(self, likeness: float) -> float:
        """Share of the pairs that are less alike; NaN for fewer than ten."""
        return float(np.searchsorted(self._pairs, likeness) / len(self._pairs)) if len(self._pairs) >= 10 else np.nan


def _tastes(scorer: Scorer, history: Matrix) -> FloatArray:
    return standardised(scorer.score(history).astype(np.float64), np.float64)


def _basis(tastes: FloatArray) -> FloatArray:
    """Orthonormal rows that span what all have in common: a constant, and the mean taste."""
    n_items = tastes.shape[1]
    axes = [np.full(n_items, n_items**-0.5)]
    if len(tastes):
        mean = tastes.mean(axis=0)
        mean = mean - (mean @ axes[0]) * axes[0]
        if np.linalg.norm(mean) > 1e-9:
            axes.append(mean / np.linalg.norm(mean))
    return np.array(axes)
