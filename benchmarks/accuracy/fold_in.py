"""Is a known person served as well by fold-in as by the vector that was trained for them?

``python -m benchmarks.accuracy.fold_in --data DIR`` trains `gcn` on ml-100k-u1 and prints one JSON object: the test
RMSE with the trained user vectors and with the same people folded in from their training ratings. See docs/adr/0002.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from reelgraph.bundle import installed_versions
from reelgraph.core import EvalPart, FloatArray, require_scale
from reelgraph.evaluation import PROTOCOLS
from reelgraph.evaluation.metrics.rating import predict_targets
from reelgraph.models.gcn.model import GCN, _GCNTask
from reelgraph.pipeline import fit_context, prepare
from reelgraph.train import LoopSettings, run


def main(data: Annotated[Path, typer.Option(help="The folder that holds ml-100k.")]) -> None:
    """Print both errors; the settings are the defaults, the epoch is chosen on validation."""
    prepared = prepare(PROTOCOLS["ml-100k-u1"], data)
    parts, model = prepared.split, GCN()
    context = fit_context(prepared.dataset, parts, seed=0)
    task = _GCNTask(model, parts.train, context)
    run(task, LoopSettings(epochs=model.epochs, learning_rate=model.learning_rate), context)
    task.module.eval()
    scale, target = require_scale(parts.train.scale, "the error"), parts.test.target
    trained = scale.clip(_trained(task, parts.test))
    folded = predict_targets(task.scorer(), parts.test, scale)
    errors = {
        name: round(float(np.sqrt(np.mean(np.square(stars - target.data)))), 4)
        for name, stars in (("trained_vectors", trained), ("folded_in", folded))
    }
    row = {"protocol": "ml-100k-u1", "rmse": errors, "seed": 0, "data_sha256": prepared.dataset.sha256}
    print(json.dumps({**row, "versions": installed_versions()}))


def _trained(task: _GCNTask, part: EvalPart) -> FloatArray:
    """Stars of the part's targets from the network's own user table, ``(n_targets,)``."""
    people = np.repeat(part.users, np.diff(part.target.indptr))
    with torch.no_grad():
        stars = task.module(
            torch.from_numpy(people.astype(np.int64)), torch.from_numpy(part.target.indices.astype(np.int64))
        )
    return np.asarray(stars.numpy(), dtype=np.float64)


if __name__ == "__main__":
    typer.run(main)
