"""What a model promises that predicts stars, explains its scores or compares items."""

from __future__ import annotations

import numpy as np

from reelgraph.core import (
    Explains,
    ExplainsInOrder,
    HasItemVectors,
    Matrix,
    PredictsRating,
    ScoresInOrder,
    ranks_in_time,
)
from reelgraph.testing.model_fits import ModelFits
from reelgraph.testing.requirements import NotApplicable, no_ratings, require
from reelgraph.testing.sample_data import SCALE


def check_stars(fits: ModelFits) -> None:
    """Predicted stars are on the scale, one for each person and item; ``items`` picks some of them."""
    scorer, train, part = fits.on_parity_tastes
    if not isinstance(scorer, PredictsRating):
        raise NotApplicable("predicts no stars")
    fans = np.where(np.arange(train.n_items) % 2 == 0, SCALE.high, SCALE.low)[None, :]
    for history in (part.history, Matrix(fans.astype(np.float32).repeat(2, axis=0)), no_ratings(train.n_items)):
        stars = scorer.rate(history).stars
        require(
            stars.shape == history.shape, fits.name, f"rate gives the shape {stars.shape}, expected {history.shape}"
        )
        is_on_scale = np.isfinite(stars).all() and stars.min() >= SCALE.low and stars.max() <= SCALE.high
        require(is_on_scale, fits.name, "predicted stars are not between the ends of the scale of the data")
    items = np.array([7, 0, 19])
    picked, all_stars = scorer.rate(part.history, items).stars, scorer.rate(part.history).stars
    is_close = picked.shape == (len(part), 3) and np.allclose(picked, all_stars[:, items], rtol=1e-5)
    require(is_close, fits.name, "rate(history, items) is not the columns `items` of rate(history)")


def check_distribution(fits: ModelFits) -> None:
    """A predicted distribution has a probability for each level, and they sum to 1."""
    scorer, _, part = fits.on_parity_tastes
    distribution = scorer.rate(part.history).distribution if isinstance(scorer, PredictsRating) else None
    if distribution is None:
        raise NotApplicable("predicts no distribution")
    shape = (*part.history.shape, len(distribution.levels))
    require(distribution.probability.shape == shape, fits.name, f"the shape of the probabilities is not {shape}")
    total = distribution.probability.sum(axis=-1, dtype=np.float64)
    is_distribution = distribution.probability.min() >= 0 and np.allclose(total, 1.0, atol=1e-4)
    require(is_distribution, fits.name, "the probabilities of the levels do not sum to 1")


def check_contributions(fits: ModelFits) -> None:
    """The contributions of the ratings and the baseline terms sum to the scores."""
    scorer, train, part = fits.on_parity_tastes
    if not isinstance(scorer, Explains):
        raise NotApplicable("its scores are no sums over the ratings")
    items = np.array([3, 19, 0, 3])
    for history in (part.history[[0]], part.history[[7]], no_ratings(train.n_items)):
        contributions, scores = scorer.contributions(history, items), scorer.score(history)[0, items]
        shape = contributions.ratings.shape
        expected = (len(items), history.nnz)
        require(shape == expected, fits.name, f"contributions have the shape {shape}, expected {expected}")
        terms = contributions.baseline_terms.values()
        size = 1 + np.abs(contributions.ratings).sum(axis=1) + sum(np.abs(term) for term in terms)
        is_sum = bool(np.all(np.abs(contributions.total() - scores) <= 1e-6 * size))
        require(is_sum, fits.name, "the contributions of the ratings and the baseline terms do not sum to the scores")


def check_item_vectors(fits: ModelFits) -> None:
    """Item vectors are finite, one for each item."""
    scorer, train, _ = fits.on_parity_tastes
    if not isinstance(scorer, HasItemVectors):
        raise NotApplicable("has no item vectors")
    vectors = scorer.item_vectors()
    is_matrix = vectors.ndim == 2 and len(vectors) == train.n_items
    require(is_matrix, fits.name, f"item_vectors has the shape {vectors.shape}, expected ({train.n_items}, dim)")
    require(np.isfinite(vectors).all(), fits.name, "an item vector is not finite")


def check_order(fits: ModelFits) -> None:
    """Scores of ratings in their order have the form of others, and are the sums that the contributions say."""
    scorer, train, part = fits.on_parity_tastes
    if not isinstance(scorer, ScoresInOrder):
        raise NotApplicable("its scores do not depend on the order of the ratings")
    history, items = part.history, np.array([3, 19, 0, 3])
    order = ranks_in_time(Matrix((history.indices % 7, history.indices, history.indptr), shape=history.shape))
    scores = scorer.score_in_order(history, order)
    is_valid = scores.shape == history.shape and scores.dtype == np.float32 and bool(np.isfinite(scores).all())
    require(is_valid, fits.name, "score_in_order gives no finite float32 score for each person and item")
    alone = scorer.score_in_order(history[[5]], order[[5]])
    require(np.allclose(alone, scores[[5]], rtol=1e-4, atol=1e-5), fits.name, "a row of score_in_order hangs on others")
    nobody = no_ratings(train.n_items)
    places = Matrix((nobody.data.astype(np.int32), nobody.indices, nobody.indptr), shape=nobody.shape)
    is_same = np.allclose(scorer.score_in_order(nobody, places), scorer.score(nobody), rtol=1e-4, atol=1e-5)
    require(is_same, fits.name, "score_in_order without ratings is not score")
    if isinstance(scorer, ExplainsInOrder):
        total = scorer.contributions_in_order(history[[5]], order[[5]], items).total()
        is_sum = np.allclose(total, scores[5, items], rtol=1e-4, atol=1e-4)
        require(is_sum, fits.name, "the contributions in order do not sum to the scores in order")
