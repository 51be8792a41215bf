"""Our models and the peers of one command, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.run import Row

COLUMNS = ("peer", "ours", "metric", "peer - ours", "fit seconds, peer / ours", "ours to its rmse / its fit")
_METRICS = ("rmse", "ndcg@10")


def ratios(ours: Sequence[Row], peers: Sequence[Row]) -> list[list[object]]:
    """One line for each peer and each of our models that was measured alike; the columns are `COLUMNS`."""
    return [
        [
            peer["model"],
            own["model"],
            metric,
            f"{_mean(peer, metric) - _mean(own, metric):+.4f}",
            _times(peer["fit_seconds"], own["fit_seconds"]),
            _times(own.get("seconds_to", {}).get(peer["model"]), peer["fit_seconds"]),
        ]
        for peer in peers
        for own in ours
        for metric in _METRICS
        if metric in peer["metrics"] and metric in own["metrics"]
    ]


def _times(one: float | None, other: float) -> str:
    return f"{one / other:.2g}" if one is not None and other > 0 else "-"  # a fit may round to no time


def _mean(row: Row, metric: str) -> float:
    return float(row["metrics"][metric]["mean"])
