"""Files of TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.tracking.tracker import Tracker


def tensorboard_tracker(folder: str | Path) -> Tracker:
    """A tracker that writes a file of events for TensorBoard, without torch.

    Args:
        folder: of the run, made if there is none; ``tensorboard --logdir`` takes it or the one above.

    Raises:
        CapabilityError: tensorboardX is not installed.
        ConfigError: the folder cannot be written.
    """
    try:
        from tensorboardX import SummaryWriter
    except ModuleNotFoundError as error:
        raise CapabilityError.missing("recording for TensorBoard", str(error.name), "tensorboard") from None
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        writer = SummaryWriter(str(folder))
    except OSError as error:
        raise ConfigError(str(folder), f"cannot be written: {error.strerror}") from None
    return Tracker(_EventFile(writer))


class _EventFile:
    """A file of events that is written to."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write_metrics(self, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def write_settings(self, values: Mapping[str, str]) -> None:
        rows = "\n".join(f"| {name} | {value} |" for name, value in values.items())
        self._writer.add_text("settings", f"| setting | value |\n| --- | --- |\n{rows}", 0)

    def close(self, *, failed: bool) -> None:
        if failed:
            self._writer.add_text("settings", "the run failed", 1)
        self._writer.close()
