"""CPU seconds and peak memory of graph-filter on a large catalogue, and its lists beside the ranking ceiling.

``python -m benchmarks.scale.filter_cost --data DIR [--head 16000]`` splits a data set per person (a tenth held back for
validation, none for test), then fits the form ``head``, with the default settings as given and with settings chosen on
the validation part. Each fit runs in a process of its own, whose peak includes reading and splitting. NDCG@10 is
that of the validation people, 20,000 at most; beside a ``truth.json`` of `reelgraph data generate` it is also a share
of the ranking ceiling. ``--json`` prints one line a step.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.data import PerUser, index, split
from reelgraph.evaluation import evaluate
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.validation_ndcg import restricted

_MAX_PEOPLE = 20_000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    head: Annotated[int, typer.Option(min=0, help="Movies of the head; 0 for the default.")] = 0,
    given_only: Annotated[bool, typer.Option("--given-only", help="Leave out the fit with chosen settings.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and the fits.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a step.")] = False,
) -> None:
    """Measure the fits."""
    rows = []
    for chooses in (False,) if given_only else (False, True):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows += pool.apply(measure, (data, head, chooses, seed))
    if as_json:
        for row in rows:
            print(json.dumps(row), flush=True)
        return
    columns = ["ratings", "step", "seconds", "cpu_seconds", "peak_gib", "value"]
    print_table(f"graph-filter on {data.name}", columns, [[row[name] for name in columns] for row in rows])


def measure(data: Path, head: int, chooses: bool, seed: int) -> list[dict[str, Any]]:
    """One row for reading and splitting, one for the fit, one for the lists."""
    steps = _Steps()
    dataset, _ = pipeline.load(data)
    parts = split(index(dataset.ratings), PerUser(valid=0.1, test=0.0), seed)
    kind = "settings chosen" if chooses else "settings given"
    steps.end(len(dataset.ratings), "graph-filter: read and split", None)
    model = GraphFilter(form="head", head_items=head, choose=chooses)
    fit = model.fit(parts.train, pipeline.fit_context(dataset, parts, seed=seed))
    steps.end(len(dataset.ratings), f"graph-filter: fit, {kind}", fit.stopped_because)
    people = np.flatnonzero(np.diff(parts.valid.target.indptr))
    if len(people) > _MAX_PEOPLE:
        people = np.sort(np.random.default_rng(seed).choice(people, _MAX_PEOPLE, replace=False))
    part = restricted(parts.valid, people, np.arange(parts.train.n_items))
    value = f"NDCG@10 {evaluate(fit.scorer, part, 10, metrics=['ndcg'], seed=seed)['ndcg@10'].mean:.4f}"
    truth = data / "truth.json"
    if truth.is_file():
        ceiling = json.loads(truth.read_text(encoding="utf-8"))["ndcg_ceiling"]
        value += f", {float(value.split()[1]) / ceiling:.1%} of the ceiling"
    steps.end(len(dataset.ratings), f"graph-filter: lists, {kind}", value)
    return steps.rows


class _Steps:
    """Times of the steps so far."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._wall, self._cpu = time.perf_counter(), _cpu_seconds()

    def end(self, n_ratings: int, step: str, value: str | None) -> None:
        """Add a row for what has run since the last one."""
        wall, cpu = time.perf_counter(), _cpu_seconds()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        self.rows.append(
            {"ratings": n_ratings, "step": step, "seconds": round(wall - self._wall, 1),
             "cpu_seconds": round(cpu - self._cpu, 1), "peak_gib": round(peak, 2), "value": value}
        )  # fmt: skip
        self._wall, self._cpu = time.perf_counter(), _cpu_seconds()


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale.filter_cost"))
