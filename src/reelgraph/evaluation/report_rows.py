"""Reports as plain rows, for whoever prints or stores them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reelgraph.core import AnyArray, EvalReport


def as_rows(reports: Mapping[str, EvalReport]) -> list[dict[str, Any]]:
    """One JSON-ready row for each model.

    Args:
        reports: model name -> report.

    Returns:
        ``{"model": name, "metrics": {metric: {"mean", "low", "high"}}, "protocol": text, "seed": seed}``, in the order
        given, and ``"notes"`` where the report has some.
    """
    return [
        {
            "model": name,
            "metrics": {key: {"mean": f.mean, "low": f.low, "high": f.high} for key, f in report.summary.items()},
            "protocol": report.protocol,
            "seed": report.seed,
            **({"notes": list(report.notes)} if report.notes else {}),
        }
        for name, report in reports.items()
    ]


def per_user_rows(report: EvalReport, user_ids: AnyArray) -> dict[str, AnyArray]:
    """The values of a report for each person: one row a person and metric, as columns.

    Args:
        report: with values for each person.
        user_ids: ``(n_users,)`` external ids, in the order of the values: ``split.train.users.ids[part.users]``.

    Returns:
        ``user_id``, ``metric``, ``value`` (NaN where the metric is undefined for the person) and ``weight``, with which
        the value counts in the mean (of ``rmse``, its square). Metrics of all people together have no rows.
    """
    n, names = len(user_ids), list(report.per_user)
    ones = np.ones(n)
    return {
        "user_id": np.tile(user_ids, len(names)),
        "metric": np.repeat(np.array(names, np.str_), n),
        "value": np.concatenate([np.empty(0), *(report.per_user[name] for name in names)]),
        "weight": np.concatenate([np.empty(0), *(report.weight.get(name, ones) for name in names)]),
    }
