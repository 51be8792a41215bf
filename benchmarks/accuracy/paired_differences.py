"""Paired differences: the first model named against every other one and every peer, on the same people."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.results import figure, star
from reelgraph.core import EvalReport
from reelgraph.evaluation import paired

_SHOWN = (
    "ndcg@10",
    "ndcg_liked@10",
    "disliked@10",
    "recall@10",
    "ndcg_all@10",
    "rmse",
    "mse",
    "precision_rated@10",
    "recall_rated@10",
)

Row = dict[str, Any]


def pair(rows: Sequence[Row], reports: Mapping[str, Sequence[EvalReport]]) -> None:
    """Put ``first_minus_this`` into every row but the first: metric -> mean difference and its 95 % interval.

    Args:
        rows: of one protocol and data set; changed.
        reports: model name -> its reports, one a seed; a row without any is left as it is.

    Raises:
        ConfigError: two reports are not of the same people.

    Means over the seeds, of the differences and of both ends of their intervals (over people).
    """
    named = [row for row in rows if reports.get(row["model"])]
    for row in named[1:]:
        first = named[0]["model"]
        found: dict[str, Any] = {"first": first}
        shared = [m for m in reports[first][0].per_user if m in reports[row["model"]][0].per_user]
        for metric in shared:
            seeds = [
                paired(one, other, metric) for one, other in zip(reports[first], reports[row["model"]], strict=True)
            ]
            found[metric] = {
                end: round(statistics.mean(getattr(one, end) for one in seeds), 6) for end in ("mean", "low", "high")
            }
        row["first_minus_this"] = found


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[object]]]:
    """Columns and lines for people; a star marks an interval without 0. No lines where nothing was paired."""
    with_pairs = [row for row in rows if len(row.get("first_minus_this", ())) > 1]
    metrics = [name for name in _SHOWN if any(name in row["first_minus_this"] for row in with_pairs)]
    lines: list[list[object]] = []
    for row in with_pairs:
        differences = [row["first_minus_this"].get(name) for name in metrics]
        marked = [f"{figure(one)}{star(one)}" for one in differences]
        lines.append([f"{row['first_minus_this']['first']} - {row['model']}", *marked])
    return ["difference", *metrics], lines
