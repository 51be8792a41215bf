"""`tune`: the best settings of a model on a protocol's validation part. It never sees a test edge."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelgraph._util.blas_threads import single_threaded_blas
from reelgraph.bundle import installed_versions
from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.argument_checks import require_type
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.data import without_test
from reelgraph.evaluation import PreparedData, Protocol
from reelgraph.evaluation.metrics.direction import lower_is_better
from reelgraph.pipeline import fit_context
from reelgraph.tuning.parallel import run_in_parallel
from reelgraph.tuning.result import TuningResult, require_toml, tuning_result
from reelgraph.tuning.spaces import Space, space_of
from reelgraph.tuning.study import finished, opened, require_optuna
from reelgraph.tuning.task import Task
from reelgraph.tuning.trial import run_trial

if TYPE_CHECKING:
    from optuna.study import Study


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
    workers: int = 1,
    executor: Executor | None = None,
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
        progress: called after every trial and, where trials run one after the other, every epoch.
        workers: trials at once. With more than one a trial knows less of those before it, so that the number of
            workers is a part of what repeats a search, like the seed.
        executor: where trials run; in threads of this process when None. One of processes or machines gets ``Task``
            and settings by pickle.

    Raises:
        ConfigError: the model, metric or a setting does not exist, or the study is of another run.
        CapabilityError: optuna is not installed, or the model cannot be asked for the metric.
        TrainingError: no trial completed.

    Source: Bergstra et al. 2011 (TPE), as in Optuna 5; Golovin et al. 2017 (median rule).
    """
    require_type("tune", "protocol", protocol, Protocol)
    require_type("tune", "prepared", prepared, PreparedData)
    require_optuna()
    for key, number in (("trials", trials), ("workers", workers)):
        if number < 1:
            raise ConfigError(key, f"{number} is not valid: expected 1 or more")
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
        stopped_because = _run_trials(opened_study, task, searched, trials, timeout, progress, executor, workers)
        return tuning_result(opened_study, task, prepared.dataset.sha256, stopped_because)


def _objective(protocol: Protocol, metric: str | None) -> str:
    candidates = [name for name in protocol.metrics if lower_is_better(name) is not None]
    if metric is None:
        return candidates[0]
    if metric in protocol.metrics and metric not in candidates:
        raise ConfigError(metric, f"is better neither low nor high; tune on one of {', '.join(candidates)}")
    if metric not in candidates:
        raise ConfigError.unknown(metric, candidates, "metric")
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
    study: Study,
    task: Task,
    space: Space,
    trials: int,
    timeout: float | None,
    progress: ProgressCallback | None,
    executor: Executor | None,
    workers: int,
) -> str:
    """Run trials until there are enough; returns why the search ended."""

    def on_trial(done: int) -> None:
        if progress is not None:
            best = _best(study)
            progress(Progress("tune", done, trials, "trials", {} if best is None else {f"best {task.label}": best}))

    if executor is not None:
        return run_in_parallel(study, task, space, trials, timeout, executor, workers, on_trial)
    if workers > 1:
        with single_threaded_blas(), ThreadPoolExecutor(workers) as threads:
            return run_in_parallel(study, task, space, trials, timeout, threads, workers, on_trial)
    started = time.monotonic()
    while (done := len(finished(study))) < trials:
        if timeout is not None and time.monotonic() - started >= timeout:
            return f"{counted(timeout, 'second is', 'seconds are')} over"
        run_trial(study, task, space, done, progress)
        on_trial(done + 1)
    return f"all {counted(trials, 'trial')} done"


def _best(study: Study) -> float | None:
    from optuna.trial import TrialState

    return study.best_value if study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)) else None
