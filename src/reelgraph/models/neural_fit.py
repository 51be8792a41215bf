"""What the trained networks share: one fit through the training loop, and the identity of a checkpoint."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
import torch

from reelgraph._util.subsample import subsample
from reelgraph.core import AnyArray, EvalPart, FitContext, FitResult, Interactions, Matrix, Scorer
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.errors import CapabilityError, TrainingError
from reelgraph.core.forked_process import loaded_before_fork
from reelgraph.graph import BipartiteGraph
from reelgraph.train import LoopSettings, run
from reelgraph.train.loop import TrainingTask
from reelgraph.train.random_streams import generator


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
    """Train a network and return the scorer of its best epoch, or of its last one without a validation part.

    Args:
        model: a frozen dataclass with the settings of `LoopSettings`.
        task_of: builds the training task from the model, the edges and the context.
        train: the edges.
        context: seed, device, validation part, checkpoints.

    Raises:
        TrainingError: no ratings, or the loss became infinite.
        LeakError: the graph holds an edge of the validation part.
        CapabilityError: no such device.
    """
    require_fit_arguments(model.name, train, context)
    started, context = time.perf_counter(), context or FitContext()
    if len(train) == 0:
        raise TrainingError("there are no ratings to train on")
    if context.device.startswith("cuda") and not torch.cuda.is_available():
        raise CapabilityError(f"no {context.device} device here", "use device cpu")
    if loaded_before_fork("torch"):  # its threads did not survive the fork, and several would be waited for in vain
        torch.set_num_threads(1)
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


def validation_people(context: FitContext, most: int) -> EvalPart | None:
    """The people of the validation part with targets, or ``most`` of them, drawn by the seed; None without any."""
    part = context.valid
    if part is None or part.target.nnz == 0:
        return None
    with_targets = np.flatnonzero(np.diff(part.target.indptr))
    if len(with_targets) == len(part) <= most:
        return part
    return part.take(subsample(with_targets, most, generator(context.seed, "validation")))


def fingerprint(
    model: Any, train: Interactions, context: FitContext, feature_matrices: Iterable[Matrix | None]
) -> dict[str, Any]:
    """What must be equal for a checkpoint to be resumed: settings, seed, edges, validation part and features.

    Args:
        model: its settings; with a constant schedule without the number of epochs, so that a finished run may continue.
        train: the edges.
        context: gives seed and validation part.
        feature_matrices: those that the network uses; None for those that are missing.
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
        "features_sha256": _sha256(
            array for matrix in feature_matrices if matrix is not None for array in _arrays(matrix)
        ),
    }


def _arrays(matrix: Matrix) -> tuple[AnyArray, ...]:
    return matrix.indptr, matrix.indices, matrix.data


def _sha256(arrays: Iterable[AnyArray]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
