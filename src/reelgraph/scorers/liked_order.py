"""The order of what a person will be glad to have watched: what they would watch, less what they would not like."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import AnyArray, FloatArray, Matrix, PredictsMeanStars, PredictsRating, RatingScale, Scorer
from reelgraph.scorers.standardise import standardised

MIDDLE, HEADROOM, TOLERANCE = 3.0, 0.5, 0.35  # in stars of five
_DAMPING = 5.0  # ratings at the mean of all
_QUICK_ERROR = 0.03  # bound on the error of `PredictsMeanStars`, in stars of five
_FAR_BELOW, _BELOW_PER_STAR = 1000.0, 100.0  # more than scores differ by


@dataclass(frozen=True)
class LikedOrderScorer:
    r"""Ranks by the score of one model, less what another model's predicted stars fall short of.

    .. math:: s_{ui} = z_{ui} - \lambda \max(0, m_u + h - \hat r_{ui})

    z is the standardised score of ``ranker``, :math:`\hat r` the expected stars, and m the person's usual rating: the
    mean of their ratings, damped by five ratings at the mean of all, and at least ``middle``. Stars above
    :math:`m_u + h` count no more, since they do not make anybody watch a movie. A movie predicted more than
    ``tolerance`` below m, or below ``middle``, comes after all others, those with more stars first.

    Args:
        ranker: ranks by what people will watch.
        stars: predicts stars.
        scale: of the ratings.
        mean_rating: mean of all training ratings, stars.
        love: :math:`\lambda`, what a missing star of five costs, in standard deviations of a person's scores.
        headroom: h, stars of five.
        tolerance: stars of five.
    """

    kind: ClassVar[str] = "liked-order"
    highest_below_floor: ClassVar[float] = -_FAR_BELOW / 2
    ranker: Scorer
    stars: Scorer
    scale: RatingScale
    mean_rating: float
    love: float = 1.0
    headroom: float = HEADROOM
    tolerance: float = TOLERANCE

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return self.ranker.n_items

    @property
    def parts(self) -> tuple[Scorer, ...]:
        """The ranker and the model of the stars."""
        return (self.ranker, self.stars)

    def ranking_parts(self) -> Sequence[tuple[float, Scorer]]:
        """Both count."""
        return [(1.0, self.ranker), (self.love, self.stars)]

    def with_parts(self, parts: Sequence[Scorer]) -> LikedOrderScorer:
        """The same order of another ranker and other predicted stars."""
        ranker, stars = parts
        return dataclasses.replace(self, ranker=ranker, stars=stars)

    @property
    def star(self) -> float:
        """One star of five on the scale of the ratings."""
        return self.scale.of_five(1.0) - self.scale.of_five(0.0)

    @property
    def middle(self) -> float:
        """Three stars of five on the scale of the ratings."""
        return self.scale.of_five(MIDDLE)

    def usual_ratings(self, ratings: Matrix) -> FloatArray:
        """M of each person, ``(batch,)`` float64 stars.

        Args:
            ratings: ``(batch, n_items)`` CSR, stars.
        """
        n_rated = np.diff(ratings.indptr)
        total = np.asarray(ratings.sum(axis=1), np.float64).ravel()
        damped: FloatArray = (total + _DAMPING * self.mean_rating) / (n_rated + _DAMPING)
        usual: FloatArray = np.maximum(damped, self.middle)
        return usual

    def floors(self, ratings: Matrix) -> FloatArray:
        """Stars below which a movie comes after all others, ``(batch,)`` float64."""
        floors: FloatArray = np.maximum(self.usual_ratings(ratings) - self.tolerance * self.star, self.middle)
        return floors

    def mean_stars(self, history: Matrix) -> FloatArray:
        """Expected stars of all items, ``(batch, n_items)``."""
        if isinstance(self.stars, PredictsMeanStars):
            return self.stars.mean_stars(history)
        assert isinstance(self.stars, PredictsRating)
        return self.stars.rate(history).stars

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32, in standard deviations of a person's scores.

        Args:
            history: ``(batch, n_items)`` CSR, stars: the person's ratings, of which the usual rating is the mean.
        """
        stars = self.mean_stars(history).astype(np.float64)
        scores = standardised(self.ranker.score(history), np.float64)
        wanted = self.usual_ratings(history) + self.headroom * self.star
        scores -= self.love / self.star * np.maximum(wanted[:, None] - stars, 0.0)
        floors = self.floors(history)[:, None] + _QUICK_ERROR * self.star
        is_below = stars < floors
        scores[is_below] -= _FAR_BELOW + _BELOW_PER_STAR / self.star * (floors - stars)[is_below]
        return scores.astype(np.float32)

    def arrays(self) -> dict[str, AnyArray]:
        """Those of the ranker; this order is made from a saved model and not saved itself."""
        return self.ranker.arrays()

    def settings(self) -> dict[str, Any]:
        """Weights and margins."""
        return {name: getattr(self, name) for name in ("love", "headroom", "tolerance", "mean_rating")}
