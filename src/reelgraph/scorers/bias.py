"""Damped means: how much the item is liked, how mild the person is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph.types import AnyArray, Contributions, FloatArray, IntArray, Matrix, RatingPrediction


@dataclass(frozen=True)
class BiasScorer:
    r"""Stars = mean + item offset + user offset; the user's offset is folded in from their history.

    .. math:: b_u = \sum_{i \in N(u)} (r_{ui} - \mu - b_i) / (|N(u)| + \lambda_u)

    Args:
        item_offset: ``(n_items,)`` float64, stars above the mean.
        mean: training mean, stars.
        user_damping: :math:`\lambda_u`, in ratings.
        low: smallest rating, stars.
        high: largest rating, stars.

    Source: Koren 2008, "Factorization Meets the Neighborhood", section 2.1 (decoupled estimate).
    """

    kind: ClassVar[str] = "bias"
    item_offset: FloatArray
    mean: float
    user_damping: float
    low: float
    high: float

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.item_offset)

    def score(self, history: Matrix) -> FloatArray:
        """Stars, not clipped, for each of the ``(batch, n_items)`` histories, float32. Cost: O(batch * n_items)."""
        counts = np.diff(history.indptr)
        rows = np.repeat(np.arange(len(counts)), counts)
        residual = history.data - self.mean - self.item_offset[history.indices]
        # Without ratings the sum is 0, and so must the offset be, also when nothing is damped.
        user_offset = np.bincount(rows, residual, minlength=len(counts)) / np.maximum(counts + self.user_damping, 1e-12)
        return (self.mean + user_offset[:, None] + self.item_offset[None, :]).astype(np.float32)

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating adds to the person's offset, the number of ratings held, beside the damped means."""
        residual = history.data - self.mean - self.item_offset[history.indices]
        shares = residual / np.maximum(history.nnz + self.user_damping, 1e-12)
        apart = {"mean of all ratings": np.full(len(items), self.mean), "mean of the movie": self.item_offset[items]}
        return Contributions(np.tile(shares, (len(items), 1)), apart, "the number of ratings")

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)``, clipped to the scale."""
        stars = self.score(history)
        return RatingPrediction(np.clip(stars if items is None else stars[:, items], self.low, self.high))

    def arrays(self) -> dict[str, AnyArray]:
        """What was fitted."""
        return {"item_offset": self.item_offset}

    def settings(self) -> dict[str, Any]:
        """The numbers beside the arrays."""
        return {"mean": self.mean, "user_damping": self.user_damping, "low": self.low, "high": self.high}
