"""A ranking from what a person did not dislike, for models that do not know how much they liked it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import (
    AnyArray,
    BoolArray,
    CombinesScorers,
    Contributions,
    Explains,
    FloatArray,
    IntArray,
    Matrix,
    Scorer,
)

_TIE_BREAK = 1e-6


@dataclass(frozen=True)
class LikedRatingsScorer:
    """Ranks as another scorer does for the movies that a person rated higher than ``disliked_to``.

    Ratings up to ``disliked_to`` neither speak for nor against a movie. On validation that was better for what people
    like than a positive weight, and than a negative one (docs/models/graph-filter.md). Where a person has rated nothing
    higher, the most rated movies come first: they decide between equal scores, by a term too small to count elsewhere.

    Args:
        scorer: a model that predicts no stars.
        disliked_to: stars.
        n_ratings: ``(n_items,)`` number of people who rated each item.
    """

    kind: ClassVar[str] = "liked-ratings"
    scorer: Scorer
    disliked_to: float
    n_ratings: IntArray

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
        scores: FloatArray = self.scorer.score(self._liked(history)) + self._tie_break.astype(np.float32)
        return scores

    @cached_property
    def _tie_break(self) -> FloatArray:
        share: FloatArray = _TIE_BREAK * self.n_ratings / max(int(self.n_ratings.max(initial=0)), 1)
        return share

    def arrays(self) -> dict[str, AnyArray]:
        """Those of the scorer; this one is made from a saved model and not saved itself."""
        return self.scorer.arrays()

    def settings(self) -> dict[str, Any]:
        """Those of the scorer."""
        return self.scorer.settings()

    def _liked(self, history: Matrix) -> Matrix:
        is_liked = self.counts(history.data)
        if is_liked.all():
            return history
        indptr = np.concatenate([[0], np.cumsum(is_liked)])[history.indptr]
        return Matrix((history.data[is_liked], history.indices[is_liked], indptr), shape=history.shape)


@dataclass(frozen=True)
class ExplainedLikedRatingsScorer(LikedRatingsScorer):
    """The same for a scorer whose scores are sums over the ratings."""

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """Those of the scorer; 0 for ratings that do not count.

        Args:
            history: ``(1, n_items)`` CSR, stars.
            items: ``(n,)`` item rows.
        """
        assert isinstance(self.scorer, Explains)
        part = self.scorer.contributions(self._liked(history), items)
        shares = np.zeros((len(items), history.nnz))
        shares[:, np.flatnonzero(self.counts(history.data))] = part.ratings
        terms = {**part.baseline_terms, "number of ratings, between equals": self._tie_break[items]}
        return Contributions(shares, terms, part.conditioned_on)


def from_liked_ratings(scorer: Scorer, disliked_to: float, n_ratings: IntArray) -> Scorer:
    """A scorer, or each part of a blend, with the ratings above ``disliked_to`` only; see `LikedRatingsScorer`."""
    if isinstance(scorer, CombinesScorers):
        return scorer.with_parts([from_liked_ratings(part, disliked_to, n_ratings) for part in scorer.parts])
    wrapper = ExplainedLikedRatingsScorer if isinstance(scorer, Explains) else LikedRatingsScorer
    return wrapper(scorer, disliked_to, n_ratings)


def liked_ratings_of(scorer: Scorer) -> LikedRatingsScorer | None:
    """The scorer, or the first part of a blend, that says which ratings count; None where all do."""
    if isinstance(scorer, CombinesScorers) and scorer.parts:
        return liked_ratings_of(scorer.parts[0])
    return scorer if isinstance(scorer, LikedRatingsScorer) else None
