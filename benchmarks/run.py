"""One model under one protocol, each seed in a process of its own."""

from __future__ import annotations

import dataclasses
import multiprocessing
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.accuracy.calibration import tables
from benchmarks.peers.handover import peak_mib
from benchmarks.recorded import Predictions
from benchmarks.results import commit
from benchmarks.stored_runs import RunKey, RunStore, StoredRun, code_digest
from reelgraph.bundle import installed_versions
from reelgraph.cli.output import progress_bar
from reelgraph.core import EvalReport, Model
from reelgraph.evaluation import DISTRIBUTION, PreparedData, Protocol, protocol_named
from reelgraph.pipeline import EvaluatedModel, fit_context, plausibility_warnings, prepare
from reelgraph.recommend import Order

Row = dict[str, Any]


def run_model(
    protocol: str,
    model: Model,
    data: Path,
    seeds: int,
    *,
    join_valid: bool = False,
    store: RunStore | None = None,
    order: Order = "watch",
    with_liked: bool = False,
) -> Row:
    """The row of the contract: metrics, seconds, memory, seeds, data, versions; and what is for the caller alone.

    That is ``warnings``, for people; ``reports``, one a seed, for pairing with other models; and ``n_stored``, the
    number of seeds that were not fitted again.

    Args:
        protocol: its name.
        model: settings fixed before the test part is read.
        data: folder of the data sets.
        seeds: how many; seed s drives split and fit.
        join_valid: fit on train and validation together; for models that choose nothing on validation.
        store: fits that need not be made again, and where new ones go; None for neither.
        order: of the lists that are measured, see `reelgraph.recommend.list_order`.
        with_liked: the order of liking will be asked for too. Where people have a list for each target, it is not made
            otherwise, for it takes the stars of many movies for each list.
    """
    context = multiprocessing.get_context("spawn")  # a fresh process: its peak memory is this fit's own
    reports: list[EvalReport] = []
    facts: list[Mapping[str, Any]] = []
    for seed in range(seeds):
        with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
            report, fact = pool.submit(_run, protocol, model, data, seed, join_valid, store, order, with_liked).result()
        reports.append(report)
        facts.append(fact)
    return {**row_of(protocol, model.name, reports, facts), "versions": facts[-1]["versions"]}


def row_of(protocol: str, model: str, reports: Sequence[EvalReport], facts: Sequence[Mapping[str, Any]]) -> Row:
    """A row of means over the seeds.

    Args:
        protocol: its name.
        model: the name to show.
        reports: one a seed.
        facts: one a seed, see `StoredRun`.
    """

    def mean(name: str) -> float:
        return round(statistics.mean(float(fact[name]) for fact in facts), 3)

    first = facts[0]
    row: Row = {
        "protocol": protocol,
        "model": model,
        "metrics": mean_over_seeds(reports),
        **{name: mean(name) for name in ("fit_seconds", "score_seconds", "prepare_seconds") if name in first},
        "peak_mib": round(max(fact["peak_mib"] for fact in facts), 1),
        "seeds": len(reports),
        **{name: first[name] for name in ("fitted_on", "settings", "data", "data_sha256", "versions") if name in first},
        "reports": list(reports),
        "warnings": tuple(dict.fromkeys(line for fact in facts for line in fact.get("warnings", ()))),
        "n_stored": sum(bool(fact.get("is_stored")) for fact in facts),
    }
    fit_commits = {fact["commit"] for fact in facts}
    if row["n_stored"] and fit_commits != {commit(Path(__file__).parent)}:
        row["fit_commit"] = ", ".join(sorted(fit_commits))
    return row if first.get("calibration") is None else {**row, "calibration": first["calibration"]}


def key_of(protocol: str, model: Model, data_sha256: str, seed: int, *, join_valid: bool) -> RunKey:
    """What a fit of one of our models depends on."""
    settings = dataclasses.asdict(model)  # type: ignore[call-overload]
    fitted_on = "train+valid" if join_valid else "train"
    return RunKey(protocol, model.name, settings, data_sha256, fitted_on, seed, code_digest())


def _run(
    protocol_name: str,
    model: Model,
    data: Path,
    seed: int,
    join_valid: bool,
    store: RunStore | None,
    order: Order = "watch",
    with_liked: bool = False,
) -> tuple[EvalReport, dict[str, Any]]:
    protocol = protocol_named(protocol_name)
    prepared = prepare(protocol, data, seed, join_valid=join_valid)
    key = key_of(protocol.name, model, prepared.dataset.sha256, seed, join_valid=join_valid)
    run = None if store is None else store.find(key)
    with_liked |= order == "liked"
    if run is not None and with_liked and prepared.split.test.grows and run.predictions.liked is None:
        run = None
    is_stored = run is not None
    if run is None:
        run = _fit(protocol, prepared, model, key, with_liked=with_liked or not prepared.split.test.grows)
    elif store is not None and store.reuse == "any-code":
        run = dataclasses.replace(run, report=run.predictions.measure(protocol, prepared))
    if store is not None and not (is_stored and store.reuse == "same-code"):
        store.save(key, run)
    report = run.report if order == "watch" else run.predictions.measure(protocol, prepared, order)
    return report, {**run.facts, "is_stored": is_stored}


def _fit(protocol: Protocol, prepared: PreparedData, model: Model, key: RunKey, *, with_liked: bool) -> StoredRun:
    with progress_bar(sys.stderr.isatty()) as progress:
        context = fit_context(prepared.dataset, prepared.split, seed=key.seed, progress=progress)
        fit = model.fit(prepared.split.train, context)
    started = time.perf_counter()
    predictions = Predictions.of_scorer(fit.scorer, protocol, prepared, with_liked=with_liked)
    report = predictions.measure(protocol, prepared)
    measured = EvaluatedModel(model, fit, report, time.perf_counter() - started)
    facts = {
        "fit_seconds": round(fit.seconds, 3),
        "score_seconds": round(measured.score_seconds, 3),
        "peak_mib": round(peak_mib(), 1),
        "fitted_on": key.fitted_on,
        "data": prepared.dataset.name,
        "data_sha256": key.data_sha256,
        "versions": installed_versions(),
        "commit": commit(Path(__file__).parent),
        "warnings": plausibility_warnings(protocol, prepared, measured),  # after the peak was read
    }
    scale = prepared.split.train.scale
    if key.seed == 0 and scale is not None and any(name in DISTRIBUTION for name in protocol.metrics):
        facts["calibration"] = tables(fit.scorer, prepared.split.test, scale)
    return StoredRun(predictions, report, facts)


def mean_over_seeds(reports: Sequence[EvalReport]) -> dict[str, dict[str, float]]:
    """Means over the seeds of each figure and of both ends of its interval (over people)."""
    return {
        metric: {
            end: round(statistics.mean(getattr(report[metric], end) for report in reports), 6)
            for end in ("mean", "low", "high")
        }
        for metric in reports[0]
    }
