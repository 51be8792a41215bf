"""Means over the five folds of ML-100K.

``python -m benchmarks.accuracy.folds`` reads results.jsonl, takes the newest figures of each model in each fold, and
prints one JSON object a model: RMSE in u1 to u5 and their mean, for the models that were measured in all five.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FOLDS = tuple(f"ml-100k-u{n}" for n in range(1, 6))


def means(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The RMSE of each model in each fold and their mean, best first.

    Args:
        rows: of results.jsonl, oldest first.
    """
    newest: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        if row["protocol"] in FOLDS and "rmse" in row["metrics"]:
            newest.setdefault(row["model"], {})[row["protocol"]] = row
    out = []
    for model, found in newest.items():
        if len(found) == len(FOLDS):
            errors = {fold: found[fold]["metrics"]["rmse"]["mean"] for fold in FOLDS}
            commits = sorted({found[fold]["commit"] for fold in FOLDS})
            mean = round(statistics.mean(errors.values()), 6)
            out.append({"model": model, "rmse": errors, "mean": mean, "commits": commits})
    return sorted(out, key=lambda one: one["mean"])


if __name__ == "__main__":
    with (Path(__file__).parents[1] / "results.jsonl").open(encoding="utf-8") as file:
        for one in means(map(json.loads, file)):
            print(json.dumps(one))
