"""A ranking from what a person did not dislike, for models that do not know how much they liked it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import (
    AnyArray,
    BoolArray,
    BoundsScores,
    CombinesScorers,
    Contributions,
    Explains,
    FloatArray,
    IntArray,
    Matrix,
    Scorer,
    contributions_of,
    ranks_in_time,
    scores_of,
)


@dataclass(frozen=True)
class LikedRatingsScorer:
    """Ranks as another scorer does for the movies that a person rated higher than ``disliked_to``.

    Ratings up to ``disliked_to`` neither speak for nor against a movie. On validation that was better for what people
    like than a positive weight, and than a negative one (docs/models/graph-filter.md). Where a person has rated nothing
    higher, all movies have the same score.

    Args:
        scorer: a model that predicts no stars.
        disliked_to: stars.
    """

    kind: ClassVar[str] = "liked-ratings"
    scorer: Scorer
    disliked_to: float

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return self.scorer.n_items

    def counts(self, stars: FloatArray) -> BoolArray:
        """True for ratings that count, of the shape of ``stars``."""
        is_liked: BoolArray = stars > self.disliked_to + 1e-4
        return is_liked

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32."""
        return self.scorer.score(self._liked(history))

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """The same in the order of the ratings that count, where the scorer depends on it."""
        liked_times = None if times is None else self._of_liked(times, history)
        return scores_of(self.scorer, self._liked(history), ranks_in_time(self._of_liked(order, history)), liked_times)

    def score_bounds(self, history: Matrix) -> FloatArray:
        """Those of the scorer, or its scores where it has no bounds, ``(batch, n_items)``."""
        liked = self._liked(history)
        return self.scorer.score_bounds(liked) if isinstance(self.scorer, BoundsScores) else self.scorer.score(liked)

    def score_items(self, history: Matrix, items: IntArray, bounds: FloatArray) -> FloatArray:
        """Scores of ``items`` for one person, ``(n,)`` float32; arguments as for `BoundsScores.score_items`."""
        if not isinstance(self.scorer, BoundsScores):
            return bounds.astype(np.float32)
        return self.scorer.score_items(self._liked(history), items, bounds)

    def arrays(self) -> dict[str, AnyArray]:
        """Those of the scorer; this one is made from a saved model and not saved itself."""
        return self.scorer.arrays()

    def settings(self) -> dict[str, Any]:
        """Those of the scorer."""
        return self.scorer.settings()

    def _liked(self, history: Matrix) -> Matrix:
        return self._of_liked(history, history)

    def _of_liked(self, values: Matrix, history: Matrix) -> Matrix:
        """The entries of ``values``, which has the pattern of ``history``, where the rating counts."""
        is_liked = self.counts(history.data)
        if is_liked.all():
            return values
        indptr = np.concatenate([[0], np.cumsum(is_liked)])[history.indptr]
        return Matrix((values.data[is_liked], values.indices[is_liked], indptr), shape=values.shape)


@dataclass(frozen=True)
class ExplainedLikedRatingsScorer(LikedRatingsScorer):
    """The same for a scorer whose scores are sums over the ratings."""

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """Those of the scorer; 0 for ratings that do not count.

        Args:
            history: ``(1, n_items)`` CSR, stars.
            items: ``(n,)`` item rows.
        """
        return self._contributions(history, items, None)

    def contributions_in_order(self, history: Matrix, order: Matrix, items: IntArray) -> Contributions:
        """The same in the order of the ratings, where the scorer depends on it."""
        return self._contributions(history, items, ranks_in_time(self._of_liked(order, history)))

    def _contributions(self, history: Matrix, items: IntArray, order: Matrix | None) -> Contributions:
        assert isinstance(self.scorer, Explains)
        part = contributions_of(self.scorer, self._liked(history), items, order)
        shares = np.zeros((len(items), history.nnz))
        shares[:, np.flatnonzero(self.counts(history.data))] = part.ratings
        return Contributions(shares, part.baseline_terms, part.conditioned_on)


def from_liked_ratings(scorer: Scorer, disliked_to: float) -> Scorer:
    """A scorer, or each part of a blend, with the ratings above ``disliked_to`` only; see `LikedRatingsScorer`."""
    if isinstance(scorer, CombinesScorers):
        return scorer.with_parts([from_liked_ratings(part, disliked_to) for part in scorer.parts])
    wrapper = ExplainedLikedRatingsScorer if isinstance(scorer, Explains) else LikedRatingsScorer
    return wrapper(scorer, disliked_to)


def liked_ratings_of(scorer: Scorer) -> LikedRatingsScorer | None:
    """The scorer, or the first part of a blend, that says which ratings count; None where all do."""
    if isinstance(scorer, CombinesScorers) and scorer.parts:
        return liked_ratings_of(scorer.parts[0])
    return scorer if isinstance(scorer, LikedRatingsScorer) else None
