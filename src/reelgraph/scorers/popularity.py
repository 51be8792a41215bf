"""Popularity: everyone gets what most people rated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix
from reelgraph.scorers.serialisable import Stored


@dataclass(frozen=True)
class PopularityScorer(Stored):
    """Scores an item by its number of ratings, the same for everyone.

    Args:
        counts: ``(n_items,)`` int64, training ratings of each item.
    """

    kind: ClassVar[str] = "popularity"
    counts: IntArray

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.counts)

    def score(self, history: Matrix) -> FloatArray:
        """Counts for each of the ``(batch, n_items)`` histories, float32."""
        return np.broadcast_to(self.counts.astype(np.float32), history.shape).copy()

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """Nothing from the ratings: all of it is the popularity."""
        return Contributions(np.zeros((len(items), history.nnz)), {"popularity": self.counts[items].astype(np.float64)})

    def without(self, history: Matrix, times: Matrix | None = None) -> PopularityScorer:
        """The scorer as a fit without these people would be, see `Forgets`."""
        return PopularityScorer(self.counts - np.bincount(history.indices, minlength=self.n_items))

    def including(self, history: Matrix, times: Matrix | None = None) -> PopularityScorer:
        """The scorer as a fit with these people too would be, see `Learns`."""
        return PopularityScorer(self.counts + np.bincount(history.indices, minlength=self.n_items))
