"""One report of several folds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from reelgraph.core import EvalReport, FloatArray, IntArray, Metric
from reelgraph.evaluation.bootstrap import QUADRATIC, summarise


def pool_folds(reports: Sequence[EvalReport], users: Sequence[IntArray]) -> tuple[EvalReport, IntArray]:
    """One report of all folds, in which every person counts once.

    A person's value is the mean over the folds that they have a value in, weighted where the metric is a mean over
    ratings. Figures of all people together, such as coverage, are means over the folds, without an interval.

    Args:
        reports: one a fold, of the same metrics.
        users: ``(n,)`` user rows of each fold, in the order of its per-user values.

    Returns:
        The report, and ``(n_people,)`` the user rows of its per-user values, ascending.

    Raises:
        ConfigError: a metric has no person that counts.
    """
    first, rows = reports[0], np.concatenate(list(users))
    people, person = np.unique(rows, return_inverse=True)
    per_user: dict[str, FloatArray] = {}
    weight: dict[str, FloatArray] = {}
    for name in first.per_user:
        values = np.concatenate([report.per_user[name] for report in reports])
        weights = np.concatenate([report.weight.get(name, np.ones(len(report.per_user[name]))) for report in reports])
        weights = np.where(np.isnan(values), 0.0, weights)
        amounts = np.where(weights > 0, values**2 if name in QUADRATIC else values, 0.0) * weights
        total = np.bincount(person, weights, len(people))
        mean = np.full(len(people), np.nan)
        np.divide(np.bincount(person, amounts, len(people)), total, out=mean, where=total > 0)
        per_user[name] = np.sqrt(mean) if name in QUADRATIC else mean
        if name in first.weight:
            weight[name] = total.astype(np.float64)
    figures = summarise(per_user, weight, first.seed)
    for name in first.summary:
        if name not in figures:
            mean_of_folds = float(np.mean([report.summary[name].mean for report in reports]))
            figures[name] = Metric(mean_of_folds, mean_of_folds, mean_of_folds)
    summary = {name: figures[name] for name in first.summary}
    pooled = dataclasses.replace(first, per_user=per_user, weight=weight, summary=summary, part_digest="")
    return pooled, people
