"""What a re-ranker costs in accuracy and what it buys: the figures along its dial, on one part."""

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
from reelgraph.evaluation.full_ranking import rank_all
from reelgraph.recommend.rerank.options import RerankOptions, blend_scores, niche_values, rating_std
from reelgraph.recommend.rerank.rerankers import calibrated, mmr, pool_size

RerankOption = Literal["diversity", "calibration", "niche", "bold"]
UNIT_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SIGNED_WEIGHTS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
METRICS = ("ndcg", "recall", "diversity", "miscalibration", "popularity_lift", "coverage")


@dataclass(frozen=True)
class TradeoffPoint:
    """The figures at one place of the dial.

    Args:
        dial: from 0 to 1, or from -1 to 1.
        report: with the metrics of `METRICS`; for ``bold`` also ``spread``, the mean predicted spread of the list, and,
            of the listed movies that are among the targets, the mean stars ``hit_stars`` and the share ``hit_low`` of
            ratings in the lower half of the scale.
        difference: metric -> the paired difference to the dial at 0, over the people who have a value at both; metrics
            of all lists together are not in it.
    """

    dial: float
    report: EvalReport
    difference: Mapping[str, Metric]


def measure_tradeoff(
    scorer: Scorer,
    part: EvalPart,
    genres: Matrix,
    by: RerankOption,
    *,
    dials: Sequence[float] | None = None,
    k: int = 10,
    train: Interactions | None = None,
    relevant_from: float | None = None,
    seed: int = 0,
) -> tuple[TradeoffPoint, ...]:
    """Measure lists re-ranked at each place of a dial, beside the lists as they are.

    Args:
        scorer: a bundle model.
        part: the people; the validation part, where the dial is to be chosen.
        genres: ``(n_items, n_genres)`` 0/1 CSR.
        by: ``diversity`` for `rerank.mmr`, ``calibration`` for `rerank.calibrated`, ``niche`` and ``bold`` as in
            `RerankOptions`.
        dials: places; 0 is measured first whether it is among them or not. None for tenths, or quarters both ways.
        k: length of the lists.
        train: what the scorer learnt from, see `evaluate`; needed for ``niche``.
        relevant_from: stars from which a target item is relevant; None for all.
        seed: seed of the bootstrap.

    Raises:
        ConfigError: ``by`` is unknown, a dial is not in its range, or there are no genres.
        CapabilityError: ``bold`` is asked of a model without a distribution of the stars.

    Cost: one ranking of all items, and for each dial one re-ranking and one measuring; for ``bold`` also the predicted
    distributions of every person's candidates.
    """
    if by not in get_args(RerankOption):
        raise ConfigError.unknown(by, get_args(RerankOption))
    places = dials if dials is not None else SIGNED_WEIGHTS if by in ("niche", "bold") else UNIT_WEIGHTS
    for place in places:
        RerankOptions(**{by: place})  # refused before the work
    pool = rank_all(scorer, part, pool_size(k))
    spread = rating_std(scorer, part.history, pool) if by == "bold" else None
    turned = _turned(pool, k, part, genres, by, train, spread)
    measure = partial(
        evaluate, scorer, part, k, metrics=METRICS, genres=genres, train=train, relevant_from=relevant_from, seed=seed
    )
    points: list[TradeoffPoint] = []
    for dial in (0.0, *(dial for dial in places if dial)):
        lists = turned(dial)
        report = measure(lists=lists, protocol=f"re-ranked for {by} {dial:g}")
        if spread is not None:
            report = _with_stars(report, lists, pool, spread, part, k)
        plain = points[0].report if points else report
        points.append(TradeoffPoint(dial, report, _changes(report, plain)))
    return tuple(points)


def _turned(
    pool: TopK,
    k: int,
    part: EvalPart,
    genres: Matrix,
    by: RerankOption,
    train: Interactions | None,
    spread: FloatArray | None,
) -> Callable[[float], TopK]:
    """From a place of the dial to the lists."""
    if by == "diversity":
        return lambda dial: mmr(pool, k, genres, dial)
    if by == "calibration":
        return lambda dial: calibrated(pool, k, part.history, genres, dial)
    if spread is not None:
        return lambda dial: _first(blend_scores(pool, np.sign(dial) * spread, abs(dial)), k)
    if train is None:
        raise ConfigError("niche", "needs the training ratings, which say how popular a movie is")
    viewers = np.bincount(train.item_row, minlength=train.n_items)
    return lambda dial: _first(blend_scores(pool, niche_values(pool, viewers, dial), abs(dial)), k)


def _first(lists: TopK, k: int) -> TopK:
    return TopK(lists.items[:, :k].copy(), lists.scores[:, :k].copy())


def _with_stars(report: EvalReport, lists: TopK, pool: TopK, spread: FloatArray, part: EvalPart, k: int) -> EvalReport:
    """The report with the predicted spread of the lists and the true stars of the hits, see `TradeoffPoint`."""
    people = np.arange(len(lists.items))[:, None]
    there = lists.items >= 0
    known = np.zeros(part.target.shape, np.float32)
    known[people, np.maximum(pool.items, 0)] = np.where(pool.items >= 0, spread, 0.0)
    stars = part.target.toarray()[people, np.maximum(lists.items, 0)]
    rated, low = there & (stars > 0), (part.target.data.min() + part.target.data.max()) / 2
    columns = {
        "spread": (known[people, np.maximum(lists.items, 0)], there),
        "hit_stars": (stars, rated),
        "hit_low": (stars < low, rated),
    }
    added = {}
    for name, (values, counted) in columns.items():
        number = counted.sum(axis=1)
        total = np.where(counted, values, 0.0).sum(axis=1, dtype=np.float64)
        if number.any():
            added[f"{name}@{k}"] = np.divide(total, number, out=np.full(len(total), np.nan), where=number > 0)
    return dataclasses.replace(
        report,
        per_user={**report.per_user, **added},
        summary={**report.summary, **summarise(added, {}, report.seed)},
    )


def _changes(one: EvalReport, other: EvalReport) -> dict[str, Metric]:
    """`paired`, over those who have a value in both: a list of movies without genres has no diversity, say."""
    found = {}
    for name in (name for name in one.per_user if name in other.per_user):
        told = ~np.isnan(one.per_user[name]) & ~np.isnan(other.per_user[name])
        now, before = (
            dataclasses.replace(report, per_user={name: np.where(told, report.per_user[name], np.nan)})
            for report in (one, other)
        )
        if told.any():
            found[name] = paired(now, before, name)
    return found
