"""What a re-ranker costs in accuracy and what it buys: the figures along its dial, on one part."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from reelgraph.errors import ConfigError
from reelgraph.evaluation import evaluate, paired
from reelgraph.evaluation.ranking import rank_all
from reelgraph.recommend.rerank import calibrated, mmr, pool_size
from reelgraph.types import EvalPart, EvalReport, Interactions, Matrix, Metric, Scorer

Dial = Literal["diversity", "calibration"]
DIALS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
METRICS = ("ndcg", "recall", "diversity", "miscalibration", "popularity_lift", "coverage")


@dataclass(frozen=True)
class PricePoint:
    """The figures at one place of the dial.

    Args:
        dial: from 0 to 1.
        report: with the metrics of `METRICS`.
        difference: metric -> the paired difference to the dial at 0, over the people who have a value at both; metrics
            of all lists together are not in it.
    """

    dial: float
    report: EvalReport
    difference: Mapping[str, Metric]


def price(
    scorer: Scorer,
    part: EvalPart,
    genres: Matrix,
    by: Dial,
    *,
    dials: Sequence[float] = DIALS,
    k: int = 10,
    train: Interactions | None = None,
    relevant_from: float | None = None,
    seed: int = 0,
) -> tuple[PricePoint, ...]:
    """Measure lists re-ranked by genre at each place of a dial, beside the lists as they are.

    Args:
        scorer: a fitted model.
        part: the people; the validation part, where the dial is to be chosen.
        genres: ``(n_items, n_genres)`` 0/1 CSR.
        by: ``diversity`` for `rerank.mmr`, ``calibration`` for `rerank.calibrated`.
        dials: places; 0 is measured first whether it is among them or not.
        k: length of the lists.
        train: what the scorer learnt from, see `evaluate`.
        relevant_from: stars from which a target item is relevant; None for all.
        seed: seed of the bootstrap.

    Raises:
        ConfigError: ``by`` is unknown, a dial is not in [0, 1], or there are no genres.

    Cost: one ranking of all items, and for each dial one re-ranking and one measuring.
    """
    if by not in ("diversity", "calibration"):
        raise ConfigError.unknown(by, ("diversity", "calibration"))
    pool = rank_all(scorer, part, pool_size(k))
    measure = partial(
        evaluate, scorer, part, k, metrics=METRICS, genres=genres, train=train, relevant_from=relevant_from, seed=seed
    )
    points: list[PricePoint] = []
    for dial in (0.0, *(dial for dial in dials if dial)):
        lists = mmr(pool, k, genres, dial) if by == "diversity" else calibrated(pool, k, part.history, genres, dial)
        report = measure(lists=lists, protocol=f"re-ranked for {by} {dial:g}")
        plain = points[0].report if points else report
        points.append(PricePoint(dial, report, {name: _change(report, plain, name) for name in report.per_user}))
    return tuple(points)


def _change(one: EvalReport, other: EvalReport, name: str) -> Metric:
    """`paired`, over those who have a value in both: a list of movies without genres has no diversity, say."""
    told = ~np.isnan(one.per_user[name]) & ~np.isnan(other.per_user[name])
    now, before = (
        dataclasses.replace(report, per_user={name: np.where(told, report.per_user[name], np.nan)})
        for report in (one, other)
    )
    return paired(now, before, name)
