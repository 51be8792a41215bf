"""What is recorded of a fit, wherever it is recorded."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from reelgraph.core import EvalReport, Progress


class Recorder(Protocol):
    """Where a `Tracker` writes, such as a run of MLflow."""

    def write_metrics(self, values: Mapping[str, float], step: int) -> None:
        """Write finite numbers by name, for a step."""

    def write_settings(self, values: Mapping[str, str]) -> None:
        """Write settings by name."""

    def close(self, *, failed: bool) -> None:
        """Finish what was begun; ``failed`` if an error ended it."""


class Tracker:
    """Records what a fit reports, the settings of its model, and figures with their intervals.

    ``@`` in a name is written as ``_at_``, since neither MLflow nor TensorBoard take it: ``test/ndcg_at_10``.

    It is a progress callback: give it as ``progress`` to `FitContext`, `pipeline.train` or `tune`. As a context manager
    it closes itself, and an error within marks the run as failed.

    Args:
        recorder: where to write.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __call__(self, progress: Progress) -> None:
        """Record the values of a progress report as ``stage/name``, for the step that is done."""
        values = {f"{progress.stage}/{name}": value for name, value in progress.values.items()}
        self._write(values, progress.done)

    def log_model(self, model: Any) -> None:
        """Record the name and the settings of a model, which is a dataclass."""
        settings = {field.name: getattr(model, field.name) for field in dataclasses.fields(model)}
        texts = {f"model/{name}": str(value) for name, value in settings.items()}
        self._recorder.write_settings({"model": str(model.name), **texts})

    def log_report(self, report: EvalReport, step: int = 0) -> None:
        """Record each figure as ``test/name``, and the ends of its 95 % interval as ``.../low`` and ``.../high``."""
        values: dict[str, float] = {}
        for name, metric in report.summary.items():
            values |= {f"test/{name}": metric.mean, f"test/{name}/low": metric.low, f"test/{name}/high": metric.high}
        self._write(values, step)

    def close(self, *, failed: bool = False) -> None:
        """Finish the run."""
        self._recorder.close(failed=failed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(failed=error is not None)

    def _write(self, values: Mapping[str, float], step: int) -> None:
        finite = {name.replace("@", "_at_"): float(value) for name, value in values.items() if math.isfinite(value)}
        if finite:
            self._recorder.write_metrics(finite, step)
