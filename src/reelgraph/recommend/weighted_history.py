"""A person as the model sees them: their ratings, each with a weight, and the items never to be listed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import (
    FloatArray,
    IntArray,
    Matrix,
    PredictsMeanStars,
    PredictsRating,
    RatingDistribution,
    RatingPrediction,
    Scorer,
    single_row,
)


@dataclass(frozen=True)
class WeightedHistory:
    r"""One person's ratings, each with a weight from 0 to 1, and the items never to be listed for them.

    Most models only know whether a rating is present. The score of a weighted history is therefore an average over
    histories without weights:

    .. math:: s(w) = \int_0^1 s(\{j : w_j > t\}) \, dt

    For scores that are sums over the ratings, this equals the sum with each rating's share multiplied by its weight.
    For other scores it lies between the score with the rating and the score without it.

    Args:
        ratings: ``(1, n_items)`` CSR, stars.
        weights: ``(nnz,)`` float64 from 0 to 1, in the order of ``ratings.indices``.
        hidden: ``(m,)`` item rows never to be listed, in addition to what ``Filters.seen`` says of the rated items.
        user_row: row of the known user that this is; None for a new person.
    """

    ratings: Matrix
    weights: FloatArray
    hidden: IntArray
    user_row: int | None = None

    @classmethod
    def unweighted(
        cls, ratings: Matrix, hidden: IntArray | None = None, user_row: int | None = None
    ) -> WeightedHistory:
        """A history in which every rating has weight 1."""
        return cls(ratings, np.ones(ratings.nnz), np.empty(0, np.int64) if hidden is None else hidden, user_row)

    @property
    def is_empty(self) -> bool:
        """True when no rating has a weight above 0."""
        return not self.weights.any()

    def layers(self) -> Sequence[tuple[float, IntArray]]:
        """The histories without weights that are averaged: ``(share, positions within ratings)``; shares sum to 1."""
        if (self.weights == 1.0).all():  # nearly always
            return [(1.0, np.arange(len(self.weights)))]
        levels = np.unique(np.concatenate([[0.0], self.weights, [1.0]])).tolist()
        return [(high - low, np.flatnonzero(self.weights > low)) for low, high in itertools.pairwise(levels)]

    def subset(self, positions: IntArray) -> Matrix:
        """The ratings at ``positions`` only, ``(1, n_items)`` CSR."""
        if len(positions) == self.ratings.nnz:
            return self.ratings
        return single_row(self.ratings.data[positions], self.ratings.indices[positions], self.ratings.shape[1])

    def layer_ratings(self) -> Sequence[tuple[float, Matrix]]:
        """The shares of `layers` with their ratings, ``(1, n_items)`` CSR each."""
        return [(share, self.subset(positions)) for share, positions in self.layers()]

    def score(self, scorer: Scorer) -> FloatArray:
        """Scores of all items, ``(1, n_items)`` float32."""
        layers = self.layer_ratings()
        if len(layers) == 1:
            return scorer.score(layers[0][1])
        total: FloatArray = sum(share * scorer.score(ratings).astype(np.float64) for share, ratings in layers)  # type: ignore[assignment]
        return total.astype(np.float32)

    def rate(self, scorer: Scorer, item_rows: IntArray) -> RatingPrediction | None:
        """Predicted ratings of ``item_rows``, ``(1, n)``; None when the scorer predicts no stars."""
        if not isinstance(scorer, PredictsRating) or not len(item_rows):
            return None
        predictions = [(share, scorer.rate(ratings, item_rows)) for share, ratings in self.layer_ratings()]
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

    def mean_stars(self, scorer: Scorer) -> FloatArray | None:
        """Expected stars of all items, ``(n_items,)``, for comparing items; None when the scorer predicts none.

        Uses the faster `PredictsMeanStars` where the scorer has it; its values may differ from those of
        `predict_stars` by a few hundredths.
        """
        if not isinstance(scorer, PredictsMeanStars):
            return self.predict_stars(scorer, np.arange(scorer.n_items))
        layers = [share * scorer.mean_stars(ratings)[0] for share, ratings in self.layer_ratings()]
        total: FloatArray = np.sum(layers, axis=0)
        return total


# Ratings by item id, the id of a known user, or a history that was made before.
Person = Mapping[int | str, float] | int | str | WeightedHistory
