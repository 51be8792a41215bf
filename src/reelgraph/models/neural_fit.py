"""What the trained networks have in common: one way through the loop, and how a checkpoint is known again."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
import torch

from reelgraph.core import AnyArray, FitContext, FitResult, Interactions, Matrix, Scorer
from reelgraph.core.errors import CapabilityError, TrainingError
from reelgraph.graph import BipartiteGraph
from reelgraph.train import LoopSettings, run
from reelgraph.train.loop import TrainingTask


class ScoringTask(TrainingTask, Protocol):
    """A task that ends in a scorer."""

    def scorer(self) -> Scorer:
        """The scorer of the parameters now in the module."""
        ...


def fit(
    model: Any,
    task_of: Callable[[Any, Interactions, FitContext], ScoringTask],
    train: Interactions,
    context: FitContext | None,
) -> FitResult:
    """Train a network and give the scorer of its best epoch; of its last, where there is no validation part.

    Args:
        model: a frozen dataclass with the settings of `LoopSettings`.
        task_of: makes the task of the loop from the model, the edges and the circumstances.
        train: the edges.
        context: the circumstances.

    Raises:
        TrainingError: no ratings, or the loss became infinite.
        LeakError: the graph holds an edge of the validation part.
        CapabilityError: no such device.
    """
    started, context = time.perf_counter(), context or FitContext()
    if len(train) == 0:
        raise TrainingError("there are no ratings to train on")
    if context.device.startswith("cuda") and not torch.cuda.is_available():
        raise CapabilityError(f"no {context.device} device here", "use device cpu")
    task = task_of(model, train, context)
    settings = LoopSettings(**{field.name: getattr(model, field.name) for field in dataclasses.fields(LoopSettings)})
    result = run(task, settings, context)
    task.module.eval()
    scorer, seconds = task.scorer(), time.perf_counter() - started
    return FitResult(scorer, result.history, result.best_epoch, result.stopped_because, seconds)


def graph_of(train: Interactions, context: FitContext) -> BipartiteGraph:
    """The graph of the training edges.

    Raises:
        LeakError: it holds an edge of the validation part.
    """
    graph = BipartiteGraph.build(train)
    if context.valid is not None:
        graph.require_without(context.valid.target, context.valid.users)
    return graph


def fingerprint(model: Any, train: Interactions, context: FitContext, sides: Iterable[Matrix | None]) -> dict[str, Any]:
    """What must be the same for a checkpoint to be gone on from: settings, seed, edges, validation part and features.

    Args:
        model: its settings; of a constant schedule the number of epochs is free, so that a finished run may go on.
        train: the edges.
        context: gives seed and validation part.
        sides: feature matrices that the network uses; None for those that are not there.
    """
    settings = dataclasses.asdict(model)
    if model.schedule == "constant":
        del settings["epochs"]
    valid = () if context.valid is None else (*_arrays(context.valid.history), *_arrays(context.valid.target))
    return {
        "model": model.name,
        "settings": settings,
        "seed": context.seed,
        "train_sha256": _sha256((train.user_row, train.item_row, train.rating)),
        "valid_sha256": _sha256(valid),
        "features_sha256": _sha256(part for side in sides if side is not None for part in _arrays(side)),
    }


def _arrays(matrix: Matrix) -> tuple[AnyArray, ...]:
    return matrix.indptr, matrix.indices, matrix.data


def _sha256(arrays: Iterable[AnyArray]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
