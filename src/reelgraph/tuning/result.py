"""The result of a search, and the config file that records it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reelgraph.core.display import Table, Tabular, counted
from reelgraph.core.errors import ConfigError, TrainingError
from reelgraph.tuning.study import ERROR, finished

if TYPE_CHECKING:
    from optuna.study import Study

    from reelgraph.tuning.task import Task

State = Literal["complete", "pruned", "failed"]
_MIN_TRIALS = 10  # complete trials needed for the importance of settings


@dataclass(frozen=True)
class TrialRecord:
    """One trial.

    Args:
        number: counted from 1; trials interrupted by a kill do not count.
        state: ``complete``, ``pruned`` or ``failed``.
        value: the objective, of complete trials only.
        settings: the settings tried, without the fixed ones.
        seconds: wall time.
        error: why it failed, or "".
    """

    number: int
    state: State
    value: float | None
    settings: Mapping[str, Any]
    seconds: float
    error: str = ""


@dataclass(frozen=True, repr=False)
class TuningResult(Tabular):
    """The result of a search.

    Args:
        model: its name.
        protocol: name of the protocol.
        metric: name of the objective as in the reports ("ndcg@10").
        lower_is_better: of the objective.
        best: the best trial.
        settings: fixed and best settings together: what the config file holds.
        trials: all of them, in order.
        importance: setting -> its share of the differences between good and bad trials, largest first; empty below
            ten complete trials. Source: Watanabe et al. 2023 (PED-ANOVA), as in Optuna.
        seed: of split, fits and sampler.
        data_sha256: of the files read.
        stopped_because: why it ended, for people.
    """

    model: str
    protocol: str
    metric: str
    lower_is_better: bool
    best: TrialRecord
    settings: Mapping[str, Any]
    trials: tuple[TrialRecord, ...]
    importance: Mapping[str, float]
    seed: int
    data_sha256: str
    stopped_because: str

    def ranked(self) -> list[TrialRecord]:
        """The complete trials, best first."""
        complete = [(trial.value, trial) for trial in self.trials if trial.value is not None]
        complete.sort(key=lambda pair: pair[0] if self.lower_is_better else -pair[0])
        return [trial for _, trial in complete]

    def count(self, state: State) -> int:
        """Number of trials that ended in ``state``."""
        return sum(trial.state == state for trial in self.trials)

    def to_dict(self) -> dict[str, Any]:
        """One row a trial: ``number``, ``state``, ``value``, ``seconds`` and one column a setting."""
        columns: dict[str, list[Any]] = {
            name: [getattr(trial, name) for trial in self.trials] for name in ("number", "state", "value", "seconds")
        }
        for setting in dict.fromkeys(setting for trial in self.trials for setting in trial.settings):
            columns[setting] = [trial.settings.get(setting) for trial in self.trials]
        return columns

    def _display(self) -> Table:
        best = "" if self.best.value is None else f", best {self.metric} {self.best.value:.4f}"
        settings = {"setting": list(self.settings), "value": [str(value) for value in self.settings.values()]}
        return Table(
            f"TuningResult of {self.model}: {counted(len(self.trials), 'trial')}{best}", settings, self.stopped_because
        )

    def to_toml(self) -> str:
        """The best settings as a config file, readable by ``--config``; the comments say where they come from."""
        assert self.best.value is not None
        lines = [
            f"# Found by reelgraph tune: {counted(len(self.trials), 'trial')} ({self.count('pruned')} pruned, "
            f"{self.count('failed')} failed), seed {self.seed}.",
            f"# Protocol {self.protocol}: {self.metric} {self.best.value:.6f} on validation; the test was not read.",
            f"# Data sha256 {self.data_sha256}.",
            f"model = {_value('model', self.model)}",
            "",
            "[settings]",
            *(f"{name} = {_value(name, value)}" for name, value in self.settings.items()),
        ]
        return "\n".join(lines) + "\n"


def tuning_result(study: Study, task: Task, data_sha256: str, stopped: str) -> TuningResult:
    """The result of a study.

    Raises:
        TrainingError: no trial completed.
    """
    trials = tuple(_record(number, trial) for number, trial in enumerate(finished(study), 1))
    complete = [trial for trial in trials if trial.state == "complete"]
    if not complete:
        reason = next((trial.error for trial in trials if trial.error), stopped)
        raise TrainingError(
            f"none of {counted(len(trials), 'trial')} completed: {reason}", "give other ranges or settings"
        )
    lower = study.direction.name == "MINIMIZE"
    best = (min if lower else max)(complete, key=lambda trial: trial.value or 0.0)
    return TuningResult(
        model=task.model_reference,
        protocol=task.protocol.name,
        metric=task.label,
        lower_is_better=lower,
        best=best,
        settings={**task.fixed, **best.settings},
        trials=trials,
        importance=_importance(study, complete),
        seed=task.context.seed,
        data_sha256=data_sha256,
        stopped_because=stopped,
    )


def require_toml(settings: Mapping[str, Any]) -> None:
    """Check, before the search, that a config file can hold the settings.

    Raises:
        ConfigError: names the setting.
    """
    for name, value in settings.items():
        _value(name, value)


def _record(number: int, trial: Any) -> TrialRecord:
    state: State = "complete"
    if trial.state.name != "COMPLETE":
        state = "pruned" if trial.state.name == "PRUNED" else "failed"
    seconds = trial.duration.total_seconds() if trial.duration is not None else 0.0
    error = trial.user_attrs.get(ERROR, "")
    value = trial.value if state == "complete" else None
    return TrialRecord(number, state, value, dict(trial.params), round(seconds, 3), error)


def _importance(study: Study, complete: Sequence[TrialRecord]) -> dict[str, float]:
    from optuna.importance import get_param_importances

    if len(complete) < _MIN_TRIALS or len({trial.value for trial in complete}) == 1:
        return {}
    return get_param_importances(study)


def _value(name: str, value: Any) -> str:
    """A value in TOML; its texts are written as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(name, entry) for entry in value)}]"
    raise ConfigError(name, f"{value!r} cannot be written to a config file: expected a text, a number, true or false")
