"""What dies on a worker, once or always. In a module of its own, which workers import."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from reelgraph.core import FitContext, FitResult, Interactions, Progress
from reelgraph.distributed.batch_lists import ShardWriter
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.scorers import ConstantScorer


def die_once(marker: Path) -> None:
    """Kill this process, unless it was done before."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


@dataclasses.dataclass(frozen=True)
class Mortal:
    """Predicts 3 + x; the worker that is the first to fit it dies, or every worker that fits x above ``always``."""

    name: ClassVar[str] = "mortal"
    x: float = 0.0
    marker: str = ""
    always: float = 9.0
    seconds: float = 0.0

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        time.sleep(self.seconds)
        if self.marker:
            die_once(Path(self.marker))
        if self.x > self.always:
            os.kill(os.getpid(), signal.SIGKILL)
        assert not train.rating.flags.writeable
        return FitResult(ConstantScorer(3.0 + self.x, train.n_items))


class DyingWriter(ShardWriter):
    """Dies at its first shard, once."""

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        die_once(self.job.folder.with_name("died"))
        return super().__call__(batch)


class LostWriter(ShardWriter):
    """Dies at every shard."""

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch)


class SlowWriter(ShardWriter):
    """Takes a second for a shard, so that there is time to kill the driver."""

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        time.sleep(1.0)
        return super().__call__(batch)


class FullDiskWriter(ShardWriter):
    """Writes where no file may be longer than 100 bytes, as on a disk that is full."""

    def write(self, shard: int) -> None:
        import resource

        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        _ = self.recommender  # loaded before
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        try:
            super().write(shard)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@dataclasses.dataclass(frozen=True)
class MortalLightGCN(LightGCN):
    """LightGCN of which the second worker dies after two epochs, once; each epoch takes as long as is asked."""

    marker: str = ""
    seconds: float = 0.0

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        assert context is not None
        report = context.progress

        def progress(step: Progress) -> None:
            if report is not None:
                report(step)
            if self.marker and context.shard.rank == 1 and step.done == 2:
                die_once(Path(self.marker))
            time.sleep(self.seconds)

        return super().fit(train, dataclasses.replace(context, progress=progress))


@dataclasses.dataclass(frozen=True)
class FullDiskLightGCN(LightGCN):
    """LightGCN of which the first worker can write no file of more than 1,000 bytes."""

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        import resource

        assert context is not None
        if context.shard.size > 1 and context.shard.rank == 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return super().fit(train, context)
