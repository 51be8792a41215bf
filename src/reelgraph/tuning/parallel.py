"""Trials side by side, on any `concurrent.futures.Executor`: threads of this process, or workers elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from typing import TYPE_CHECKING

from reelgraph.core import Progress
from reelgraph.core.display import counted
from reelgraph.core.errors import WorkerError
from reelgraph.core.interruption import Interruption
from reelgraph.tuning.spaces import Space
from reelgraph.tuning.study import finished, opened
from reelgraph.tuning.task import Task
from reelgraph.tuning.trial import fail_trial, run_trial, suggest_settings

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial


def run_in_parallel(
    study: Study,
    task: Task,
    space: Space,
    trials: int,
    timeout: float | None,
    executor: Executor,
    workers: int,
    on_trial: Callable[[int], None],
) -> str:
    """Run trials until there are enough, ``workers`` at a time; returns why the search ended.

    Trial i is drawn, and pruned, from what the trials up to i - ``workers`` have given, in the order of their numbers
    and not of their ends. So the same seed and number of workers give the same search, resumed or not, and one worker
    gives that of no executor at all. The price: nothing new begins while the oldest of ``workers`` trials goes on.

    Args:
        study: receives the trials, in order.
        task: what a trial fits and measures.
        space: what is searched.
        trials: in all, those already in the study included.
        timeout: seconds after which no further trial begins; None for no end.
        executor: runs the trials. A trial whose `WorkerError` comes out of it has failed, and the search goes on.
        workers: trials at once.
        on_trial: called with the number of finished trials, after each.
    """
    lower_is_better = study.direction.name == "MINIMIZE"
    interruption = Interruption()
    trial_of = partial(_trial, task, space, lower_is_better, interruption)
    started, number, stopped = time.monotonic(), len(finished(study)), f"all {counted(trials, 'trial')} done"
    pending: deque[tuple[int, list[FrozenTrial], Future[FrozenTrial]]] = deque()
    try:
        while True:
            while len(pending) < workers and number < trials:
                if timeout is not None and time.monotonic() - started >= timeout:
                    trials, stopped = number, f"{counted(timeout, 'second is', 'seconds are')} over"
                    break
                earlier_trials = finished(study)[: max(0, number - workers + 1)]
                pending.append((number, earlier_trials, executor.submit(trial_of, earlier_trials, number)))
                number += 1
            if not pending:
                return stopped
            oldest, earlier_trials, future = pending.popleft()
            try:
                trial = future.result()
            except WorkerError as error:
                trial = _failed(task, space, lower_is_better, earlier_trials, oldest, str(error))
            study.add_trial(trial)
            on_trial(oldest + 1)
    finally:
        interruption.cancel()
        for _, _, future in pending:
            future.cancel()


def _trial(
    task: Task,
    space: Space,
    lower_is_better: bool,
    interruption: Interruption,
    earlier_trials: Sequence[FrozenTrial],
    number: int,
) -> FrozenTrial:
    """Run one trial in a study of its own that holds what it may know."""

    def stop_when_cancelled(_: Progress) -> None:
        interruption.check()

    with opened(None, {}, lower_is_better=lower_is_better) as study:
        study.add_trials(earlier_trials)
        return run_trial(study, task, space, number, stop_when_cancelled)


def _failed(
    task: Task, space: Space, lower_is_better: bool, earlier_trials: Sequence[FrozenTrial], number: int, error: str
) -> FrozenTrial:
    """The record of a trial whose worker never answered: its settings are drawn again, which costs no fit."""
    with opened(None, {}, lower_is_better=lower_is_better) as study:
        study.add_trials(earlier_trials)
        trial, _ = suggest_settings(study, space, task.context.seed, number)
        return fail_trial(study, trial, error)
