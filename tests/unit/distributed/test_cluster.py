"""What is said before any work begins where Ray is missing, too old, out of reach or too small. Needs no Ray."""

from __future__ import annotations

import contextlib
import os
import socket
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reelgraph.cli import main
from reelgraph.core import FitContext, Interactions
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.distributed import cluster, training
from reelgraph.distributed.cluster import ray_cluster, require_ray


class FakeRay:
    """As much of Ray as `ray_cluster` uses."""

    def __init__(self, cpus: float, connected: bool = False) -> None:
        self.cpus, self.connected, self.started, self.ended = cpus, connected, None, 0

    def is_initialized(self) -> bool:
        return self.connected

    def init(self, **settings: Any) -> None:
        self.started = SimpleNamespace(**settings, statistics=os.environ["RAY_USAGE_STATS_ENABLED"])
        self.cpus = settings.get("num_cpus", self.cpus)

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": self.cpus}

    available_resources = cluster_resources

    def shutdown(self) -> None:
        self.ended += 1


def installed(monkeypatch: pytest.MonkeyPatch, version: str | None) -> None:
    def version_of(name: str) -> str:
        assert name == "ray"
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(cluster.metadata, "version", version_of)


def fake(monkeypatch: pytest.MonkeyPatch, ray: FakeRay) -> FakeRay:
    monkeypatch.setattr(cluster, "require_ray", lambda: ray)
    return ray


def test_missing_ray_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, None)
    with pytest.raises(CapabilityError) as caught:
        require_ray()
    assert str(caught.value) == '--engine ray needs ray (pip install "reelgraph[ray]")'


@pytest.mark.parametrize("version", ["2.9.3", "2.59.0", "1.13.0"])
def test_an_old_ray_is_named_with_the_version_needed(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    installed(monkeypatch, version)
    with pytest.raises(CapabilityError) as caught:
        require_ray()
    assert str(caught.value) == (
        f'--engine ray needs ray 2.60 or later, and {version} is installed (pip install "reelgraph[ray]")'
    )


@pytest.mark.parametrize("address", ["127.0.0.1:{}", "ray://127.0.0.1:{}"])
def test_an_address_where_nothing_listens_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    ray = fake(monkeypatch, FakeRay(4))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, and not listening
        address = address.format(free.getsockname()[1])
        with pytest.raises(ConfigError) as caught, ray_cluster(2, address):
            pass
    assert str(caught.value).startswith(f"{address}: no Ray cluster can be reached there: ")
    assert ray.started is None


@pytest.mark.parametrize("address", ["nonsense", "host:port", "ray://"])
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    fake(monkeypatch, FakeRay(4))
    with pytest.raises(ConfigError, match=r"expected host:port, ray://host:port or auto"), ray_cluster(2, address):
        pass


def test_an_error_of_ray_itself_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = fake(monkeypatch, FakeRay(4))

    def init(**_: Any) -> None:
        raise ConnectionError("Could not find any running Ray instance.\nmore\nlines")

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(ConfigError) as caught, ray_cluster(2, "auto"):
        pass
    assert str(caught.value) == "auto: is no Ray cluster that can be used: Could not find any running Ray instance."


def test_a_cluster_here_is_small_silent_and_ends_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = fake(monkeypatch, FakeRay(0))
    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
    with ray_cluster(2) as started:
        assert (started.workers, started.cpus_per_worker) == (2, 1.0)
        assert ray.ended == 0
    assert ray.ended == 1
    assert ray.started is not None
    assert ray.started.num_cpus == 3  # two workers and the one that feeds them
    assert ray.started.object_store_memory <= 10**9
    assert not ray.started.include_dashboard
    assert not ray.started.log_to_driver
    assert ray.started.statistics == "0"
    assert "RAY_USAGE_STATS_ENABLED" not in os.environ


def test_a_connection_of_the_program_is_used_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = fake(monkeypatch, FakeRay(9, connected=True))
    with ray_cluster() as used:
        assert used.workers == 8
    assert ray.started is None
    assert ray.ended == 0


@pytest.mark.parametrize(("cpus", "workers", "share"), [(2, 2, 0.5), (3, 2, 1.0), (4, 7, 0.4285), (8, 2, 1.0)])
def test_workers_leave_a_cpu_for_the_reader(
    monkeypatch: pytest.MonkeyPatch, cpus: float, workers: int, share: float
) -> None:
    fake(monkeypatch, FakeRay(cpus, connected=True))
    with ray_cluster(workers) as used:
        assert used.cpus_per_worker == share
        assert used.workers * used.cpus_per_worker <= cpus - 1


def test_one_cpu_is_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, FakeRay(1, connected=True))
    with pytest.raises(ConfigError, match="workers: the Ray cluster has 1 CPUs; .* need 2"), ray_cluster(1):
        pass


def test_workers_without_a_gpu_are_refused(monkeypatch: pytest.MonkeyPatch, tiny: Interactions) -> None:
    monkeypatch.setattr(training, "require_ray", lambda: FakeRay(4))
    model: Any = SimpleNamespace(name="net", data_parallel=True)
    with pytest.raises(CapabilityError, match="the Ray cluster has 0 GPUs for 2 workers"):
        training.RayFit(cluster.Cluster(2, 1.0))(model, tiny, FitContext(device="cuda"))


def test_no_workers_are_refused() -> None:
    with pytest.raises(ConfigError, match="workers: 0 is not valid"), ray_cluster(0):
        pass


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["tune", "sample", "--model", "bias", "--address", "h:1"],
            "--address: is of a Ray cluster: give --engine ray",
        ),
        (["train", "no-data", "--model", "gcn", "--out", "B", "--workers", "2"], "--workers: is for --engine ray"),
        (["recommend", "B", "--engine", "ray"], "--engine: is for recommend --all"),
        (["recommend", "B", "--user", "1", "--workers", "2"], "--workers: is for recommend --all"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with contextlib.chdir(tmp_path):
        assert main(words) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
