"""The interface of models: the context of a fit, its progress and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from reelgraph.core.interactions import EvalPart, Interactions
from reelgraph.core.ratings import Catalogue, Profiles
from reelgraph.core.scoring import Scorer


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
    """

    seed: int = 0
    device: str = "cpu"
    valid: EvalPart | None = None
    checkpoint_dir: Path | None = None
    resume: bool = False
    progress: ProgressCallback | None = None
    catalogue: Catalogue | None = None
    profiles: Profiles | None = None


@dataclass(frozen=True)
class FitResult:
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


class Model(Protocol):
    """An unfitted model: a frozen dataclass of hyper-parameters."""

    name: ClassVar[str]

    def fit(self, train: Interactions, context: FitContext = ...) -> FitResult:
        """Fit to ``train``; the result contains a `Scorer`."""
        ...
