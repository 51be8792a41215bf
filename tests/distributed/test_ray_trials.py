"""`tune` on Ray gives the search of threads; a worker that dies is replaced."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.distributed import Cluster, RayExecutor
from reelgraph.tuning import Range, TuningResult, tune
from tests.distributed.conftest import SECRET
from tests.distributed.faulty import Mortal
from tests.unit.tuning.toy import STRONG, Toy, prepared

ROOT = Path(__file__).parents[2]
X = {"x": Range(-4.0, 4.0)}


def search(model: Any, **settings: Any) -> TuningResult:
    return tune(model, STRONG, prepared(), **{"metric": "mse", "space": X, "trials": 10, "workers": 2, **settings})


def records(result: TuningResult) -> list[Any]:
    return [(trial.number, trial.state, trial.value, dict(trial.settings), trial.error) for trial in result.trials]


def test_the_trials_are_those_of_threads(cluster: Cluster, tmp_path: Path) -> None:
    settings = {"fixed": {"epochs": 8}, "trials": 14}
    threads = search(Toy, **settings)
    assert threads.count("pruned")
    with RayExecutor(cluster) as executor:
        whole = search(Toy, executor=executor, **settings)
        search(Toy, executor=executor, study=tmp_path / "s.db", **{**settings, "trials": 6})
        resumed = search(Toy, executor=executor, study=tmp_path / "s.db", **settings)
    assert records(whole) == records(resumed) == records(threads)
    assert whole.to_toml() == threads.to_toml()


def test_one_worker_gives_the_search_of_one_process(cluster: Cluster) -> None:
    with RayExecutor(cluster) as executor:
        elsewhere = search(Toy, executor=executor, workers=1)
    assert records(elsewhere) == records(search(Toy, workers=1))


def test_a_killed_worker_is_replaced(cluster: Cluster, tmp_path: Path) -> None:
    marker = tmp_path / "died"
    with RayExecutor(cluster) as executor:
        result = search(Mortal, executor=executor, trials=4, fixed={"marker": str(marker)})
    assert marker.exists()
    assert records(result) == records(search(Mortal, trials=4, fixed={"marker": str(marker)}))
    assert result.count("complete") == 4


def test_a_trial_that_kills_every_worker_has_failed(cluster: Cluster) -> None:
    with RayExecutor(cluster) as executor:
        result = search(Mortal, executor=executor, trials=5, fixed={"always": 1.0})
    lost = [trial for trial in result.trials if trial.settings["x"] > 1.0]
    assert lost
    assert all(trial.state == "failed" and "a worker died, again and again" in trial.error for trial in lost)
    assert result.count("complete") == 5 - len(lost) > 0


def test_an_error_of_the_work_itself_is_not_hidden(cluster: Cluster) -> None:
    with RayExecutor(cluster) as executor, pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 1, 0).result()


def script_of(body: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """A Python program of its own, with a Ray of its own."""
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    return subprocess.Popen(
        [sys.executable, "-c", body],
        env={**os.environ, **paths, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_driver_is_resumed(cluster: Cluster, tmp_path: Path) -> None:
    study = tmp_path / "s.db"
    driver = script_of(f"""
from tests.distributed import test_ray_trials as tests
from reelgraph.distributed import RayExecutor, ray_cluster
with ray_cluster(2) as cluster, RayExecutor(cluster) as executor:
    tests.search(tests.Mortal, executor=executor, trials=8, study=tests.Path({str(study)!r}), fixed={{"seconds": 3.0}})
""")
    deadline, n_finished = time.monotonic() + 300, 0
    while n_finished < 2 and driver.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(study)) as file:
            (n_finished,) = file.execute("SELECT count(*) FROM trials WHERE state = 'COMPLETE'").fetchone()
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    assert 2 <= n_finished < 8  # it was killed in the middle
    settings = {"trials": 8, "fixed": {"seconds": 0.001}}
    with RayExecutor(cluster) as executor, pytest.raises(ConfigError, match="another run: fixed"):
        search(Mortal, executor=executor, study=study, **settings)
    settings["fixed"] = {"seconds": 3.0}
    with RayExecutor(cluster) as executor:
        resumed = search(Mortal, executor=executor, study=study, **settings)
    assert records(resumed) == records(search(Mortal, **settings))


def test_short_memory_is_named() -> None:
    """Ray kills the workers of a machine that has used more than a share of its memory, here any."""
    body = """
import time
from reelgraph.core.errors import WorkerError
from reelgraph.distributed import RayExecutor, ray_cluster
with ray_cluster(1) as cluster, RayExecutor(cluster) as executor:
    try:
        executor.submit(time.sleep, 60).result()
    except WorkerError as error:
        print(error)
"""
    driver = script_of(body, {"RAY_memory_usage_threshold": "0.001", "RAY_task_oom_retries": "0"})
    printed, _ = driver.communicate(timeout=300)
    assert printed.strip() == "a worker ran out of memory, again and again (use fewer workers, or a larger machine)"


def test_logs_name_nobody(cluster: Cluster, bundle: Path, tmp_path: Path) -> None:
    from reelgraph.distributed.batch_lists import ListsJob, ray_lists
    from reelgraph.recommend import Filters

    work = ListsJob(bundle, tmp_path / "parts", 5, Filters(), "liked", 60, 30)
    assert any(SECRET in str(columns["user_id"][0]) for columns in ray_lists(cluster, work))
    logs = Path("/tmp/ray/session_latest").resolve() / "logs"
    files = [path for path in logs.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []
