"""The order of what a person will be glad to have watched: what they would watch, less what they would not like."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import (
    AnyArray,
    Contributions,
    Explains,
    FloatArray,
    IntArray,
    Matrix,
    PredictsMeanStars,
    PredictsRating,
    RatingPrediction,
    RatingScale,
    Scorer,
    contributions_of,
    scores_of,
)
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers.standardise import standardised

MIDDLE, TOLERANCE = 3.0, 0.5  # in stars of five
_DAMPING = 5.0  # ratings at the mean of all
_MANY_RATINGS, _AGREEMENT = 200, (0.5, 0.75)  # stars of five
_QUICK_ERROR = 0.03  # bound on the error of `PredictsMeanStars`, in stars of five
_BELOW_PER_STAR = 10.0  # those below the floor are in the order of their stars
_HELD = "mean and spread of the person's scores of all movies"


@dataclass(frozen=True)
class LikedOrderScorer:
    r"""Ranks by the score of one model, less what another model's predicted stars fall short of.

    .. math:: s_{ui} = z_{ui} - \lambda \max(0, m_u - \hat r_{ui})

    z is the standardised score of ``ranker``, :math:`\hat r` the expected stars, and m the person's usual rating: the
    mean of their ratings, damped by five ratings at the mean of all, and at least ``middle``. Stars above
    m count no more, since they do not make anybody watch a movie. A movie predicted more than
    ``tolerance`` below m, or below ``middle``, comes after all others, those with more stars first.

    Args:
        ranker: ranks by what people will watch.
        stars: predicts stars.
        scale: of the ratings.
        mean_rating: mean of all training ratings, stars.
        love: :math:`\lambda`, what a missing star of five costs, in standard deviations of a person's scores.
        tolerance: stars of five.
        far_below: what a movie below the floor loses in addition; more than scores differ by.
        rated: ``(batch, n_items)`` CSR, the ratings that the usual ratings are the means of; None for the history
            that is scored.
    """

    kind: ClassVar[str] = "liked-order"
    ranker: Scorer
    stars: Scorer
    scale: RatingScale
    mean_rating: float
    love: float = 4.0
    tolerance: float = TOLERANCE
    far_below: float = 1000.0
    rated: Matrix | None = None

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
        return self._floors(self.usual_ratings(ratings))

    def _floors(self, usual: FloatArray) -> FloatArray:
        floors: FloatArray = np.maximum(usual - self.tolerance * self.star, self.middle)
        return floors

    def agreement(self, n_rated: IntArray) -> FloatArray:
        """How far the stars of a place may be from those that it has in the order of the stars, ``(batch,)`` stars.

        Half a star for people with many ratings, whose stars are predicted with more certainty, and three quarters for
        the others.

        Args:
            n_rated: ``(batch,)`` number of ratings of each person.
        """
        return self.star * np.where(n_rated >= _MANY_RATINGS, *_AGREEMENT)

    def mean_stars(self, history: Matrix, items: IntArray | None = None) -> FloatArray:
        """Expected stars of ``items`` (item rows; all when None), ``(batch, n)``."""
        if isinstance(self.stars, PredictsMeanStars):
            return self.stars.mean_stars(history, items)
        assert isinstance(self.stars, PredictsRating)
        return self.stars.rate(history, items).stars

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32, in standard deviations of a person's scores.

        Args:
            history: ``(batch, n_items)`` CSR, stars: the person's ratings, of which the usual rating is the mean.
        """
        return self._liked(history, self.score_bounds(history))

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """The same in the order of the ratings, where the ranker depends on it; the stars do not."""
        return self._liked(history, self.score_bounds_in_order(history, order, times))

    def _liked(self, history: Matrix, bounds: FloatArray) -> FloatArray:
        short, below = self._penalties(history, self.mean_stars(history))
        scores: FloatArray = (bounds - short - below).astype(np.float32)
        return scores

    def score_bounds(self, history: Matrix) -> FloatArray:
        """The scores where predicted stars took nothing away, ``(batch, n_items)`` float64."""
        return standardised(self.ranker.score(history), np.float64)

    def score_bounds_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """The same in the order of the ratings, where the ranker depends on it."""
        return standardised(scores_of(self.ranker, history, order, times), np.float64)

    def score_items(self, history: Matrix, items: IntArray, bounds: FloatArray) -> FloatArray:
        """Scores of ``items`` for one person, ``(n,)`` float32: only their stars are predicted.

        Args:
            history: ``(1, n_items)`` CSR, stars.
            items: ``(n,)`` item rows.
            bounds: ``(n,)`` of :meth:`score_bounds`.
        """
        short, below = self._penalties(history, self.mean_stars(history, items))
        scores: FloatArray = (bounds - short[0] - below[0]).astype(np.float32)
        return scores

    def _penalties(self, history: Matrix, stars: FloatArray) -> tuple[FloatArray, FloatArray]:
        """For stars below what a person likes, and for stars below their floor, float64 of the shape of ``stars``."""
        rated = history if self.rated is None else self.rated
        usual = self.usual_ratings(rated)[:, None]
        floors = self._floors(usual) + _QUICK_ERROR * self.star
        short = self.love / self.star * np.maximum(usual - stars, 0.0)
        below = np.where(stars < floors, self.far_below + _BELOW_PER_STAR / self.star * (floors - stars), 0.0)
        return short, below

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars and their distribution, from the model of the stars."""
        assert isinstance(self.stars, PredictsRating)
        return self.stars.rate(history, items)

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating adds to the scores of ``items``, the predicted stars and the spread of the scores held.

        Args:
            history: ``(1, n_items)`` CSR, stars.
            items: ``(n,)`` item rows.

        Raises:
            CapabilityError: the scores of the ranker are not sums over the ratings.
        """
        return self._contributions(history, items, None)

    def contributions_in_order(self, history: Matrix, order: Matrix, items: IntArray) -> Contributions:
        """The same in the order of the ratings, where the ranker depends on it."""
        return self._contributions(history, items, order)

    def _contributions(self, history: Matrix, items: IntArray, order: Matrix | None) -> Contributions:
        if not isinstance(self.ranker, Explains):
            raise CapabilityError(f"the scores of the model {self.ranker.kind!r} are not sums over a person's ratings")
        part = contributions_of(self.ranker, history, items, order)
        scores = scores_of(self.ranker, history, order)[0].astype(np.float64)
        scale = 1.0 / scores.std() if scores.std() > 0 else 0.0
        short, below = (penalty[0] for penalty in self._penalties(history, self.mean_stars(history, items)))
        terms = {name: scale * term for name, term in part.baseline_terms.items()}
        terms["average of all movies"] = terms.get("average of all movies", 0.0) - scale * scores.mean()
        terms["predicted stars below what they like"] = -short
        if below.any():
            terms["predicted stars below their floor"] = -below
        conditions = dict.fromkeys(filter(None, (part.conditioned_on, _HELD)))
        return Contributions(scale * part.ratings, terms, "; ".join(conditions))

    def arrays(self) -> dict[str, AnyArray]:
        """Those of the ranker; this order is made from a saved model and not saved itself."""
        return self.ranker.arrays()

    def settings(self) -> dict[str, Any]:
        """Weights and margins."""
        return {name: getattr(self, name) for name in ("love", "tolerance", "mean_rating")}
