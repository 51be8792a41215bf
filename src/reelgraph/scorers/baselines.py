"""Fitted baselines: one number, counts of ratings, damped means."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix, RatingPrediction
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers.serialisable import SerialisableScorer


@dataclass(frozen=True)
class ConstantScorer(SerialisableScorer):
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

    def with_new_items(self, similarity: Matrix, seed: int) -> ConstantScorer:
        """The scorer with more items."""
        return ConstantScorer(self.stars, self.item_count + similarity.shape[0])

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """Nothing from the ratings."""
        return Contributions(np.zeros((len(items), history.nnz)), {"constant": np.full(len(items), self.stars)})

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """The constant, ``(batch, n)`` stars."""
        count = self.n_items if items is None else len(items)
        return RatingPrediction(np.full((history.shape[0], count), self.stars, dtype=np.float32))


@dataclass(frozen=True)
class PopularityScorer(SerialisableScorer):
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

    def with_new_items(self, similarity: Matrix, seed: int) -> PopularityScorer:
        """The scorer with more items, which nobody has rated."""
        return PopularityScorer(np.concatenate([self.counts, np.zeros(similarity.shape[0], self.counts.dtype)]))

    def without(self, history: Matrix, times: Matrix | None = None) -> PopularityScorer:
        """The scorer as a fit without these people would be, see `SupportsUnlearning`."""
        return PopularityScorer(self.counts - np.bincount(history.indices, minlength=self.n_items))

    def refit_settings(self) -> tuple[str, dict[str, Any]]:
        """The model has no settings."""
        return "popularity", {}

    def including(self, history: Matrix, times: Matrix | None = None) -> PopularityScorer:
        """The scorer as a fit with these people too would be, see `SupportsPartialFit`."""
        return PopularityScorer(self.counts + np.bincount(history.indices, minlength=self.n_items))


@dataclass(frozen=True)
class RecentPopularityScorer(SerialisableScorer):
    """Scores an item by its number of recent ratings, the same for everyone; equals by all their ratings.

    Args:
        recent_counts: ``(n_items,)`` int64, recent training ratings of each item.
        counts: ``(n_items,)`` int64, all training ratings of each item; as a share of one more than the largest.
    """

    kind: ClassVar[str] = "recent-popularity"
    recent_counts: IntArray
    counts: IntArray

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.counts)

    @property
    def _scores(self) -> FloatArray:
        scores: FloatArray = self.recent_counts + self.counts / (1.0 + self.counts.max(initial=0))
        return scores

    def score(self, history: Matrix) -> FloatArray:
        """Scores for each of the ``(batch, n_items)`` histories, float32."""
        return np.broadcast_to(self._scores.astype(np.float32), history.shape).copy()

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """Nothing from the ratings: all of it is the popularity."""
        return Contributions(np.zeros((len(items), history.nnz)), {"popularity": self._scores[items]})

    def with_new_items(self, similarity: Matrix, seed: int) -> RecentPopularityScorer:
        """The scorer with more items, which nobody has rated."""
        new = np.zeros(similarity.shape[0], self.counts.dtype)
        return RecentPopularityScorer(np.concatenate([self.recent_counts, new]), np.concatenate([self.counts, new]))


@dataclass(frozen=True)
class BiasScorer(SerialisableScorer):
    r"""Stars = mean + item offset + user offset; the user's offset is folded in from their history.

    .. math:: b_u = \sum_{i \in N(u)} (r_{ui} - \mu - b_i) / (|N(u)| + \lambda_u)

    Args:
        item_offset: ``(n_items,)`` float64, stars above the mean.
        mean: training mean, stars.
        user_damping: :math:`\lambda_u`, in ratings.
        low: smallest rating, stars.
        high: largest rating, stars.
        counts: ``(n_items,)`` int64, training ratings of each item; empty where they were not kept.
        item_damping: :math:`\lambda_i`, in ratings.

    Source: Koren 2008, "Factorization Meets the Neighborhood", section 2.1 (decoupled estimate).
    """

    kind: ClassVar[str] = "bias"
    item_offset: FloatArray
    mean: float
    user_damping: float
    low: float
    high: float
    counts: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    item_damping: float = 0.0

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
        baseline = {"mean of all ratings": np.full(len(items), self.mean), "mean of the movie": self.item_offset[items]}
        return Contributions(np.tile(shares, (len(items), 1)), baseline, "the number of ratings")

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)``, clipped to the scale."""
        stars = self.score(history)
        return RatingPrediction(np.clip(stars if items is None else stars[:, items], self.low, self.high))

    def with_new_items(self, similarity: Matrix, seed: int) -> BiasScorer:
        """The scorer with more items, which nobody has rated: their offset is 0, as after a fit."""
        n_new = similarity.shape[0]
        counts = np.concatenate([self.counts, np.zeros(n_new, np.int64)]) if len(self.counts) else self.counts
        return dataclasses.replace(self, item_offset=np.concatenate([self.item_offset, np.zeros(n_new)]), counts=counts)

    def without(self, history: Matrix, times: Matrix | None = None) -> BiasScorer:
        """The scorer as a fit without these people would be, see `SupportsUnlearning`.

        Raises:
            CapabilityError: how many ratings each movie had was not kept, or no rating would be left.
        """
        return self._updated(history, -1)

    def refit_settings(self) -> tuple[str, dict[str, Any]] | None:
        """Both dampings; None where the counts of ratings were not kept."""
        if not len(self.counts):
            return None
        return "bias", {"user_damping": self.user_damping, "item_damping": self.item_damping}

    def including(self, history: Matrix, times: Matrix | None = None) -> BiasScorer:
        """The scorer as a fit with these people too would be, see `SupportsPartialFit`; raises as :meth:`without`."""
        return self._updated(history, 1)

    def _updated(self, history: Matrix, sign: int) -> BiasScorer:
        if not len(self.counts):
            raise CapabilityError("these damped means do not know how many ratings each movie had", "fit them again")
        stars = history.data.astype(np.float64)
        totals = self.item_offset * (self.counts + self.item_damping) + self.mean * self.counts  # stars, added up
        totals += sign * np.bincount(history.indices, stars, minlength=self.n_items)
        counts = self.counts + sign * np.bincount(history.indices, minlength=self.n_items)
        if not counts.any():
            raise CapabilityError("no rating would be left to take a mean of")
        mean = (self.mean * self.counts.sum() + sign * stars.sum()) / counts.sum()
        residual = totals - mean * counts
        offset = np.divide(residual, counts + self.item_damping, out=np.zeros(self.n_items), where=counts > 0)
        return dataclasses.replace(self, item_offset=offset, mean=float(mean), counts=counts)
