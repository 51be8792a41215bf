"""Reports as plain rows, for whoever prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelgraph.core import EvalReport


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
