"""What a sample of movies in the denominator of `lightgcn`'s softmax costs in quality, paired over people and seeds.

``python -m benchmarks.scale.softmax_samples --data DIR [--protocol recbole-ml-1m] [--seeds 3] [--epochs 6]
[--batch-size 128] [--negatives 256]`` trains with all movies in the denominator and with each sample, the same batches
and as many epochs, and ranks the movies held back for validation. ``scored`` is the share of the movies that a step
scores. Without a protocol the ratings of each person are split 8:1:1. The test part is not looked at.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import Dataset, EvalReport, Metric, Split
from reelgraph.data import PerUser, index, split
from reelgraph.evaluation import PROTOCOLS, evaluate, paired
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.models.lightgcn.settings import LossName
from reelgraph.models.lightgcn.training_task import LightGCNTask

_METRIC = "ndcg@10"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set, or the folder that holds the protocol's.")],
    protocol: Annotated[str | None, typer.Option(help="A protocol; None splits the ratings of each person.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Of split, batches and initial values.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="As many for all.")] = 6,
    batch_size: Annotated[int, typer.Option(min=0, help="People in a step; 0 for the default.")] = 128,
    negatives: Annotated[list[int] | None, typer.Option(help="Movies in the sample; repeatable.")] = None,
    loss: Annotated[str, typer.Option(help="softmax or unrated-softmax.")] = "softmax",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a seed and sample.")] = False,
) -> None:
    """Measure the samples."""
    rows = []
    for seed in range(seeds):
        dataset, parts = _prepare(data, protocol, seed)
        named: LossName = "unrated-softmax" if loss == "unrated-softmax" else "softmax"
        n_items = parts.train.n_items
        model = LightGCN(
            loss=named, epochs=epochs, batch_size=batch_size, patience=0, exact_items=n_items, choose=False
        )
        about = {"data": dataset.name, "data_sha256": dataset.sha256, "protocol": protocol, "loss": loss, "seed": seed}
        for row in measure(model, dataset, parts, negatives or [256], seed):
            rows.append(row)
            if as_json:
                print(json.dumps({**about, **row, "versions": installed_versions()}), flush=True)
    if not as_json:
        columns = ["negatives", "seed", "scored", _METRIC, "difference", "best epoch", "fit CPU s"]
        print_table("lightgcn: all movies, and samples of them, in the denominator", columns, [_cells(r) for r in rows])


def measure(
    model: LightGCN, dataset: Dataset, parts: Split, negatives: Sequence[int], seed: int
) -> Iterator[dict[str, Any]]:
    """One row for all movies, then one for each sample with its paired difference."""
    context = pipeline.fit_context(dataset, parts, seed=seed)
    samples = [dataclasses.replace(model, exact_items=0, negatives=count) for count in negatives]
    full: EvalReport | None = None
    for one in (model, *samples):
        started = time.process_time()
        fit = one.fit(parts.train, context)
        seconds = time.process_time() - started
        report = evaluate(fit.scorer, parts.valid, 10, metrics=["ndcg"], seed=seed)
        row: dict[str, Any] = {
            "negatives": None if one is model else one.negatives,
            "seed": seed,
            "scored": round(_share_scored(LightGCNTask(one, parts.train, context)), 3),
            "best_epoch": fit.best_epoch,
            "cpu_seconds": round(seconds, 1),
            _METRIC: _figures(report[_METRIC]),
        }
        if full is None:
            full = report
        else:
            row["difference"] = _figures(paired(report, full, _METRIC))
        yield row


def _share_scored(task: LightGCNTask) -> float:
    """The share of the movies that a step of the first epoch scores, on average."""
    n_items = task.rated.shape[1]
    scored = [batch.scored for step in task.batches(1) for batch in step.batches]
    return float(np.mean([n_items if one is None else len(one.items) for one in scored])) / n_items


def _prepare(data: Path, protocol: str | None, seed: int) -> tuple[Dataset, Split]:
    if protocol is not None:
        prepared = pipeline.prepare(PROTOCOLS[protocol], data, seed)
        return prepared.dataset, prepared.split
    dataset, _ = pipeline.load(data)
    return dataset, split(index(dataset.ratings), PerUser(valid=0.1, test=0.1), seed)


def _figures(metric: Metric) -> dict[str, float]:
    return {name: round(float(getattr(metric, name)), 6) for name in ("mean", "low", "high")}


def _cells(row: dict[str, Any]) -> list[object]:
    difference = row.get("difference")
    shown = (
        "" if difference is None else f"{difference['mean']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]"
    )
    named = "all" if row["negatives"] is None else row["negatives"]
    return [
        named, row["seed"], row["scored"], f"{row[_METRIC]['mean']:.4f}", shown, row["best_epoch"], row["cpu_seconds"]
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale.softmax_samples"))
