"""The study: all trials of one search, in memory or in an SQLite file from which a killed run is resumed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelgraph.core.errors import CapabilityError, ConfigError

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

_NAME = "reelgraph"
_IDENTITY, ERROR = "identity", "error"
_STARTUP, _WARM_UP = 5, 5  # trials that are never pruned, epochs that are never looked at


def require_optuna() -> None:
    """Check that tuning can be done here.

    Raises:
        CapabilityError: optuna is not installed.
    """
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise CapabilityError("tuning needs optuna", 'pip install "reelgraph[tune]"') from None


@contextmanager
def opened(path: Path | None, identity: Mapping[str, Any], *, lower_is_better: bool) -> Iterator[Study]:
    """The study at ``path``, new or resumed.

    Trials that a killed run left unfinished are set aside and run again. One process at a time: the file ``PATH.lock``
    is locked while a process uses the study and released when it ends.

    Args:
        path: an SQLite file, made if missing; None keeps the study in memory.
        identity: JSON-ready; a study with finished trials and another identity is refused.
        lower_is_better: of the objective.

    Raises:
        ConfigError: the file is no study, is of another run, is in use or cannot be written.
    """
    if path is None:
        with _quiet():
            yield _study(None, identity, lower_is_better)
        return
    _require_study(path)
    with _locked(path), _quiet():
        storage = _storage(path)
        try:
            study = _study(storage, identity, lower_is_better, str(path))
            _set_aside_unfinished(study)
            yield study
        finally:
            storage.remove_session()
            storage.engine.dispose()


def finished(study: Study) -> list[FrozenTrial]:
    """The trials that count, in order: those with a value, those pruned, and those whose training failed."""
    return [trial for trial in study.get_trials(deepcopy=False) if _is_finished(trial)]


def _is_finished(trial: FrozenTrial) -> bool:
    from optuna.trial import TrialState

    return trial.state in (TrialState.COMPLETE, TrialState.PRUNED) or ERROR in trial.user_attrs


def _study(storage: Any, identity: Mapping[str, Any], lower_is_better: bool, where: str = "") -> Study:
    import optuna

    identity_json = json.loads(json.dumps(identity))
    pruner = optuna.pruners.MedianPruner(n_startup_trials=_STARTUP, n_warmup_steps=_WARM_UP)
    if storage is not None and any(summary.study_name == _NAME for summary in optuna.get_all_study_summaries(storage)):
        study = optuna.load_study(study_name=_NAME, storage=storage, pruner=pruner)
        if finished(study):
            _require_same(where, study.user_attrs.get(_IDENTITY), identity_json)
            return study
        optuna.delete_study(study_name=_NAME, storage=storage)  # it holds nothing to resume
    study = optuna.create_study(
        study_name=_NAME, storage=storage, direction="minimize" if lower_is_better else "maximize", pruner=pruner
    )
    study.set_user_attr(_IDENTITY, identity_json)
    return study


def _require_same(where: str, stored: Any, identity: Mapping[str, Any]) -> None:
    if not isinstance(stored, dict):
        raise ConfigError(where, "is not a study of reelgraph tune; give another file")
    for key in {**identity, **stored}:
        if stored.get(key) != identity.get(key):
            raise ConfigError(
                where,
                f"is the study of another run: {key} was {stored.get(key)!r}, now {identity.get(key)!r}; "
                "give the same settings and data, or another file",
            )


def _set_aside_unfinished(study: Study) -> None:
    """Mark what a killed run left behind; without an error text it does not count as finished."""
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING, TrialState.WAITING)):
        study.tell(trial.number, state=TrialState.FAIL)


def _require_study(path: Path) -> None:
    """Refuse to write a study into a file that is something else."""
    if "?" in str(path):
        raise ConfigError(str(path), "a study's file cannot have a ? in its name")
    try:
        if not path.exists() or path.stat().st_size == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
            return
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            names = [name for (name,) in file.execute("SELECT study_name FROM studies")]
    except sqlite3.Error:
        names = [""]
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror}") from None
    if any(name != _NAME for name in names):
        raise ConfigError(str(path), "exists and is not a study of reelgraph tune; give another file")


def _storage(path: Path) -> Any:
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return optuna.storages.RDBStorage(f"sqlite:///{path.resolve()}")
    except (SQLAlchemyError, RuntimeError) as error:  # RuntimeError: the tables of another Optuna
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(str(path), f"cannot be used as a study ({reason}); give another file") from None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the study for this process: an SQLite lock, which ends with the process, however it ends."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        connection = sqlite3.connect(lock, timeout=0.0, isolation_level=None)
    except sqlite3.Error as error:
        raise ConfigError(str(path), f"cannot be written: {error}") from None
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            busy = "is in use by another reelgraph tune; wait for it to end"
            raise ConfigError(str(path), busy if "locked" in str(error) else f"cannot be written: {error}") from None
        try:
            yield
        finally:
            with suppress(OSError):
                lock.unlink()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's own lines on stderr."""
    from optuna import logging

    level = logging.get_verbosity()
    logging.set_verbosity(logging.WARNING)
    try:
        yield
    finally:
        logging.set_verbosity(level)
