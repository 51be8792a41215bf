"""`train` on Ray gives the network of one process but for the order of sums, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.cli import main
from reelgraph.core import FitContext, FitResult, Progress, Split
from reelgraph.core.errors import BundleError, CapabilityError, TrainingError
from reelgraph.distributed import Cluster
from reelgraph.distributed.training import RayFit
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.train import checkpoint
from tests.distributed.conftest import table
from tests.distributed.faulty import FullDiskLightGCN, MortalLightGCN

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = {"dim": 8, "epochs": 3, "batch_size": 17, "patience": 0, "choose": False}


@pytest.fixture(scope="session")
def parts() -> Split:
    data = rg.from_frame(table())
    return rg.split(rg.index(data.ratings), rg.Random(valid=0.2, test=0.0), seed=0)


def context(parts: Split, folder: Path | None = None, **settings: Any) -> FitContext:
    return FitContext(seed=1, valid=parts.valid, checkpoint_dir=folder, **settings)


def arrays(result: FitResult) -> dict[str, Any]:
    return dict(result.scorer.arrays())  # type: ignore[attr-defined]


def require_same(one: FitResult, other: FitResult, tolerance: float) -> None:
    assert [record.epoch for record in one.history] == [record.epoch for record in other.history]
    assert one.best_epoch == other.best_epoch
    assert one.stopped_because == other.stopped_because
    for name, array in arrays(one).items():
        np.testing.assert_allclose(arrays(other)[name], array, rtol=0, atol=tolerance * max(1.0, np.abs(array).max()))


@pytest.fixture(scope="session")
def one_process(parts: Split) -> FitResult:
    return LightGCN(**SETTINGS).fit(parts.train, context(parts))


@pytest.fixture(scope="session")
def two_workers(cluster: Cluster, parts: Split, tmp_path_factory: pytest.TempPathFactory) -> FitResult:
    folder = tmp_path_factory.mktemp("checkpoint")
    steps: list[Progress] = []
    result = RayFit(cluster)(LightGCN(**SETTINGS), parts.train, context(parts, folder, progress=steps.append))
    assert [step.done for step in steps] == [1, 2, 3]
    assert [path.name for path in folder.iterdir()] == [checkpoint.FILE_NAME]
    return result


def test_two_workers_give_the_network_of_one_process(one_process: FitResult, two_workers: FitResult) -> None:
    require_same(one_process, two_workers, 1e-4)
    for mine, theirs in zip(one_process.history, two_workers.history, strict=True):
        assert theirs.train_loss == pytest.approx(mine.train_loss, rel=1e-5)
        assert theirs.valid == pytest.approx(mine.valid, abs=1e-3)
    assert one_process.history[-1].train_loss < one_process.history[0].train_loss


def test_a_killed_worker_is_replaced(cluster: Cluster, parts: Split, two_workers: FitResult, tmp_path: Path) -> None:
    model = MortalLightGCN(**SETTINGS, marker=str(tmp_path / "died"))
    result = RayFit(cluster)(model, parts.train, context(parts, tmp_path / "checkpoint"))
    assert (tmp_path / "died").exists()
    require_same(two_workers, result, 0.0)


def test_a_full_disk_is_named(cluster: Cluster, parts: Split, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot write the checkpoint in .*File too large"):
        RayFit(cluster)(FullDiskLightGCN(**SETTINGS), parts.train, context(parts, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_checkpoint_is_named_before_any_work(parts: Split, tmp_path: Path) -> None:
    (tmp_path / checkpoint.FILE_NAME).write_bytes(b"not a checkpoint")
    with pytest.raises(BundleError, match=r"checkpoint\.safetensors is damaged"):
        RayFit(Cluster(2, 1.0))(LightGCN(**SETTINGS), parts.train, context(parts, tmp_path, resume=True))


def test_a_killed_driver_is_resumed_by_one_process(
    cluster: Cluster, parts: Split, two_workers: FitResult, one_process: FitResult, tmp_path: Path
) -> None:
    script = f"""
import pytest, reelgraph as rg
from tests.distributed import test_ray_training as tests
from reelgraph.distributed import ray_cluster
data = rg.from_frame(tests.table())
parts = rg.split(rg.index(data.ratings), rg.Random(valid=0.2, test=0.0), seed=0)
model = tests.MortalLightGCN(**tests.SETTINGS, seconds=3.0)
with ray_cluster(2) as cluster:
    tests.RayFit(cluster)(model, parts.train, tests.context(parts, tests.Path({str(tmp_path)!r})))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    driver = subprocess.Popen([sys.executable, "-c", script], env=environment)
    file, deadline = tmp_path / checkpoint.FILE_NAME, time.monotonic() + 400
    while not file.exists() and driver.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    saved = checkpoint.read(tmp_path)
    assert saved is not None
    assert 1 <= len(saved[1]["history"]) < 3  # it was killed in the middle
    result = MortalLightGCN(**SETTINGS, seconds=3.0).fit(parts.train, context(parts, tmp_path, resume=True))
    require_same(one_process, result, 1e-4)


def test_other_models_are_refused(parts: Split) -> None:
    for model in (rg.GCN(), rg.Blend(), LightGCN(loss="bpr"), rg.GraphFilter()):
        with pytest.raises(CapabilityError, match="is trained on one machine"):
            RayFit(Cluster(2, 1.0))(model, parts.train, context(parts))


def test_the_verb_writes_a_bundle(cluster: Cluster, tmp_path: Path) -> None:
    from tests.cli.conftest import write_ml

    data, out = write_ml(tmp_path / "toy"), tmp_path / "B"
    words = ["train", data, "--model", "lightgcn", "--set", "dim=4", "--set", "epochs=2", "--out", out]
    assert main([str(word) for word in [*words, "--engine", "ray", "--workers", 2]]) == 0
    assert rg.Bundle.load(out).info["model"]["name"] == "lightgcn"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["B", "toy"]
