"""Options that say where the work of a verb runs: on threads of this process, or on workers of a Ray cluster."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from reelgraph.cli.options import refuse_given
from reelgraph.core import Model
from reelgraph.core.errors import ConfigError

if TYPE_CHECKING:
    from reelgraph.distributed import Cluster
    from reelgraph.pipeline.measurement import Fitter

EngineName = Literal["threads", "ray"]
Engine = Annotated[
    EngineName, typer.Option("--engine", help="threads of this process, or ray: processes, here or on many machines.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Threads or processes at once; with ray one for each CPU.")
]
Address = Annotated[
    str | None,
    typer.Option("--address", metavar="HOST:PORT", help="A running Ray cluster, or auto; $RAY_ADDRESS if not given."),
]


@dataclass(frozen=True)
class EngineChoice:
    """What the three options say.

    Args:
        name: threads or ray.
        workers: at once, or None.
        address: of a Ray cluster, or None.

    Raises:
        ConfigError: an address without Ray.
        CapabilityError: Ray is missing or too old.
    """

    name: EngineName
    workers: int | None
    address: str | None

    def __post_init__(self) -> None:
        if self.name == "ray":
            from reelgraph.distributed.cluster import require_ray  # here: few commands use Ray

            require_ray()
        elif self.address is not None:
            raise ConfigError("--address", "is of a Ray cluster: give --engine ray, too")

    @contextlib.contextmanager
    def cluster(self) -> Iterator[Cluster | None]:
        """The Ray cluster of a verb while it runs; None where the engine is threads.

        Raises:
            ConfigError: no cluster is at the address, or it is too small.
        """
        if self.name == "threads":
            yield None
            return
        from reelgraph.distributed import ray_cluster

        with ray_cluster(self.workers, self.address or os.environ.get("RAY_ADDRESS")) as cluster:
            yield cluster


def executor_of(cluster: Cluster | None) -> contextlib.AbstractContextManager[Executor | None]:
    """An executor on the workers of a cluster; None without one."""
    if cluster is None:
        return contextlib.nullcontext()
    from reelgraph.distributed import RayExecutor

    return RayExecutor(cluster)


def require_default_engine(context: typer.Context, verb: str) -> None:
    """Refuse the options where they would do nothing.

    Raises:
        ConfigError: one of them is given.
    """
    refuse_given(context, ("engine", "workers", "address"), f"is for {verb}")


def fitter_of(cluster: Cluster | None) -> Fitter | None:
    """What fits a model on the workers of a cluster; None without one."""
    if cluster is None:
        return None
    from reelgraph.distributed.training import RayFit

    return RayFit(cluster)


def require_divided(engine: EngineChoice, model: Model) -> None:
    """Check, before the data are read, that a model can be trained by the engine.

    Raises:
        ConfigError: workers of threads: PyTorch has threads of its own.
        CapabilityError: the model's work cannot be divided among processes.
    """
    if engine.name == "ray":
        from reelgraph.distributed.training import require_data_parallel

        require_data_parallel(model)
    elif engine.workers is not None:
        raise ConfigError("--workers", "is for --engine ray; the threads of one process are set by OMP_NUM_THREADS")
