"""The training loop. It knows batches, losses and epochs, and no model.

Everything drawn at random in epoch e derives from (seed, purpose, e), so a run resumed after any epoch gives, on the
CPU and with the same number of threads, the very arrays of one that was never stopped.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import torch
from pydantic import Field

from reelgraph.core import EpochRecord, FitContext, Progress, Shard, config
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, TrainingError
from reelgraph.train import checkpoint
from reelgraph.train.optimiser import OptimiserName, ScheduleName, make_optimiser, rate_factor
from reelgraph.train.shards import from_first, sum_gradients, summed

_log = logging.getLogger(__name__)
_CHECK_EVERY = 50  # steps between looks at the loss: each look makes a GPU wait


@dataclass(frozen=True)
class LoopSettings:
    """Training settings shared by all networks.

    Args:
        epochs: passes over the training edges, at most.
        learning_rate: of the optimiser, at the start.
        optimiser: by name.
        schedule: of the learning rate.
        weight_decay: decoupled for ``adamw``, an L2 gradient term for the others.
        patience: epochs without a better validation figure before stopping; 0 never stops early.
    """

    epochs: Annotated[int, Field(ge=1)] = 50
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    optimiser: OptimiserName = "adam"
    schedule: ScheduleName = "constant"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    patience: Annotated[int, Field(ge=0)] = 5

    def __post_init__(self) -> None:
        config.validate(self)


class TrainingTask(Protocol):
    """What the loop needs to know of a model."""

    @property
    def module(self) -> torch.nn.Module:
        """What is trained."""
        ...

    watch: str  #: the validation figure that decides; lower is better when it is an error
    lower_is_better: bool
    #: A task that divides each batch by `FitContext.shard` also has ``is_divided = True``, and its losses are then
    #: shares: they add up over the processes to the loss of the whole batch.
    fingerprint: Mapping[str, Any]  #: JSON-ready settings and data hash; a checkpoint of another run is refused

    def batches(self, epoch: int) -> Iterable[Any]:
        """The batches of one epoch, in an order that depends on the epoch and the seed only."""
        ...

    def loss(self, batch: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Of a batch: the objective with gradient, and the loss to report (without penalties), both scalars."""
        ...

    def validate(self) -> Mapping[str, float]:
        """Validation figures by name; empty when there is nothing to validate on."""
        ...


@dataclass(frozen=True)
class LoopResult:
    """How training went; the module holds the best epoch's parameters.

    Args:
        history: one record an epoch, those before a resume included.
        best_epoch: whose parameters the module holds.
        stopped_because: for people.
    """

    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped_because: str


@dataclass
class _State:
    """All that an epoch leaves behind."""

    history: list[EpochRecord]
    best: dict[str, torch.Tensor]
    best_epoch: int = 0


def run(task: TrainingTask, settings: LoopSettings, context: FitContext) -> LoopResult:
    """Train ``task.module`` in place and leave it with the parameters of the best epoch.

    Args:
        task: module, batches, loss and validation.
        settings: how long and how fast.
        context: seed, device, checkpoint folder, resume, progress.

    Raises:
        TrainingError: the loss is not finite, or the checkpoint belongs to another run.
        CapabilityError: the context gives a part of the work, and the task cannot divide it.
    """
    if context.shard.size > 1 and not getattr(task, "is_divided", False):
        raise CapabilityError("the batches of this model cannot be divided among processes", "train it in one process")
    optimiser = make_optimiser(
        settings.optimiser, task.module.parameters(), settings.learning_rate, settings.weight_decay
    )
    state = _State([], {})
    if context.resume and context.checkpoint_dir is not None:
        _load(context.checkpoint_dir, task, optimiser, state)
        _log.info("resume after epoch %d", len(state.history))
    stopped = _stop_reason(task, settings, state)
    while stopped is None:
        _epoch(task, settings, context, optimiser, state)
        stopped = _stop_reason(task, settings, state)
    task.module.load_state_dict(state.best)
    _log.info("%s; best epoch %d", stopped, state.best_epoch)
    return LoopResult(tuple(state.history), state.best_epoch, stopped)


def _epoch(
    task: TrainingTask,
    settings: LoopSettings,
    context: FitContext,
    optimiser: torch.optim.Optimizer,
    state: _State,
) -> None:
    epoch, started = len(state.history) + 1, time.perf_counter()
    for group in optimiser.param_groups:
        group["lr"] = settings.learning_rate * rate_factor(settings.schedule, epoch, settings.epochs)
    train_loss = _train_epoch(task, optimiser, epoch, context.shard)
    task.module.eval()
    with torch.no_grad():
        valid = from_first(context.shard, lambda: dict(task.validate()))
    state.history.append(EpochRecord(epoch, train_loss, valid, time.perf_counter() - started))
    _log.debug("epoch %d of %d: loss %.4f, %s", epoch, settings.epochs, train_loss, valid)
    if _better(task, state):
        state.best_epoch = epoch
        state.best = {name: tensor.detach().clone() for name, tensor in task.module.state_dict().items()}
    folder = context.checkpoint_dir
    if folder is not None:
        from_first(context.shard, lambda: _save(folder, task, optimiser, state))
    if context.progress is not None:
        context.progress(Progress("train", epoch, settings.epochs, "epochs", {"loss": train_loss, **valid}))


def _train_epoch(task: TrainingTask, optimiser: torch.optim.Optimizer, epoch: int, shard: Shard) -> float:
    """One pass over the batches; returns the mean loss."""
    task.module.train()
    total: torch.Tensor | float = 0.0
    steps = 0
    for batch in task.batches(epoch):
        optimiser.zero_grad(set_to_none=True)
        objective, loss = task.loss(batch)
        objective.backward()  # type: ignore[no-untyped-call]
        sum_gradients(shard, task.module.parameters())
        optimiser.step()
        total = total + loss.detach()
        steps += 1
        if steps % _CHECK_EVERY == 0:
            _require_finite(summed(shard, total), epoch, steps)
    total = summed(shard, total)
    _require_finite(total, epoch, steps)
    return float(total) / max(steps, 1)


def _require_finite(total: torch.Tensor | float, epoch: int, steps: int) -> None:
    if not bool(torch.isfinite(torch.as_tensor(total))):
        raise TrainingError(
            f"the loss is no longer finite (epoch {epoch}, by step {steps})",
            "lower learning_rate; the checkpoint of the last whole epoch is kept",
        )


def _better(task: TrainingTask, state: _State) -> bool:
    """Is the last epoch the best so far? Without validation the last always is."""
    last = state.history[-1].valid.get(task.watch)
    if last is None or state.best_epoch == 0:
        return True
    best = state.history[state.best_epoch - 1].valid[task.watch]
    return last < best if task.lower_is_better else last > best


def _stop_reason(task: TrainingTask, settings: LoopSettings, state: _State) -> str | None:
    epoch = len(state.history)
    if settings.patience and state.best_epoch and epoch - state.best_epoch >= settings.patience:
        return f"no better {task.watch} on validation for {counted(settings.patience, 'epoch')}"
    return f"all {counted(settings.epochs, 'epoch')} done" if epoch >= settings.epochs else None


def _save(folder: Path, task: TrainingTask, optimiser: torch.optim.Optimizer, state: _State) -> None:
    tensors = {f"module.{name}": tensor for name, tensor in task.module.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in state.best.items()}
    for number, slots in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{key}": torch.as_tensor(value) for key, value in slots.items()}
    record = {
        "fingerprint": dict(task.fingerprint),
        "best_epoch": state.best_epoch,
        "history": [dataclasses.asdict(epoch) for epoch in state.history],
    }
    checkpoint.write(folder, {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}, record)


def _load(folder: Path, task: TrainingTask, optimiser: torch.optim.Optimizer, state: _State) -> None:
    saved = checkpoint.read(folder, task.fingerprint)
    if saved is None:
        return
    arrays, record = saved
    parts: dict[str, dict[str, torch.Tensor]] = {"module": {}, "best": {}, "optimiser": {}}
    for name, array in arrays.items():
        part, _, tensor_name = name.partition(".")
        parts[part][tensor_name] = torch.from_numpy(array)
    task.module.load_state_dict(parts["module"])
    slots: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in parts["optimiser"].items():
        number, _, key = name.partition(".")
        slots.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict({"state": slots, "param_groups": optimiser.state_dict()["param_groups"]})
    state.best, state.best_epoch = parts["best"], int(record["best_epoch"])
    state.history = [EpochRecord(**epoch) for epoch in record["history"]]
