"""Calibration of predicted stars: kept beside the figures, and drawn from there.

``python -m benchmarks.accuracy.calibration`` draws docs/pictures/reliability-PROTOCOL.png from the newest figures of
each protocol in results.jsonl.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph import plots
from reelgraph.core import EvalPart, PredictsDistribution, PredictsRating, RatingScale, Scorer
from reelgraph.evaluation import Reliability, pit, reliability, target_predictions

_SHOWN = (("ml-100k-u1", "bayes-gcn"), ("ml-1m-90-10", "bayes-gcn"))


def tables(scorer: Scorer, part: EvalPart, scale: RatingScale) -> dict[str, Any] | None:
    """JSON-ready reliability and PIT tables of a fitted model's predictions; None where it gives no distribution."""
    if not (isinstance(scorer, PredictsRating) and isinstance(scorer, PredictsDistribution)):
        return None
    predicted = target_predictions(scorer, part, scale)
    if predicted.distribution is None:
        return None
    true = part.target.data
    table = dataclasses.asdict(reliability(predicted.distribution, true))
    shares = pit(predicted.distribution, true).round(6).tolist()
    return {"reliability": {name: _plain(value) for name, value in table.items()}, "pit": shares}


def _plain(value: Any) -> Any:
    """Lists of numbers, None for NaN (an empty bin), which JSON does not know."""
    if not isinstance(value, np.ndarray):
        return value
    return [None if np.isnan(one) else round(float(one), 6) for one in value]


def draw(results: Path, folder: Path) -> list[Path]:
    """Draw the newest reliability table of each protocol shown in the docs.

    Args:
        results: ``results.jsonl``.
        folder: where the pictures go.

    Returns:
        The pictures written.
    """
    from notebooks.pictures import small_png_of

    newest: dict[str, dict[str, Any]] = {}
    for row in map(json.loads, results.read_text(encoding="utf-8").splitlines()):
        if (row["protocol"], row["model"]) in _SHOWN and row.get("calibration"):
            newest[row["protocol"]] = row["calibration"]["reliability"]
    written = []
    for protocol, kept in newest.items():
        arrays = {name: np.array(values, np.float64) for name, values in kept.items() if name not in ("stars", "count")}
        table = Reliability(stars=kept["stars"], count=np.array(kept["count"], np.int64), **arrays)
        path = folder / f"reliability-{protocol}.png"
        path.write_bytes(small_png_of(plots.reliability(table)))
        written.append(path)
    return written


if __name__ == "__main__":
    for picture in draw(Path(__file__).parents[1] / "results.jsonl", Path(__file__).parents[2] / "docs" / "pictures"):
        print(picture)
