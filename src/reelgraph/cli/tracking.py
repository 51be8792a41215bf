"""Recording a training in TensorBoard or MLflow, for ``reelgraph train --track``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.errors import ConfigError

if TYPE_CHECKING:
    from reelgraph.tracking import Tracker

_MLFLOW = "mlflow:"


@contextmanager
def tracked(where: str | None, model: Any) -> Iterator[Tracker | None]:
    """A tracker that has the settings of a model and is closed at the end; None where nothing is recorded.

    Args:
        where: a folder for TensorBoard, ``mlflow:URI``, or None.
        model: that is trained.

    Raises:
        CapabilityError: the package that records is not installed.
        ConfigError: ``where`` is no place to record.
    """
    if where is None:
        yield None
        return
    from reelgraph.tracking import mlflow_tracker, tensorboard_tracker  # here: few trainings are recorded

    if where in ("", _MLFLOW):
        raise ConfigError("--track", "expected a folder for TensorBoard, or mlflow:URI, such as mlflow:sqlite:///m.db")
    is_mlflow = where.startswith(_MLFLOW)
    with mlflow_tracker(uri=where.removeprefix(_MLFLOW)) if is_mlflow else tensorboard_tracker(where) as tracker:
        tracker.log_model(model)
        yield tracker


def to_all(*callbacks: ProgressCallback | None) -> ProgressCallback | None:
    """One callback for several; None where there is none."""
    present = [callback for callback in callbacks if callback is not None]

    def call(progress: Progress) -> None:
        for callback in present:
            callback(progress)

    return call if present else None
