"""A ranking from what a person did not dislike, for models that do not know how much they liked it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import AnyArray, BoolArray, Contributions, Explains, FloatArray, IntArray, Matrix, Scorer
from reelgraph.core.errors import CapabilityError


@dataclass(frozen=True)
class LikedRatingsScorer:
    """Ranks as another scorer does for the movies that a person rated higher than ``disliked_to``.

    Ratings up to ``disliked_to`` neither speak for nor against a movie. On validation that was better for what people
    like than a positive weight, and than a negative one (docs/models/graph-filter.md).

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

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """Those of the scorer; 0 for ratings that do not count.

        Raises:
            CapabilityError: the scores are not sums over the ratings.
        """
        if not isinstance(self.scorer, Explains):
            raise CapabilityError(f"the scores of the model {self.scorer.kind!r} are not sums over a person's ratings")
        part = self.scorer.contributions(self._liked(history), items)
        shares = np.zeros((len(items), history.nnz))
        shares[:, np.flatnonzero(self.counts(history.data))] = part.ratings
        return Contributions(shares, part.baseline_terms, part.conditioned_on)

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
