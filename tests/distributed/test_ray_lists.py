"""`recommend --all` on Ray gives the lists of one process, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reelgraph.bundle import Bundle
from reelgraph.cli import main
from reelgraph.core.errors import ConfigError, WorkerError
from reelgraph.distributed import Cluster, batch_lists
from reelgraph.distributed.batch_lists import ListsJob, ShardWriter, ray_lists
from reelgraph.recommend import Filters, Recommender
from reelgraph.recommend import batch_lists as one_process
from tests.distributed import faulty

ROOT = Path(__file__).parents[2]


def job(bundle: Path, folder: Path, shard_users: int = 16) -> ListsJob:
    return ListsJob(bundle, folder / "lists.parts", 5, Filters(), "liked", 60, shard_users)


def lists(cluster: Cluster, job: ListsJob, progress: Any = None) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(columns) for columns in ray_lists(cluster, job, progress)])


@pytest.fixture
def expected(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> pl.DataFrame:
    """The lists of one process, in batches of as many users."""
    monkeypatch.setattr(one_process.batch_lists, "__defaults__", (16, None))
    return Recommender(Bundle.load(bundle)).recommend_all(5).to_polars()


def test_the_lists_are_those_of_one_process(
    cluster: Cluster, bundle: Path, tmp_path: Path, expected: pl.DataFrame
) -> None:
    done: list[int] = []
    assert lists(cluster, job(bundle, tmp_path), lambda step: done.append(step.done)).equals(expected)
    assert expected.height == 300
    assert done == [16, 32, 48, 60]
    assert list(tmp_path.iterdir()) == []


def test_the_verb_writes_them_to_one_file(cluster: Cluster, bundle: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{engine}.csv" for engine in ("threads", "ray")]
    for path in paths:
        words = ["recommend", bundle, "--all", "-k", 4, "--out", path, "--engine", path.stem, "--workers", 2, "--json"]
        assert main([str(word) for word in words]) == 0
    assert paths[0].read_text() == paths[1].read_text()
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_more_workers_than_cpus_do_not_stall(bundle: Path, tmp_path: Path, cluster: Cluster) -> None:
    from reelgraph.distributed import ray_cluster

    with ray_cluster(5) as crowded:  # in the cluster of 3 CPUs that runs already
        assert crowded.cpus_per_worker == 0.4
        assert lists(crowded, job(bundle, tmp_path, shard_users=12)).height == 300


def test_a_killed_worker_is_replaced(
    cluster: Cluster, bundle: Path, tmp_path: Path, expected: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_lists, "ShardWriter", faulty.DyingWriter)
    assert lists(cluster, job(bundle, tmp_path)).equals(expected)
    assert (tmp_path / "died").exists()


def test_workers_that_always_die_end_it(
    cluster: Cluster, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_lists, "ShardWriter", faulty.LostWriter)
    with pytest.raises(WorkerError, match="a worker died, again and again"):
        lists(cluster, job(bundle, tmp_path))


def test_a_full_disk_is_named(
    cluster: Cluster, bundle: Path, tmp_path: Path, expected: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(batch_lists, "ShardWriter", faulty.FullDiskWriter)
        with pytest.raises(WorkerError, match=r"part-00000\d\.parquet cannot be written: File too large"):
            lists(cluster, job(bundle, tmp_path))
    assert [path.name for path in (tmp_path / "lists.parts").iterdir()] == ["job.json"]  # nothing half-written
    assert lists(cluster, job(bundle, tmp_path)).equals(expected)


def test_a_damaged_bundle_is_named(cluster: Cluster, bundle: Path, tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    content = (copy / "scorer.safetensors").read_bytes()
    (copy / "scorer.safetensors").write_bytes(content[:-1])
    with pytest.raises(WorkerError, match=r"users \d+ and later: .*scorer\.safetensors"):
        lists(cluster, job(copy, tmp_path))


def test_a_shard_that_cannot_be_read_is_made_again(
    cluster: Cluster, bundle: Path, tmp_path: Path, expected: pl.DataFrame
) -> None:
    work = job(bundle, tmp_path)
    assert batch_lists._missing_shards(work) == [0, 1, 2, 3]
    writer = ShardWriter(work)
    for shard in (0, 1, 2):
        writer.write(shard)
    kept = work.path(0).stat().st_mtime_ns
    work.path(1).write_bytes(work.path(1).read_bytes()[:-20])
    work.path(2).write_bytes(b"")
    assert batch_lists._missing_shards(work) == [1, 2, 3]
    assert work.path(0).stat().st_mtime_ns == kept
    assert lists(cluster, work).equals(expected)


def test_files_of_another_job_are_not_used_and_other_files_not_touched(bundle: Path, tmp_path: Path) -> None:
    work = job(bundle, tmp_path)
    batch_lists._missing_shards(work)
    ShardWriter(work).write(0)
    longer = ListsJob(bundle, work.folder, 6, Filters(), "liked", 60, 16)
    assert batch_lists._missing_shards(longer) == [0, 1, 2, 3]
    assert not work.path(0).exists()
    (work.folder / "job.json").unlink()
    (work.folder / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is something else; move it away"):
        batch_lists._missing_shards(work)
    assert (work.folder / "mine.txt").read_text() == "mine"


def test_a_killed_driver_is_resumed(cluster: Cluster, bundle: Path, tmp_path: Path, expected: pl.DataFrame) -> None:
    work = job(bundle, tmp_path)
    script = f"""
from tests.distributed import faulty, test_ray_lists as tests
from reelgraph.distributed import batch_lists, ray_cluster
batch_lists.ShardWriter = faulty.SlowWriter
with ray_cluster(1) as cluster:
    tests.lists(cluster, tests.job(tests.Path({str(bundle)!r}), tests.Path({str(tmp_path)!r})))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    driver = subprocess.Popen([sys.executable, "-c", script], env=environment)
    deadline = time.monotonic() + 300
    while not work.path(0).exists() and driver.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert work.path(0).exists()
    kept = work.path(0).stat().st_mtime_ns
    assert batch_lists._missing_shards(work)  # it was killed in the middle
    assert work.path(0).stat().st_mtime_ns == kept
    assert lists(cluster, work).equals(expected)
