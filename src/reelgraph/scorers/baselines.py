"""One number for every question: the line that any protocol must be able to tell from a good model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix, RatingPrediction
from reelgraph.scorers.serialisable import Stored


@dataclass(frozen=True)
class ConstantScorer(Stored):
    """Predicts ``stars`` for everyone and everything.

    Args:
        stars: the number, stars.
        item_count: number of items.
    """

    kind: ClassVar[str] = "constant"
    stars: float
    item_count: int

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return self.item_count

    def score(self, history: Matrix) -> FloatArray:
        """The constant, for each of the ``(batch, n_items)`` histories, float32."""
        return np.full(history.shape, self.stars, dtype=np.float32)

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """Nothing from the ratings."""
        return Contributions(np.zeros((len(items), history.nnz)), {"constant": np.full(len(items), self.stars)})

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """The constant, ``(batch, n)`` stars."""
        count = self.n_items if items is None else len(items)
        return RatingPrediction(np.full((history.shape[0], count), self.stars, dtype=np.float32))
