"""What an epoch of a trained network costs on a data set: steps, processor time of a step, memory.

``python -m benchmarks.scale.networks --data DIR --model lightgcn [--set exact_items=1000000] [--steps 6] [--json]``
takes the first steps of an epoch, and one look at the validation people, on a split per person. An epoch is stated as
its number of steps times the mean step; the first one, which also compiles and fills caches, is left out. Processor
seconds count all threads. The peak is that of the process with the data in it, so each model takes a run of its own.
"""

from __future__ import annotations

import itertools
import json
import resource
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from reelgraph import pipeline
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.options import Json, Settings
from reelgraph.cli.output import print_table
from reelgraph.core import FitContext, Interactions, config
from reelgraph.core.errors import ConfigError
from reelgraph.data import PerUser, index, split
from reelgraph.models.gcn.model import GCN, _GCNTask
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.models.lightgcn.training_task import LightGCNTask
from reelgraph.train.optimiser import make_optimiser

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    model: Annotated[str, typer.Option(help="gcn or lightgcn.")] = "lightgcn",
    settings: Settings = None,
    steps: Annotated[int, typer.Option(min=2, help="Steps to run, the first of which does not count.")] = 6,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and the batches.")] = 0,
    as_json: Json = False,
) -> None:
    """Measure one model."""
    network = pipeline.make_model(model, None, config.parse_assignments(settings or []))
    if not isinstance(network, GCN | LightGCN):
        raise ConfigError("--model", f"expected gcn or lightgcn, got {model}")
    dataset, _ = pipeline.load(data)
    parts = split(index(dataset.ratings), PerUser(valid=0.1, test=0.1), seed)
    row = measure(network, parts.train, pipeline.fit_context(dataset, parts, seed=seed), steps)
    if as_json:
        about = {"data": dataset.name, "data_sha256": dataset.sha256, "seed": seed, "versions": installed_versions()}
        print(json.dumps({**about, "settings": settings or [], **row}))
        return
    print_table(f"{model} on {dataset.name}", list(row), [list(row.values())])


def measure(model: GCN | LightGCN, train: Interactions, context: FitContext, steps: int) -> dict[str, Any]:
    """Size of the data, steps of an epoch, processor seconds of a step, of an epoch and of a look at validation."""
    task: Any = _GCNTask(model, train, context) if isinstance(model, GCN) else LightGCNTask(model, train, context)
    optimiser = make_optimiser(model.optimiser, task.module.parameters(), model.learning_rate, model.weight_decay)
    task.module.train()
    started, done = time.process_time(), 0
    for done, batch in enumerate(itertools.islice(task.batches(1), steps)):
        if done == 1:
            started = time.process_time()
        optimiser.zero_grad(set_to_none=True)
        task.loss(batch)[0].backward()
        optimiser.step()
    step = (time.process_time() - started) / max(done, 1)
    task.module.eval()
    started = time.process_time()
    with torch.no_grad():
        task.validate()
    return {
        "ratings": len(train),
        "users": train.n_users,
        "items": train.n_items,
        "steps": task.steps_per_epoch,
        "step_cpu_seconds": round(step, 4),
        "epoch_cpu_seconds": round(step * task.steps_per_epoch, 1),
        "validation_cpu_seconds": round(time.process_time() - started, 1),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale.networks"))
