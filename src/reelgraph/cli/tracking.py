"""Recording a training in TensorBoard or MLflow, for ``reelgraph train --track``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from reelgraph.cli.output import err
from reelgraph.core import EvalReport, Progress, ProgressCallback
from reelgraph.core.errors import ConfigError

if TYPE_CHECKING:
    from reelgraph.tracking import Tracker

_MLFLOW = "mlflow:"


class Recording:
    """A tracker whose first error ends the recording, by one warning on stderr, and not the training.

    Args:
        tracker: that has begun.
    """

    def __init__(self, tracker: Tracker) -> None:
        self._tracker: Tracker | None = tracker

    def __call__(self, progress: Progress) -> None:
        """Record a progress report."""
        self._record(lambda tracker: tracker(progress))

    def log_report(self, report: EvalReport) -> None:
        """Record the figures of a test."""
        self._record(lambda tracker: tracker.log_report(report))

    def close(self, *, failed: bool) -> None:
        """Finish the run; ``failed`` if an error ended the training."""
        self._record(lambda tracker: tracker.close(failed=failed))

    def _record(self, write: Callable[[Tracker], None]) -> None:
        if self._tracker is None:
            return
        try:
            write(self._tracker)
        except Exception as error:  # whatever it is: of the packages that record, or of a network
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            err.print(f"warning: nothing more of this training is recorded: {reason}", soft_wrap=True)
            tracker, self._tracker = self._tracker, None  # not asked again: each time might take minutes
            with suppress(Exception):
                tracker.close(failed=True)


@contextmanager
def tracked(where: str | None, model: Any) -> Iterator[Recording | None]:
    """A recording that has the settings of a model and is closed at the end; None where nothing is recorded.

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
    tracker = mlflow_tracker(uri=where.removeprefix(_MLFLOW)) if is_mlflow else tensorboard_tracker(where)
    recording = Recording(tracker)
    try:
        tracker.log_model(model)  # an error here is one of the place: nothing was trained yet
        yield recording
    except BaseException:
        recording.close(failed=True)
        raise
    recording.close(failed=False)


def to_all(*callbacks: ProgressCallback | None) -> ProgressCallback | None:
    """One callback for several; None where there is none."""
    present = [callback for callback in callbacks if callback is not None]

    def call(progress: Progress) -> None:
        for callback in present:
            callback(progress)

    return call if present else None
