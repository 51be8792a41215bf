"""One trial: the sampler's draw, the epochs that are reported, and what the study records at its end."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.errors import TrainingError
from reelgraph.tuning.spaces import Choice, Range, Space
from reelgraph.tuning.study import ERROR
from reelgraph.tuning.task import Task

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial

_POWERS = {("mse", "rmse"): 0.5, ("rmse", "mse"): 2.0}  # (reported metric, objective) -> power


def run_trial(
    study: Study, task: Task, space: Space, number: int, progress: ProgressCallback | None = None
) -> FrozenTrial:
    """Run the next trial of a study; its value or failure goes to the study. An interrupt leaves it unfinished.

    Args:
        study: the finished trials that the sampler and the pruner know of.
        task: what is fitted and measured.
        space: what is searched.
        number: of the trial, from 0; the sampler's draws derive from it and the seed.
        progress: called after every epoch.
    """
    from optuna import TrialPruned
    from optuna.trial import TrialState

    trial, settings = suggest_settings(study, space, task.context.seed, number)
    try:
        value = task.value(settings, _report_epochs(trial, task, progress))
    except TrialPruned:
        return study.tell(trial, state=TrialState.PRUNED)
    except TrainingError as error:
        return fail_trial(study, trial, str(error))
    return study.tell(trial, value)


def fail_trial(study: Study, trial: Trial, error: str) -> FrozenTrial:
    """End a trial without a value; with the text of its error it counts as finished."""
    from optuna.trial import TrialState

    trial.set_user_attr(ERROR, error)
    return study.tell(trial, state=TrialState.FAIL)


def suggest_settings(study: Study, space: Space, seed: int, number: int) -> tuple[Trial, dict[str, Any]]:
    """A new trial of the study, and the settings that the sampler gives it."""
    study.sampler = _sampler(seed, number)
    trial = study.ask()
    return trial, {name: _suggest(trial, name, candidates) for name, candidates in space.items()}


def _sampler(seed: int, number: int) -> Any:
    from optuna.samplers import TPESampler

    state = np.random.SeedSequence([seed, zlib.crc32(b"tune"), number]).generate_state(1)
    return TPESampler(seed=int(state[0]))


def _suggest(trial: Trial, name: str, candidates: Range | Choice) -> Any:
    if isinstance(candidates, Choice):
        return trial.suggest_categorical(name, candidates.values)
    if candidates.whole:
        return trial.suggest_int(name, int(candidates.low), int(candidates.high), log=candidates.log)
    return trial.suggest_float(name, candidates.low, candidates.high, log=candidates.log)


def _report_epochs(trial: Trial, task: Task, progress: ProgressCallback | None) -> ProgressCallback:
    """A callback that reports the objective of each epoch and stops a trial that has fallen behind."""
    from optuna import TrialPruned

    last = 0

    def update(step: Progress) -> None:
        nonlocal last
        if progress is not None:
            progress(step)
        value = _reported(step.values, task)
        if value is None or step.stage != "train" or step.done <= last:
            return
        last = step.done
        trial.report(value, step.done)
        if trial.should_prune():
            raise TrialPruned

    return update


def _reported(values: Mapping[str, float], task: Task) -> float | None:
    """The objective among the figures of an epoch, or None where they do not hold it."""
    if task.label in values:
        return values[task.label]
    for (reported, objective), power in _POWERS.items():
        if objective == task.metric and reported in values:
            return float(values[reported] ** power)
    return None
