"""What re-ranking costs in accuracy and what it gains, measured at several weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np

from reelgraph.core import EvalPart, EvalReport, FloatArray, Interactions, Matrix, Metric, Scorer, TopK
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import evaluate, paired
from reelgraph.evaluation.bootstrap import summarise
from reelgraph.evaluation.ranked_lists import rank_all
from reelgraph.recommend.rerank.options import RerankOptions, blend_scores, niche_values, rating_std
from reelgraph.recommend.rerank.rerankers import calibrated, mmr, pool_size

RerankOption = Literal["diversity", "calibration", "niche", "bold"]
UNIT_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SIGNED_WEIGHTS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
METRICS = ("ndcg", "recall", "diversity", "miscalibration", "popularity_lift", "coverage")


@dataclass(frozen=True)
class TradeoffPoint:
    """The metrics at one weight.

    Args:
        weight: from 0 to 1, or from -1 to 1.
        report: with the metrics of `METRICS`; for ``bold`` also ``spread``, the mean standard deviation of the
            predicted stars of the list, and for the listed items among the targets the mean stars ``hit_stars`` and
            the share ``hit_low`` of ratings in the lower half of the scale.
        difference: metric -> the paired difference to weight 0, over the people who have a value at both; metrics
            of all lists together are not included.
    """

    weight: float
    report: EvalReport
    difference: Mapping[str, Metric]


def measure_tradeoff(
    scorer: Scorer,
    part: EvalPart,
    genres: Matrix,
    option: RerankOption,
    *,
    weights: Sequence[float] | None = None,
    k: int = 10,
    train: Interactions | None = None,
    relevant_from: float | None = None,
    seed: int = 0,
) -> tuple[TradeoffPoint, ...]:
    """Measure lists re-ranked at each weight, and the lists as the model ranks them.

    Args:
        scorer: a fitted model.
        part: the people; the validation part if the weight is to be chosen.
        genres: ``(n_items, n_genres)`` 0/1 CSR.
        option: a field of `RerankOptions`.
        weights: 0 is always measured first. None for tenths, or quarters from -1 to 1.
        k: length of the lists.
        train: training data, see `evaluate`; needed for ``niche``.
        relevant_from: stars from which a target item is relevant; None for all.
        seed: seed of the bootstrap.

    Raises:
        ConfigError: ``option`` is unknown, a weight is not in its range, or there are no genres.
        CapabilityError: ``option`` is ``bold`` and the model predicts no distribution of the stars.

    Cost: one ranking of all items, and for each weight one re-ranking and one evaluation; for ``bold`` also the
    predicted distributions of every person's candidates.
    """
    if option not in get_args(RerankOption):
        raise ConfigError.unknown(option, get_args(RerankOption), "way to re-rank")
    if weights is None:
        weights = SIGNED_WEIGHTS if option in ("niche", "bold") else UNIT_WEIGHTS
    for weight in weights:
        RerankOptions(**{option: weight})  # refuses it before the work
    pool = rank_all(scorer, part, pool_size(k))
    std = rating_std(scorer, part.history, pool) if option == "bold" else None
    rerank_lists = _reranker(pool, k, part, genres, option, train, std)
    measure = partial(
        evaluate, scorer, part, k, metrics=METRICS, genres=genres, train=train, relevant_from=relevant_from, seed=seed
    )
    points: list[TradeoffPoint] = []
    for weight in (0.0, *(weight for weight in weights if weight)):
        lists = rerank_lists(weight)
        report = measure(lists=lists, protocol=f"re-ranked for {option} {weight:g}")
        if std is not None:
            report = _with_rating_metrics(report, lists, pool, std, part, k)
        baseline = points[0].report if points else report
        points.append(TradeoffPoint(weight, report, _paired_differences(report, baseline)))
    return tuple(points)


def _reranker(
    pool: TopK,
    k: int,
    part: EvalPart,
    genres: Matrix,
    option: RerankOption,
    train: Interactions | None,
    std: FloatArray | None,
) -> Callable[[float], TopK]:
    """The function from a weight to the lists."""
    if option == "diversity":
        return lambda weight: mmr(pool, k, genres, weight)
    if option == "calibration":
        return lambda weight: calibrated(pool, k, part.history, genres, weight)
    if std is not None:
        return lambda weight: _first_k(blend_scores(pool, np.sign(weight) * std, abs(weight)), k)
    if train is None:
        raise ConfigError("niche", "needs the training ratings, which say how popular a movie is")
    n_ratings = np.bincount(train.item_row, minlength=train.n_items)
    return lambda weight: _first_k(blend_scores(pool, niche_values(pool, n_ratings, weight), abs(weight)), k)


def _first_k(lists: TopK, k: int) -> TopK:
    return TopK(lists.items[:, :k].copy(), lists.scores[:, :k].copy())


def _with_rating_metrics(
    report: EvalReport, lists: TopK, pool: TopK, std: FloatArray, part: EvalPart, k: int
) -> EvalReport:
    """The report with the standard deviation of the predicted stars and the true stars of the hits."""
    people = np.arange(len(lists.items))[:, None]
    is_item = lists.items >= 0
    item_std = np.zeros(part.target.shape, np.float32)
    item_std[people, np.maximum(pool.items, 0)] = np.where(pool.items >= 0, std, 0.0)
    stars = part.target.toarray()[people, np.maximum(lists.items, 0)]
    is_hit, middle = is_item & (stars > 0), (part.target.data.min() + part.target.data.max()) / 2
    columns = {
        "spread": (item_std[people, np.maximum(lists.items, 0)], is_item),
        "hit_stars": (stars, is_hit),
        "hit_low": (stars < middle, is_hit),
    }
    per_user = {}
    for name, (values, is_counted) in columns.items():
        count = is_counted.sum(axis=1)
        total = np.where(is_counted, values, 0.0).sum(axis=1, dtype=np.float64)
        if count.any():
            per_user[f"{name}@{k}"] = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return dataclasses.replace(
        report,
        per_user={**report.per_user, **per_user},
        summary={**report.summary, **summarise(per_user, {}, report.seed)},
    )


def _paired_differences(report: EvalReport, baseline: EvalReport) -> dict[str, Metric]:
    """`paired`, over the people who have a value in both: a list of items without genres has no diversity."""
    differences = {}
    for name in (name for name in report.per_user if name in baseline.per_user):
        is_defined = ~np.isnan(report.per_user[name]) & ~np.isnan(baseline.per_user[name])
        after, before = (
            dataclasses.replace(each, per_user={name: np.where(is_defined, each.per_user[name], np.nan)})
            for each in (report, baseline)
        )
        if is_defined.any():
            differences[name] = paired(after, before, name)
    return differences
