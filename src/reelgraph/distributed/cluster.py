"""A Ray cluster for the length of one command: started on this machine, or one that runs already."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any
from urllib.parse import urlsplit

from reelgraph.core.errors import CapabilityError, ConfigError

OLDEST_RAY = (2, 60)  # the oldest that the tests have run with
OBJECT_STORE_BYTES = 10**9  # of a cluster on this machine; what does not fit is spilled to disk
_CONNECT_SECONDS = 5.0
_SHARES = 10_000  # of a CPU are the least that Ray tells apart
_HINT = 'pip install "reelgraph[ray]"'
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cluster:
    """A cluster in use.

    Args:
        workers: that may work at once.
        cpus_per_worker: what Ray counts for a worker, at most 1; one CPU is left for whoever feeds them.
    """

    workers: int
    cpus_per_worker: float


@contextlib.contextmanager
def ray_cluster(workers: int | None = None, address: str | None = None) -> Iterator[Cluster]:
    """Start Ray on this machine for the block, or use the cluster at an address.

    A cluster of this machine has no dashboard, sends no usage statistics, keeps at most 1 GB of objects in shared
    memory and ends with the block. Where the program has connected to Ray itself, that connection is used and stays.

    Args:
        workers: processes that work at once; None for one on each CPU, without the one that is left to feed them.
        address: ``host:port`` of a cluster, ``ray://host:port`` or ``auto``; None starts one here.

    Raises:
        CapabilityError: Ray is missing or too old.
        ConfigError: nothing answers at the address, or the cluster has too few CPUs.
    """
    if workers is not None and workers < 1:
        raise ConfigError("workers", f"{workers} is not valid: expected 1 or more")
    ray = require_ray()
    is_ours = not ray.is_initialized()
    with _environment(_ENVIRONMENT):
        if is_ours:
            _connect(ray, workers or os.cpu_count() or 1, address)
        try:
            yield _cluster(ray, workers)
        finally:
            if is_ours:
                ray.shutdown()


def require_ray() -> Any:
    """Ray, imported now.

    Raises:
        CapabilityError: it is missing or too old.
    """
    try:
        installed = metadata.version("ray")
    except metadata.PackageNotFoundError:
        raise CapabilityError.missing("--engine ray", "ray", "ray") from None
    if tuple(map(int, re.findall(r"\d+", installed)[:2])) < OLDEST_RAY:
        needed = ".".join(map(str, OLDEST_RAY))
        raise CapabilityError(f"--engine ray needs ray {needed} or later, and {installed} is installed", _HINT)
    with _environment(_ENVIRONMENT):
        import ray
    return ray


def _connect(ray: Any, workers: int, address: str | None) -> None:
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        ray.init(
            address="local",
            num_cpus=workers + 1,
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=False,
            runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}},
            **quiet,
        )
        return
    _require_listening(address)
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ConfigError(address, f"is no Ray cluster that can be used: {_first_line(error)}") from None


def _require_listening(address: str) -> None:
    """Fail within seconds where nothing answers: Ray itself tries for minutes."""
    if address in ("auto", "local"):
        return
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or port is None:
        raise ConfigError(address, "is no address of a Ray cluster: expected host:port, ray://host:port or auto")
    try:
        socket.create_connection((parts.hostname, port), _CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or "no answer"
        raise ConfigError(address, f"no Ray cluster can be reached there: {reason}; see `ray start --head`") from None


def _cluster(ray: Any, workers: int | None) -> Cluster:
    """The workers of a cluster, and the CPUs that Ray is told each of them takes.

    A pool that takes every CPU leaves none for the task that reads its input, and then waits for ever without an error.
    """
    cpus = float(ray.cluster_resources().get("CPU", 0))
    if cpus < 2:
        raise ConfigError(
            "workers", f"the Ray cluster has {cpus:g} CPUs; a worker and the reader that feeds it need 2 or more"
        )
    workers = workers or int(cpus) - 1
    share = min(1.0, math.floor((cpus - 1) / workers * _SHARES) / _SHARES)
    free = float(ray.available_resources().get("CPU", 0))
    if free < 1 + share:
        _log.warning("the Ray cluster has %g of %g CPUs free; the work waits for more", free, cpus)
    return Cluster(workers, share)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables that Ray reads, and put back what was there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
