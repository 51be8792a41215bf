"""Trials side by side give the trials of a search that anyone can repeat."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reelgraph.core.errors import ConfigError, WorkerError
from reelgraph.tuning import Range, TuningResult
from tests.unit.tuning.toy import SPACE, Toy, search

pytest.importorskip("optuna", reason='optuna is not installed: pip install "reelgraph[tune]"')

PRUNED = {"space": {"x": Range(-4.0, 4.0)}, "fixed": {"epochs": 8}}  # far values are pruned


def records(result: TuningResult) -> list[Any]:
    return [(trial.number, trial.state, trial.value, dict(trial.settings), trial.error) for trial in result.trials]


@pytest.mark.parametrize("settings", [{"space": SPACE}, PRUNED], ids=["all complete", "some pruned"])
def test_one_worker_gives_the_search_of_one_process(settings: dict[str, Any]) -> None:
    alone = search(trials=20, **settings)
    with ThreadPoolExecutor(1) as executor:
        elsewhere = search(trials=20, executor=executor, **settings)
    assert records(elsewhere) == records(alone)
    assert alone.count("pruned") > 0 or settings["space"] is SPACE


def test_three_workers_give_the_same_search_whatever_ends_first() -> None:
    class Reversed(Executor):
        """Runs the latest submission first."""

        def __init__(self) -> None:
            self.waiting: list[tuple[Future[Any], Any, Any]] = []

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            executor = self

            class Lazy(Future[Any]):
                def result(self, timeout: float | None = None) -> Any:
                    while executor.waiting:
                        future, function, arguments = executor.waiting.pop()
                        future.set_result(function(*arguments))
                    return super().result(0)

            future = Lazy()
            self.waiting.append((future, fn, args))
            return future

    threads = search(trials=14, workers=3, **PRUNED)
    backwards = search(trials=14, workers=3, executor=Reversed(), **PRUNED)
    assert records(threads) == records(backwards)
    assert records(threads) != records(search(trials=14, **PRUNED))  # which knows more at each trial


def test_a_resumed_search_is_that_of_one_go(tmp_path: Path) -> None:
    whole = search(trials=16, workers=3, **PRUNED)
    search(trials=9, workers=3, study=tmp_path / "s.db", **PRUNED)
    assert records(search(trials=16, workers=3, study=tmp_path / "s.db", **PRUNED)) == records(whole)


def test_a_trial_without_an_answer_has_failed_and_the_search_goes_on() -> None:
    class Lossy(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if args[1] != 2:
                return super().submit(fn, *args, **kwargs)
            future: Future[Any] = Future()
            future.set_exception(WorkerError("the worker died"))
            return future

    whole = search(trials=4)
    with Lossy(1) as executor:
        lossy = search(trials=4, executor=executor)
    assert lossy.trials[2].state == "failed"
    assert lossy.trials[2].error == "the worker died"
    assert lossy.trials[2].settings == whole.trials[2].settings
    assert records(lossy)[:2] == records(whole)[:2]
    assert lossy.trials[3].state == "complete"


def test_an_error_that_is_no_failure_of_training_ends_the_search() -> None:
    def before(fit: int) -> None:
        if fit == 3:
            raise RuntimeError("a bug")

    Toy.before = before
    with pytest.raises(RuntimeError, match="a bug"):
        search(trials=30, workers=2)
    assert len(Toy.fits) < 10


def test_no_workers_are_refused() -> None:
    with pytest.raises(ConfigError, match="workers: 0 is not valid"):
        search(workers=0)
