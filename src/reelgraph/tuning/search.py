"""`tune`: the best settings of a model on a protocol's validation part. It never sees a test edge."""

from __future__ import annotations

import dataclasses
import time
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reelgraph.bundle import installed_versions
from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import ConfigError, TrainingError
from reelgraph.data import without_test
from reelgraph.evaluation import PreparedData, Protocol
from reelgraph.evaluation.metrics.direction import lower_is_better
from reelgraph.pipeline import fit_context
from reelgraph.tuning.result import TuningResult, require_toml, tuning_result
from reelgraph.tuning.spaces import Choice, Range, Space, space_of
from reelgraph.tuning.study import ERROR, finished, opened, require_optuna
from reelgraph.tuning.task import Task

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

_POWERS = {("mse", "rmse"): 0.5, ("rmse", "mse"): 2.0}  # (reported metric, objective) -> power


def tune(
    model: str | type[Any],
    protocol: Protocol,
    prepared: PreparedData,
    *,
    trials: int = 50,
    metric: str | None = None,
    space: Space | None = None,
    fixed: Mapping[str, Any] | None = None,
    study: Path | None = None,
    seed: int = 0,
    timeout: float | None = None,
    progress: ProgressCallback | None = None,
) -> TuningResult:
    """Search for the settings with the best validation figure.

    The sampler is TPE. Its draws for a trial derive from the seed and the number of trials before it, not from its own
    state, which Optuna does not store: a resumed search tries what an uninterrupted one would have tried
    (as far as the model's figures repeat). A model that reports the metric after each epoch (``rmse`` will do for
    ``mse`` and the other way round) is pruned: a trial stops when its best figure so far is worse than the median of
    the others' at that epoch. Other models run to their end.

    Args:
        model: its name, ``package.module:Class``, or its class.
        protocol: gives metric, length of the lists and what is relevant.
        prepared: from `reelgraph.pipeline.prepare`; of its split the trials see train and validation.
        trials: in all, those already in the study included; pruned and failed ones count.
        metric: one of the protocol's, without ``@k``; its first when None.
        space: what to search; the model's own when None, see `reelgraph.tuning.default_space`.
        fixed: settings that every trial has.
        study: SQLite file to store the trials in and to resume from; in memory when None.
        seed: of the fits and the sampler.
        timeout: seconds after which no further trial begins; None for no end.
        progress: called after every trial and every epoch.

    Raises:
        ConfigError: the model, metric or a setting does not exist, or the study is of another run.
        CapabilityError: optuna is not installed, or the model cannot be asked for the metric.
        TrainingError: no trial completed.

    Source: Bergstra et al. 2011 (TPE), as in Optuna 5; Golovin et al. 2017 (median rule).
    """
    require_type("tune", "protocol", protocol, Protocol)
    require_type("tune", "prepared", prepared, PreparedData)
    require_optuna()
    if trials < 1:
        raise ConfigError("trials", f"{trials} is not valid: expected 1 or more")
    name = _objective(protocol, metric)
    fixed = dict(fixed or {})
    require_toml(fixed)
    searched = space_of(model, fixed, space)
    trial_split = without_test(prepared.split)
    task = Task(
        model,
        dataclasses.replace(protocol, metrics=(name,)),
        trial_split,
        fit_context(prepared.dataset, trial_split, seed=seed),
        fixed,
    )
    identity = _identity(task, prepared.dataset.sha256, searched)
    with opened(study, identity, lower_is_better=bool(lower_is_better(name))) as opened_study:
        stopped_because = _run_trials(opened_study, task, searched, trials, timeout, progress)
        return tuning_result(opened_study, task, prepared.dataset.sha256, stopped_because)


def _objective(protocol: Protocol, metric: str | None) -> str:
    candidates = [name for name in protocol.metrics if lower_is_better(name) is not None]
    if metric is None:
        return candidates[0]
    if metric in protocol.metrics and metric not in candidates:
        raise ConfigError(metric, f"is better neither low nor high; tune on one of {', '.join(candidates)}")
    if metric not in candidates:
        raise ConfigError.unknown(metric, candidates)
    return metric


def _identity(task: Task, data_sha256: str, space: Space) -> dict[str, Any]:
    """What must be equal for a study to be resumed."""
    return {
        "model": task.model_reference,
        "protocol": task.protocol.name,
        "metric": task.metric,
        "data_sha256": data_sha256,
        "seed": task.context.seed,
        "split_seed": task.split.spec.seed,
        "fixed": dict(task.fixed),
        "space": {name: dataclasses.asdict(candidates) for name, candidates in space.items()},
        "versions": {**installed_versions(), "optuna": version("optuna")},
    }


def _run_trials(
    study: Study, task: Task, space: Space, trials: int, timeout: float | None, progress: ProgressCallback | None
) -> str:
    """Run trials until there are enough; returns why the search ended."""
    started = time.monotonic()
    while (done := len(finished(study))) < trials:
        if timeout is not None and time.monotonic() - started >= timeout:
            return f"{timeout:g} seconds are over"
        study.sampler = _sampler(task.context.seed, done)
        _run_trial(study, task, space, progress)
        if progress is not None:
            best = _best(study)
            progress(Progress("tune", done + 1, trials, "trials", {} if best is None else {f"best {task.label}": best}))
    return f"all {trials} trials done"


def _sampler(seed: int, number: int) -> Any:
    from optuna.samplers import TPESampler

    state = np.random.SeedSequence([seed, zlib.crc32(b"tune"), number]).generate_state(1)
    return TPESampler(seed=int(state[0]))


def _run_trial(study: Study, task: Task, space: Space, progress: ProgressCallback | None) -> None:
    """One trial; its value or failure goes to the study. An interrupt leaves it unfinished."""
    from optuna import TrialPruned
    from optuna.trial import TrialState

    trial = study.ask()
    settings = {name: _suggest(trial, name, candidates) for name, candidates in space.items()}
    try:
        value = task.value(settings, _report_epochs(trial, task, progress))
    except TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except TrainingError as error:
        trial.set_user_attr(ERROR, str(error))
        study.tell(trial, state=TrialState.FAIL)
    else:
        study.tell(trial, value)


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


def _best(study: Study) -> float | None:
    from optuna.trial import TrialState

    return study.best_value if study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)) else None
