"""What the model card says beyond the bundle's own figures: calibration and popularity, from what was held back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import BoolArray, FloatArray, IntArray, PredictsDistribution, RatingDistribution, single_row
from reelgraph.evaluation import Reliability, reliability
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.state.loaded_bundle import LoadedBundle

METRICS = {
    "ndcg@10": "how near the top the right films are", "recall@10": "share of the held-out films among the first ten",
    "precision@10": "share of the first ten that were held-out films", "hit@10": "people with at least one right film",
    "mrr@10": "how early the first right film comes", "rmse": "typical error of the predicted stars",
    "mae": "mean error of the predicted stars", "crps": "error of the whole predicted distribution, stars",
    "coverage_80": "ratings within the 80 % interval", "coverage_95": "ratings within the 95 % interval",
    "ece": "how far chances are from what comes true", "diversity@10": "how unlike the listed films are",
    "coverage@10": "share of the catalogue that is ever listed", "novelty@10": "how little known the listed films are",
    "popularity_lift@10": "how much more watched than their own films",
    "miscalibration@10": "distance from people's own mix of genres", "gini@10": "how unevenly films are listed",
}  # fmt: skip
"""What the figures of the card say, in a few words."""
_PEOPLE, _LISTED, _TENTHS = 120, 10, 10


@dataclass(frozen=True)
class CardEvidence:
    """What the plots show.

    Args:
        reliability: of the predicted probability of a liked movie; None where the model predicts no distribution, or
            the bundle does not tell which ratings it learnt from.
        ratings: held back, that it is reckoned from.
        people: whose ratings and lists were looked at.
        watched: ``(10,)`` share of the ratings by tenths of the catalogue, the most watched tenth first.
        listed: ``(10,)`` share of these people's lists.
    """

    reliability: Reliability | None
    ratings: int
    people: int
    watched: list[float]
    listed: list[float]


def evidence(model: LoadedBundle) -> CardEvidence:
    """Some people of the bundle, heard by what the model learnt from, and asked about the rest.

    Cost: `_PEOPLE` predictions and lists, seconds.
    """
    bundle = model.recommender.bundle
    learnt: BoolArray = bundle.is_train if bundle.is_train is not None else np.ones(bundle.history.nnz, np.bool_)
    sizes = np.diff(bundle.history.indptr)
    held = np.bincount(np.repeat(np.arange(len(sizes)), sizes), ~learnt, minlength=len(sizes))
    asked = np.flatnonzero(held if held.any() else sizes)
    some = asked[np.unique(np.linspace(0, len(asked) - 1, min(_PEOPLE, len(asked))).astype(np.int64))]
    chances: list[FloatArray] = []
    truth: list[FloatArray] = []
    listed = np.zeros(len(bundle.items))
    for user in some.tolist():
        own = slice(bundle.history.indptr[user], bundle.history.indptr[user + 1])
        items, stars, known = bundle.history.indices[own], bundle.history.data[own], learnt[own]
        heard = _heard(items[known], stars[known], len(bundle.items))
        if not known.all():
            found = heard.rate(bundle.scorer, items[~known].astype(np.int64))
            if found is not None and found.distribution is not None:
                chances.append(found.distribution.probability[0])
                truth.append(stars[~known])
        rows: IntArray = bundle.items.rows([line.item_id for line in model.recommender.recommend(heard, _LISTED)])
        listed[rows] += 1.0
    table = None
    if chances and isinstance(bundle.scorer, PredictsDistribution):
        predicted = RatingDistribution(bundle.scorer.levels, np.concatenate(chances))
        table = reliability(predicted, np.concatenate(truth), bundle.scale.liked_from)
    counts = model.recommender.popularity.counts
    order = np.argsort(-counts, kind="stable")
    shares = [_tenths(np.asarray(one, np.float64)[order]) for one in (counts, listed)]
    return CardEvidence(table, sum(map(len, truth)), len(some), *shares)


def _heard(items: IntArray, stars: FloatArray, n_items: int) -> WeightedHistory:
    return WeightedHistory.unweighted(single_row(stars, items, n_items))


def _tenths(values: FloatArray) -> list[float]:
    shares: list[float] = [float(part.sum() / max(values.sum(), 1e-9)) for part in np.array_split(values, _TENTHS)]
    return shares
