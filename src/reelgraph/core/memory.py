"""The memory that a task needs and the memory that is free, compared before the task begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, runtime_checkable

from reelgraph.core.errors import InsufficientMemoryError

GIB = 2**30
_NEGLIGIBLE = 2**28  # bytes; estimates of less are too rough to refuse anything for
_ROOT = Path("/")
_UNLIMITED = 2**60  # cgroups of version 1 write a number of about this size for "no limit"


@dataclass(frozen=True)
class DataSize:
    """The size of training data, and whether more is kept of them than a fit of its own accord keeps.

    Args:
        n_users: users.
        n_items: items, with those that nobody has rated.
        n_ratings: ratings.
        keep_forgetting: what single people can be forgotten with is kept, see `FitContext`.
    """

    n_users: int
    n_items: int
    n_ratings: int
    keep_forgetting: bool = False


@dataclass(frozen=True)
class FitMemory:
    """What a fit needs at its peak, besides its data.

    Args:
        n_bytes: an estimate that is rather low than high, so that no fit is refused that would have gone well.
        advice: what to do where that is too much, such as "set memory_gib lower".
    """

    n_bytes: int
    advice: str


@runtime_checkable
class EstimatesMemory(Protocol):
    """Ability of a model: says what memory its fit will need."""

    def fit_memory(self, size: DataSize) -> FitMemory:
        """The memory for a fit on data of a size."""
        ...


def fit_memory(model: Any, size: DataSize) -> FitMemory:
    """The estimate of a model; 0 bytes if it gives none."""
    return model.fit_memory(size) if isinstance(model, EstimatesMemory) else FitMemory(0, "")


def require_memory(n_bytes: int, task: str, advice: str) -> None:
    """Check that a task has the memory that it needs, as far as that can be known.

    Args:
        n_bytes: an estimate, rather low than high; less than 256 MiB is never refused.
        task: what needs it, for the message ("reading ratings.csv").
        advice: what to do about it.

    Raises:
        InsufficientMemoryError: it is more than is free. Nothing is refused where the free memory is unknown.
    """
    if n_bytes < _NEGLIGIBLE:
        return
    free = free_memory()
    if free is not None and n_bytes > free:
        raise InsufficientMemoryError(task, n_bytes, free, advice)


def free_memory() -> int | None:
    """Bytes that this process can still use, swap included; None where the system does not say.

    The smallest of what the machine has free, what the control groups of the process (containers, services) still
    allow, and what is left of its address space (``ulimit -v``).
    """
    limits = [_free_on_machine(_ROOT), *_free_in_cgroups(_ROOT), _free_address_space(_ROOT)]
    known_limits = [limit for limit in limits if limit is not None]
    return max(min(known_limits), 0) if known_limits else None


def _free_on_machine(root: Path) -> int | None:
    """``MemAvailable`` and free swap of Linux."""
    sizes = {}
    for line in _text(root / "proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        if name in ("MemAvailable", "SwapFree") and value.split():
            sizes[name] = int(value.split()[0]) * 1024
    return sizes["MemAvailable"] + sizes.get("SwapFree", 0) if "MemAvailable" in sizes else None


def _free_in_cgroups(root: Path) -> Iterator[int]:
    """What each control group above the process still allows, of version 2 and 1; caches of files can be dropped."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, name = [*line.split(":", 2), "", ""][:3]
        if controllers not in ("", "memory") and "memory" not in controllers.split(","):
            continue
        mount = root / "sys/fs/cgroup" / ("memory" if controllers else "")
        files = ("memory.limit_in_bytes", "memory.usage_in_bytes") if controllers else ("memory.max", "memory.current")
        # In a container the group is the root of what is mounted, whatever its name outside.
        inside = PurePosixPath(name.lstrip("/"))
        for group in {mount / inside, *(mount / parent for parent in inside.parents), mount}:
            limit, used = (_number(group / file) for file in files)
            if limit is not None and used is not None and limit < _UNLIMITED:
                yield limit - used + _file_cache(group)


def _file_cache(group: Path) -> int:
    for line in _text(group / "memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file") and value.isdecimal():
            return int(value)
    return 0


def _free_address_space(root: Path) -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _text(root / "proc/self/statm").split()
    if limit == resource.RLIM_INFINITY or not pages:
        return None
    return limit - int(pages[0]) * resource.getpagesize()


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None  # "max" is none


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
