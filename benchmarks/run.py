"""One model under one protocol, in a process of its own."""

from __future__ import annotations

import multiprocessing
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.accuracy.calibration import tables
from benchmarks.peers.handover import peak_mib
from reelgraph.bundle import installed_versions
from reelgraph.cli.output import progress_bar
from reelgraph.core import EvalReport, Model, require_scale
from reelgraph.evaluation import DISTRIBUTION, PROTOCOLS
from reelgraph.pipeline import plausibility_warnings, prepare, run_protocol

Row = dict[str, Any]


def run_model(protocol: str, model: Model, data: Path, seeds: int, *, join_valid: bool = False) -> Row:
    """The row of the contract: metrics, seconds, memory, seeds, data, versions; also ``warnings`` and ``reports``.

    ``warnings`` are for people; ``reports``, one a seed, are for pairing with other models.

    Args:
        protocol: its name.
        model: settings fixed before the test part is read.
        data: folder of the data sets.
        seeds: how many; seed s drives split and fit.
        join_valid: fit on train and validation together; for models that choose nothing on validation.
    """
    context = multiprocessing.get_context("spawn")  # a fresh process: its peak memory is this model's own
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(_run, protocol, model, data, seeds, join_valid).result()


def _run(protocol: str, model: Model, data: Path, seeds: int, join_valid: bool) -> Row:
    measured, sha256, calibration = [], "", None
    for seed in range(seeds):
        prepared = prepare(PROTOCOLS[protocol], data, seed, join_valid=join_valid)
        sha256 = prepared.dataset.sha256
        with progress_bar(sys.stderr.isatty()) as progress:
            measured.append(run_protocol(PROTOCOLS[protocol], prepared, model, seed, progress))
        if seed == 0 and any(name in DISTRIBUTION for name in PROTOCOLS[protocol].metrics):
            parts = prepared.split
            calibration = tables(
                measured[0].fit.scorer, parts.test, require_scale(parts.train.scale, "the calibration")
            )
    row: Row = {
        "protocol": protocol,
        "model": model.name,
        "metrics": mean_over_seeds([one.report for one in measured]),
        "fit_seconds": round(statistics.mean(one.fit.seconds for one in measured), 3),
        "score_seconds": round(statistics.mean(one.score_seconds for one in measured), 3),
        "peak_mib": round(peak_mib(), 1),
        "seeds": seeds,
        "fitted_on": "train+valid" if join_valid else "train",
        "data": prepared.dataset.name,
        "data_sha256": sha256,
        "versions": installed_versions(),
    }
    row["reports"] = [one.report for one in measured]
    row["warnings"] = plausibility_warnings(PROTOCOLS[protocol], prepared, measured[-1])  # after the peak was read
    return row if calibration is None else {**row, "calibration": calibration}


def mean_over_seeds(reports: Sequence[EvalReport]) -> dict[str, dict[str, float]]:
    """Means over the seeds of each figure and of both ends of its interval (over people)."""
    return {
        metric: {
            end: round(statistics.mean(getattr(report[metric], end) for report in reports), 6)
            for end in ("mean", "low", "high")
        }
        for metric in reports[0]
    }
