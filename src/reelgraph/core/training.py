"""The interface of models: the context of a fit, its progress and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from reelgraph.core.catalogue import Catalogue
from reelgraph.core.display import Table, Tabular, counted
from reelgraph.core.interactions import Interactions
from reelgraph.core.profiles import Profiles
from reelgraph.core.scoring import Scorer
from reelgraph.core.split_parts import EvalPart

_EPOCHS_SHOWN = 10


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of training.

    Args:
        epoch: counted from 1.
        train_loss: mean loss over the epoch's batches.
        valid: validation metrics by name, empty when there is no validation part.
        seconds: wall time of the epoch, validation included.
    """

    epoch: int
    train_loss: float
    valid: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class Progress:
    """A progress report of a long task.

    Args:
        stage: the task ("train").
        done: units completed.
        total: units in total, or None when unknown.
        unit: what is counted ("epochs", "bytes").
        values: current values by name, such as the loss.
    """

    stage: str
    done: int
    total: int | None
    unit: str
    values: Mapping[str, float] = field(default_factory=dict)


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True)
class Shard:
    """The part of one process among those that train a network together.

    Args:
        rank: of this process, from 0; the first validates and writes the checkpoints.
        size: number of processes.
    """

    rank: int = 0
    size: int = 1

    def part(self, n: int) -> slice:
        """This process's part of n rows; the parts of all processes are in order and of nearly equal size."""
        return slice(n * self.rank // self.size, n * (self.rank + 1) // self.size)


@dataclass(frozen=True)
class FitContext:
    """Everything a fit needs besides the training data and the model's hyper-parameters.

    Args:
        seed: the seed of all random draws.
        device: ``cpu`` or ``cuda``.
        valid: validation part for early stopping, or None.
        checkpoint_dir: folder for checkpoints, or None for none.
        resume: continue from the checkpoint in ``checkpoint_dir`` if there is one.
        progress: called with each `Progress`, or None.
        catalogue: movie metadata for models that use it, aligned with the items.
        profiles: user metadata for models that use it.
        shard: the part of this process where several train one network, see `reelgraph.distributed`.
        keep_forgetting: keep in the scorer what single people can be forgotten with at once, where the model has such
            updates and it takes room beside what recommending needs.
    """

    seed: int = 0
    device: str = "cpu"
    valid: EvalPart | None = None
    checkpoint_dir: Path | None = None
    resume: bool = False
    progress: ProgressCallback | None = None
    catalogue: Catalogue | None = None
    profiles: Profiles | None = None
    shard: Shard = Shard()
    keep_forgetting: bool = False


@dataclass(frozen=True, repr=False)
class FitResult(Tabular):
    """The result of a fit.

    Args:
        scorer: the fitted model.
        history: one record per epoch; empty for closed forms.
        best_epoch: the epoch whose state the scorer holds, or None for closed forms.
        stopped_because: why the fit ended, for display.
        seconds: wall time of the fit.
    """

    scorer: Scorer
    history: tuple[EpochRecord, ...] = ()
    best_epoch: int | None = None
    stopped_because: str = "closed form"
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """One row an epoch: ``epoch``, ``train_loss``, the validation metrics and ``seconds``."""
        return _epoch_columns(self.history)

    def _display(self) -> Table:
        epochs = f", {counted(len(self.history), 'epoch')}" if self.history else ""
        best = f", best epoch {self.best_epoch}" if self.best_epoch is not None else ""
        title = f"FitResult: {self.scorer.kind} scorer{epochs}{best}, {self.seconds:.1f} s"
        columns = _epoch_columns(self.history[-_EPOCHS_SHOWN:]) if self.history else {}
        note = f"the last {_EPOCHS_SHOWN} epochs; " if len(self.history) > _EPOCHS_SHOWN else ""
        return Table(title, columns, note + self.stopped_because)


def _epoch_columns(history: Sequence[EpochRecord]) -> dict[str, Any]:
    metrics = dict.fromkeys(name for record in history for name in record.valid)
    return {
        "epoch": [record.epoch for record in history],
        "train_loss": [record.train_loss for record in history],
        **{name: [record.valid.get(name) for record in history] for name in metrics},
        "seconds": [record.seconds for record in history],
    }


class Model(Protocol):
    """An unfitted model: a frozen dataclass of hyper-parameters."""

    name: ClassVar[str]

    def fit(self, train: Interactions, context: FitContext = ...) -> FitResult:
        """Fit to ``train``; the result contains a `Scorer`."""
        ...
