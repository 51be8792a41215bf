"""A person as the model sees them: ratings and movies seen, each with a weight, and the items never to be listed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reelgraph.core import (
    BoolArray,
    FloatArray,
    IntArray,
    Matrix,
    PredictsMeanStars,
    PredictsRating,
    RatingDistribution,
    RatingPrediction,
    Scorer,
    ranks_in_time,
    single_row,
)
from reelgraph.core.errors import CapabilityError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.recommend.scorer_inputs import counts_ages, learns_from, learns_from_views
from reelgraph.scorers.item_filter.recent import FLOOR
from reelgraph.scorers.liked_ratings import liked_ratings_of

RECENT_EMPHASIS = "more like what was rated or seen last"
RECENCY = 0.2  # the best on validation for the next rating, see docs/models/graph-filter.md
_STEPS = 50  # of the weights by age, so that few histories are averaged


@dataclass(frozen=True)
class WeightedHistory:
    r"""What one person rated and saw, each with a weight from 0 to 1, and the items never to be listed for them.

    Most models only know whether a rating is present. The score of a weighted history is therefore an average over
    histories without weights:

    .. math:: s(w) = \int_0^1 s(\{j : w_j > t\}) \, dt

    For scores that are sums over the ratings, this equals the sum with each rating's share multiplied by its weight.
    For other scores it lies between the score with the rating and the score without it. A blend combines the scores of
    its parts, each made in this way.

    A movie that was seen without a rating is an entry of ``ratings`` too, with the stars of a liked movie in place of
    the missing ones. Models that predict stars do not see these entries; a blend shows them to its other parts.

    Args:
        ratings: ``(1, n_items)`` CSR, stars.
        weights: ``(nnz,)`` float64 from 0 to 1, in the order of ``ratings.indices``.
        hidden: ``(m,)`` item rows never to be listed, in addition to what ``Filters.seen`` says of the rated items.
        user_row: row of the known user that this is; None for a new person.
        unrated_rows: ``(k,)`` item rows among ``ratings.indices`` that were seen without a rating.
        order: ``(nnz,)`` integers that ascend from the oldest entry to the newest; None where that is not known.
            Models whose scores depend on it (`ScoresInOrder`) are given it.
        recency: ``(nnz,)`` float64 from 0 to 1, what each entry counts in the ranking alone, in addition to its weight:
            for its age, see :meth:`recent`, or beside movies that a phrase names; None where all count alike.
        emphasis: what counts most by ``recency``, in words.
    """

    ratings: Matrix
    weights: FloatArray
    hidden: IntArray
    user_row: int | None = None
    unrated_rows: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    order: IntArray | None = None
    recency: FloatArray | None = None
    emphasis: str = ""

    @classmethod
    def unweighted(
        cls,
        ratings: Matrix,
        hidden: IntArray | None = None,
        user_row: int | None = None,
        order: IntArray | None = None,
    ) -> WeightedHistory:
        """A history in which every rating has weight 1."""
        hidden = np.empty(0, np.int64) if hidden is None else hidden
        return cls(ratings, np.ones(ratings.nnz), hidden, user_row, order=order)

    def recent(self, recency: float = RECENCY) -> WeightedHistory:
        r"""The history in which the newest entries count most for the ranking; predicted stars stay as they are.

        An entry of age a, 0 for the newest, counts :math:`(c + (1 - q)^a) / (c + 1)` with c = 0.02, rounded up to
        fiftieths, see `recency_weights <reelgraph.scorers.item_filter.recent.recency_weights>`.

        A history without an entry stays as it is.

        Args:
            recency: q, from 0 to below 1.

        Raises:
            CapabilityError: the order is not known.
        """
        if not self.ratings.nnz:
            return self
        if self.order is None:
            raise CapabilityError(
                "the order of this person's ratings is not known, so none of them is recent",
                "give times of the ratings that differ, or the id of a known user of a bundle whose data have times",
            )
        age = np.empty(len(self.order), np.int64)
        age[np.argsort(self.order, kind="stable")] = np.arange(len(self.order))[::-1]
        share = (FLOOR + (1.0 - recency) ** age) / (FLOOR + 1.0)
        shares = np.ceil(share * _STEPS - 1e-9) / _STEPS
        return replace(self, recency=shares, emphasis=RECENT_EMPHASIS)

    @property
    def is_empty(self) -> bool:
        """True when no entry has a weight above 0."""
        return not self.weights.any()

    @property
    def is_plain(self) -> bool:
        """True when every entry is a rating of weight 1, however old."""
        return not len(self.unrated_rows) and self.recency is None and bool((self.weights == 1.0).all())

    @property
    def is_unrated(self) -> BoolArray:
        """Which entries were seen without a rating, ``(nnz,)``."""
        return np.isin(self.ratings.indices, self.unrated_rows)

    @property
    def stars_given(self) -> FloatArray:
        """The stars of each entry, ``(nnz,)`` float64; NaN where it was seen without a rating."""
        return np.where(self.is_unrated, np.nan, self.ratings.data.astype(np.float64))

    @property
    def n_rated(self) -> int:
        """Number of movies rated, those seen without a rating not counted."""
        return int(self.ratings.nnz - np.count_nonzero(self.is_unrated))

    def rated(self) -> WeightedHistory:
        """The history with the rated movies only."""
        if not len(self.unrated_rows):
            return self
        return replace(self.at(np.flatnonzero(~self.is_unrated)), unrated_rows=np.empty(0, np.int64))

    def at(self, positions: IntArray) -> WeightedHistory:
        """The history with the entries at ``positions`` only."""
        return replace(
            self,
            ratings=self.subset(positions),
            weights=self.weights[positions],
            order=None if self.order is None else self.order[positions],
            recency=None if self.recency is None else self.recency[positions],
        )

    def including(
        self, item_rows: IntArray, stars: float, weight: float = 1.0, *, unrated: bool = True
    ) -> WeightedHistory:
        """The history with more entries, the oldest; items that it already has stay as they are.

        Args:
            item_rows: ``(n,)`` rows of the items that were seen.
            stars: the value of each new entry.
            weight: of each new entry.
            unrated: whether the value stands for missing stars.
        """
        added: IntArray = np.setdiff1d(item_rows, self.ratings.indices)
        if not len(added):
            return self
        rows = np.concatenate([self.ratings.indices, added])
        order = np.argsort(rows, kind="stable")
        values = np.concatenate([self.ratings.data, np.full(len(added), stars, np.float32)])[order]
        weights = np.concatenate([self.weights, np.full(len(added), float(weight))])[order]
        ratings = single_row(values.astype(np.float32), rows[order].astype(np.int32), self.ratings.shape[1])
        unrated_rows = np.concatenate([self.unrated_rows, added]) if unrated else self.unrated_rows
        places = None
        if self.order is not None:
            places = np.concatenate([self.order, np.full(len(added), self.order.min(initial=0) - 1)])[order]
        longer = replace(self, ratings=ratings, weights=weights, unrated_rows=unrated_rows, order=places, recency=None)
        if self.recency is None:
            return longer
        ages = np.concatenate([self.recency, np.full(len(added), self.recency.min(initial=1.0))])[order]
        return replace(longer, recency=ages)

    def informs(self, scorer: Scorer) -> bool:
        """Whether ``scorer`` can use anything that this person rated or saw."""
        history = self if not len(self.unrated_rows) or learns_from_views(scorer) else self.rated()
        is_used = learns_from(scorer, history.ratings.indices)
        if liked := liked_ratings_of(scorer):
            is_used &= liked.counts(history.ratings.data)
        return bool(history.weights[is_used].any())

    def layers(self) -> Sequence[tuple[float, IntArray]]:
        """The histories without weights that are averaged: ``(share, positions within ratings)``; shares sum to 1."""
        return _layers(self.weights)

    def layers_for(self, scorer: Scorer) -> Sequence[tuple[float, IntArray]]:
        """As `layers`, for the ranking of a scorer: the age counts where it can, see `counts_ages`."""
        if self.recency is None or not counts_ages(scorer):
            return self.layers()
        return _layers(self.weights * self.recency)

    def order_at(self, positions: IntArray) -> Matrix | None:
        """The places of the entries at ``positions`` in their order, ``(1, n_items)`` CSR; None where not known."""
        if self.order is None:
            return None
        ratings = self.subset(positions)
        times = Matrix((self.order[positions], ratings.indices, ratings.indptr), shape=ratings.shape)
        return ranks_in_time(times)

    def subset(self, positions: IntArray) -> Matrix:
        """The ratings at ``positions`` only, ``(1, n_items)`` CSR."""
        if len(positions) == self.ratings.nnz:
            return self.ratings
        return single_row(self.ratings.data[positions], self.ratings.indices[positions], self.ratings.shape[1])

    def layer_ratings(self) -> Sequence[tuple[float, Matrix]]:
        """The shares of `layers` with their ratings, ``(1, n_items)`` CSR each."""
        return [(share, self.subset(positions)) for share, positions in self.layers()]

    def rate(self, scorer: Scorer, item_rows: IntArray) -> RatingPrediction | None:
        """Predicted ratings of ``item_rows``, ``(1, n)``; None when the scorer predicts no stars."""
        raise_if_interrupted()
        if not isinstance(scorer, PredictsRating) or not len(item_rows):
            return None
        layers = self.rated().layer_ratings()
        predictions = [(share, scorer.rate(ratings, item_rows)) for share, ratings in layers]
        if len(predictions) == 1:
            return predictions[0][1]
        stars: FloatArray = np.sum([share * prediction.stars for share, prediction in predictions], axis=0)
        distributions = [
            (share, prediction.distribution) for share, prediction in predictions if prediction.distribution is not None
        ]
        if len(distributions) < len(predictions):
            return RatingPrediction(stars)
        probability = np.sum([share * distribution.probability for share, distribution in distributions], axis=0)
        return RatingPrediction(stars, RatingDistribution(distributions[0][1].levels.copy(), probability))

    def predict_stars(self, scorer: Scorer, item_rows: IntArray) -> FloatArray | None:
        """Predicted stars of ``item_rows``, ``(n,)``; None when the scorer predicts none."""
        prediction = self.rate(scorer, item_rows)
        return None if prediction is None else prediction.stars[0]

    def mean_stars(self, scorer: Scorer, item_rows: IntArray | None = None) -> FloatArray | None:
        """Expected stars of items, ``(n,)``, all when None, to compare them by; None when the scorer predicts none.

        Uses the faster `PredictsMeanStars` where the scorer has it; its values may differ from those of
        `predict_stars` by a few hundredths.
        """
        if not isinstance(scorer, PredictsMeanStars):
            return self.predict_stars(scorer, np.arange(scorer.n_items) if item_rows is None else item_rows)
        layers = [share * scorer.mean_stars(ratings, item_rows)[0] for share, ratings in self.rated().layer_ratings()]
        total: FloatArray = np.sum(layers, axis=0)
        return total


def _layers(weights: FloatArray) -> Sequence[tuple[float, IntArray]]:
    if (weights == 1.0).all():  # nearly always
        return [(1.0, np.arange(len(weights)))]
    levels = np.unique(np.concatenate([[0.0], weights, [1.0]])).tolist()
    return [(high - low, np.flatnonzero(weights > low)) for low, high in itertools.pairwise(levels)]
