"""The lists of everybody by Ray Data: each worker loads the bundle once and writes one Parquet file for some users."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from reelgraph._util.atomic_files import atomic_write
from reelgraph.bundle import MANIFEST, Bundle, installed_versions
from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.errors import ConfigError, ReelgraphError, WorkerError
from reelgraph.distributed.cluster import Cluster, require_ray
from reelgraph.distributed.executor import worker_error
from reelgraph.recommend import Filters, Order, Recommender
from reelgraph.recommend.batch_lists import BATCH_SIZE

_JOB = "job.json"
_MIN_SHARD, _SHARDS = 64, 16  # users in a file at least; files at least, so that workers end together
_RESTARTS = 3  # of a worker, and of what it was doing


@dataclass(frozen=True)
class ListsJob:
    """What a worker needs to know.

    Args:
        bundle: the folder, on a disk that all machines see.
        folder: of the Parquet files, on such a disk, too.
        k: length of the lists.
        filters: which items may be listed, by id.
        order: of the lists.
        n_users: users of the bundle.
        shard_users: users in a file. The lists are those of one process, the scores but for the last digit of float32.
        allow: scorers of other packages that the bundle may load, ``package.module:Class``.
    """

    bundle: Path
    folder: Path
    k: int
    filters: Filters
    order: Order
    n_users: int
    shard_users: int
    allow: tuple[str, ...] = ()

    @property
    def n_shards(self) -> int:
        """Number of files."""
        return -(-self.n_users // self.shard_users)

    def path(self, shard: int) -> Path:
        """The file of a shard."""
        return self.folder / f"part-{shard:06}.parquet"

    def identity(self) -> dict[str, Any]:
        """What must be equal for files of an earlier run to be used, JSON-ready."""
        manifest = hashlib.sha256((self.bundle / MANIFEST).read_bytes()).hexdigest()
        job = {name: getattr(self, name) for name in ("k", "order", "n_users", "shard_users")}
        filters = {name: repr(value) for name, value in dataclasses.asdict(self.filters).items()}
        return {**job, "filters": filters, "manifest_sha256": manifest, "versions": installed_versions()}


def ray_lists(cluster: Cluster, job: ListsJob, progress: ProgressCallback | None = None) -> Iterator[Mapping[str, Any]]:
    """The columns ``user_id, item_id, score, rank`` of each shard, in the order of the users.

    Files that an earlier, killed run of the same job has left are read in place of being made again; a file that cannot
    be read is made again. The folder is removed at the end.

    Args:
        cluster: from `ray_cluster`.
        job: the work.
        progress: called as users are done.

    Raises:
        ConfigError: the folder is something else, or cannot be written.
        WorkerError: a worker died again and again, or found the bundle unreadable.
    """
    missing = _missing_shards(job)
    n_done = job.n_shards - len(missing)
    for _ in _write_shards(cluster, job, missing):
        n_done += 1
        if progress is not None:
            progress(Progress("recommend", min(n_done * job.shard_users, job.n_users), job.n_users, "users"))
    for shard in range(job.n_shards):
        table = _read(job.path(shard))
        if table is None:
            raise WorkerError(f"{job.path(shard)} cannot be read", "give the same command again: it is made anew")
        yield table.to_dict()
    shutil.rmtree(job.folder)


def shard_users(n_users: int) -> int:
    """Users in a file: a batch of one process at most, a sixteenth of all in small bundles."""
    return min(BATCH_SIZE, max(_MIN_SHARD, -(-n_users // _SHARDS)))


class ShardWriter:
    """An actor that makes the lists of shards of users.

    Args:
        job: the work.
    """

    def __init__(self, job: ListsJob) -> None:
        self.job = job

    @cached_property
    def recommender(self) -> Recommender:
        """Loaded at the first shard, so that a damaged bundle is an answer and not a worker that will not start."""
        return Recommender(Bundle.load(self.job.bundle, allow=self.job.allow))

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Write the files of the shards in ``batch["item"]``; an error comes back as a text, "" for none."""
        shards = [int(shard) for shard in batch["item"]]
        return {"shard": shards, "error": [self._error_of(shard) for shard in shards]}

    def _error_of(self, shard: int) -> str:
        try:
            self.write(shard)
        except ReelgraphError as error:
            return str(error)
        except OSError as error:
            return f"{self.job.path(shard)} cannot be written: {error.strerror}"
        return ""

    def write(self, shard: int) -> None:
        """Make the lists of one shard; its file is whole or absent."""
        job, start = self.job, shard * self.job.shard_users
        users = self.recommender.users.ids[start : start + job.shard_users].tolist()
        lists = self.recommender.recommend_all(job.k, job.filters, users=users, order=job.order)
        content = io.BytesIO()  # polars would turn an error of the disk into one of its own
        lists.to_polars().write_parquet(content)
        atomic_write(job.path(shard), content.getvalue())


def _missing_shards(job: ListsJob) -> list[int]:
    """Shards without a file of this job that can be read; files of another job are removed."""
    identity, stored = json.loads(json.dumps(job.identity())), None
    with contextlib.suppress(OSError, ValueError):
        stored = json.loads((job.folder / _JOB).read_text(encoding="utf-8"))
    if stored is None and job.folder.exists() and any(job.folder.iterdir()):
        raise ConfigError(str(job.folder), "is needed for parts of the lists, and is something else; move it away")
    if stored != identity:
        shutil.rmtree(job.folder, ignore_errors=True)
        try:
            atomic_write(job.folder / _JOB, json.dumps(identity).encode())
        except OSError as error:
            raise ConfigError(str(job.folder), f"cannot be written: {error.strerror}") from None
    return [shard for shard in range(job.n_shards) if _read(job.path(shard)) is None]


def _read(path: Path) -> pl.DataFrame | None:
    try:
        return pl.read_parquet(path, memory_map=False)
    except (OSError, pl.exceptions.PolarsError):
        return None


def _write_shards(cluster: Cluster, job: ListsJob, shards: list[int]) -> Iterator[int]:
    """Let the workers write the shards; gives each when it is written."""
    if not shards:
        return
    ray = require_ray()
    from ray import data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    data.DataContext.get_current().enable_progress_bars = False
    written = data.from_items(shards, override_num_blocks=len(shards)).map_batches(
        ShardWriter,
        batch_size=1,
        compute=data.ActorPoolStrategy(size=min(cluster.workers, len(shards))),
        fn_constructor_args=(job,),
        num_cpus=cluster.cpus_per_worker,
        ray_remote_args_fn=lambda: {"max_restarts": _RESTARTS, "max_task_retries": _RESTARTS},
    )
    try:
        for row in written.iter_rows():
            if row["error"]:
                raise WorkerError(f"users {row['shard'] * job.shard_users + 1} and later: {row['error']}")
            yield row["shard"]
    except ray.exceptions.RayError as error:
        raise worker_error(error) from None
