"""Data for the plots of the model card, calibration and popularity, computed from held-out ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, FloatArray, IntArray, RatingDistribution, liked_threshold, single_row
from reelgraph.evaluation import Reliability, reliability
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.state.loaded_bundle import LoadedBundle

_N_USERS, _LIST_LENGTH, _N_TENTHS = 120, 10, 10


@dataclass(frozen=True)
class PlotData:
    """What the plots show.

    Args:
        reliability: of the predicted probability of a liked movie; None if the model predicts no distribution, or the
            bundle does not record which ratings were held out.
        ratings: number of held-out ratings in ``reliability``.
        people: number of users whose ratings and lists were used.
        watched: ``(10,)`` share of all ratings by tenths of the catalogue, the most rated tenth first.
        listed: ``(10,)`` share of the lists of these users, likewise.
    """

    reliability: Reliability | None
    ratings: int
    people: int
    watched: list[float]
    listed: list[float]


def plot_data(loaded: LoadedBundle) -> PlotData:
    """Predict held-out ratings of some users, and recommend to them, from the ratings that the model was trained on.

    Cost: predictions and lists for `_N_USERS` users, seconds.
    """
    bundle = loaded.bundle
    is_train = bundle.is_train if bundle.is_train is not None else np.ones(bundle.history.nnz, np.bool_)
    users = _sample_users(bundle, is_train)
    probabilities: list[FloatArray] = []
    true_stars: list[FloatArray] = []
    list_counts = np.zeros(len(bundle.items))
    for user in users.tolist():
        entries = slice(bundle.history.indptr[user], bundle.history.indptr[user + 1])
        items, stars, train = bundle.history.indices[entries], bundle.history.data[entries], is_train[entries]
        history = WeightedHistory.unweighted(single_row(stars[train], items[train], len(bundle.items)))
        if not train.all():
            prediction = history.rate(bundle.scorer, items[~train].astype(np.int64))
            if prediction is not None and prediction.distribution is not None:
                levels = prediction.distribution.levels
                probabilities.append(prediction.distribution.probability[0])
                true_stars.append(stars[~train])
        recommendations = loaded.recommender.recommend(history, _LIST_LENGTH)
        list_counts[bundle.items.rows([line.item_id for line in recommendations])] += 1.0
    table = None
    if probabilities:
        predicted = RatingDistribution(levels, np.concatenate(probabilities))
        table = reliability(predicted, np.concatenate(true_stars), liked_threshold(bundle.scale))
    rating_counts = loaded.recommender.popularity.counts
    order = np.argsort(-rating_counts, kind="stable")
    watched, listed = (_tenths(counts[order].astype(np.float64)) for counts in (rating_counts, list_counts))
    return PlotData(table, sum(map(len, true_stars)), len(users), watched, listed)


def _sample_users(bundle: Bundle, is_train: BoolArray) -> IntArray:
    """Rows of up to `_N_USERS` users with held-out ratings, or with any if none are held out, evenly spaced."""
    n_ratings = np.diff(bundle.history.indptr)
    n_held_out = np.bincount(np.repeat(np.arange(len(n_ratings)), n_ratings), ~is_train, minlength=len(n_ratings))
    eligible = np.flatnonzero(n_held_out if n_held_out.any() else n_ratings)
    positions = np.unique(np.linspace(0, len(eligible) - 1, min(_N_USERS, len(eligible))).astype(np.int64))
    users: IntArray = eligible[positions]
    return users


def _tenths(counts: FloatArray) -> list[float]:
    """Shares of ten equal parts."""
    return [float(part.sum() / max(counts.sum(), 1e-9)) for part in np.array_split(counts, _N_TENTHS)]
