"""`tune` on Ray gives the search of threads; a worker that dies is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reelgraph.distributed import Cluster, RayExecutor
from reelgraph.tuning import Range, TuningResult, tune
from tests.distributed.faulty import Mortal
from tests.unit.tuning.toy import STRONG, Toy, prepared

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
