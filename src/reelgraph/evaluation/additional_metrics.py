"""Figures beside those of a report: among all items, of the first days, as means over people."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from reelgraph.core import EvalPart, EvalReport, FloatArray, IntArray, Matrix, Metric
from reelgraph.core.display import counted
from reelgraph.evaluation.bootstrap import summarise
from reelgraph.evaluation.full_ranking import RankedHits, hits_in
from reelgraph.evaluation.metrics.tied_hits import TiedHits

_OF_PEOPLE = ("ndcg", "hit", "mrr")


def with_all_items(report: EvalReport, all_items: EvalReport) -> EvalReport:
    """The report, with the figures over all unseen items beside it as ``ndcg_all@10`` and so on."""
    return _with(report, all_items.per_user, {}, all_items.summary, _suffix("all"), "*_all: all unseen items ranked")


def with_first_days(report: EvalReport, early: EvalReport, rows: IntArray, days: int) -> EvalReport:
    """The report, with the figures of the first days beside it as ``ndcg_30d@10`` and so on.

    Args:
        report: of all people.
        early: of the people who have a target in these days.
        rows: ``(n,)`` their rows in the report.
        days: how many.
    """
    n = max((len(values) for values in report.per_user.values()), default=0)
    per_user = {}
    for label, values in early.per_user.items():
        per_user[label] = np.full(n, np.nan)
        per_user[label][rows] = values
    text = (
        f"*_{days}d: targets of the first {days} days after the cut, of "
        f"the {counted(len(rows), 'person')} with such a target"
    )
    return _with(report, per_user, {}, early.summary, _suffix(f"{days}d"), text)


def with_means_over_people(report: EvalReport) -> EvalReport:
    """The report of means over targets, with means over people beside it as ``ndcg_people@10`` and so on."""
    per_user = {label: values for label, values in report.per_user.items() if label.partition("@")[0] in _OF_PEOPLE}
    summary = summarise(per_user, {}, report.seed)
    return _with(report, per_user, {}, summary, _suffix("people"), "*_people: means over people")


def targets_before(part: EvalPart, end: int) -> tuple[IntArray, EvalPart]:
    """The people with a target before a time, and the part with only these targets.

    Args:
        part: with times.
        end: Unix seconds.

    Returns:
        ``(n,)`` rows, and the part of them.
    """
    assert part.target_time is not None
    is_early = part.target_time.data < end

    def early(matrix: Matrix) -> Matrix:
        indptr = np.concatenate([[0], np.cumsum(is_early)])[matrix.indptr]
        return Matrix((matrix.data[is_early], matrix.indices[is_early], indptr), shape=matrix.shape)

    position = part.target_position
    whole = dataclasses.replace(
        part,
        target=early(part.target),
        target_time=early(part.target_time),
        target_position=None if position is None else early(position),
    )
    rows = np.flatnonzero(np.diff(whole.target.indptr))
    return rows, whole.take(rows)


def with_hits_in(ranked: RankedHits, relevant: Matrix) -> RankedHits:
    """Lists with the hits of other relevant items; equal scores are those within the lists."""
    return RankedHits(ranked.lists, TiedHits.of_lists(ranked.lists.scores, hits_in(ranked.lists.items, relevant)))


def _suffix(suffix: str) -> Callable[[str], str]:
    return lambda label: "@".join([f"{label.partition('@')[0]}_{suffix}", *label.split("@")[1:]])


def _with(
    report: EvalReport,
    per_user: Mapping[str, FloatArray],
    weight: Mapping[str, FloatArray],
    summary: Mapping[str, Metric],
    renamed: Callable[[str], str],
    text: str,
) -> EvalReport:
    return dataclasses.replace(
        report,
        per_user={**report.per_user, **{renamed(label): values for label, values in per_user.items()}},
        weight={**report.weight, **{renamed(label): values for label, values in weight.items()}},
        summary={**report.summary, **{renamed(label): metric for label, metric in summary.items()}},
        protocol=f"{report.protocol}; {text}",
    )
