"""Runs of MLflow."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.tracking.tracker import Tracker

_T = TypeVar("_T")
_NOT_ALLOWED = re.compile(r"[^\w\-. :/]")  # in a name of MLflow
_CREDENTIALS = re.compile(r"//[^/\s]*@")
_AT_ONCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}  # seconds; of MLflow's own
_NO_ADDRESS = {"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}  # which may have credentials


def mlflow_tracker(experiment: str = "reelgraph", *, uri: str | None = None, name: str | None = None) -> Tracker:
    """A tracker that writes a new run of MLflow.

    Args:
        experiment: of the run; made if there is none.
        uri: of the tracking server or its database, such as ``sqlite:///mlflow.db``; that of MLflow when None.
        name: of the run; one of MLflow's own when None.

    Raises:
        CapabilityError: MLflow is not installed.
        ConfigError: MLflow refuses the address or the name, or its server does not answer. A server is asked twice, 5
            seconds each, unless ``MLFLOW_HTTP_REQUEST_MAX_RETRIES`` and ``MLFLOW_HTTP_REQUEST_TIMEOUT`` say otherwise;
            once it has answered, MLflow's own values hold.
    """
    try:
        from mlflow.tracking import MlflowClient
    except ModuleNotFoundError as error:
        raise CapabilityError.missing("recording in MLflow", str(error.name), "mlflow") from None

    def begin() -> _MlflowRun:
        client = MlflowClient(tracking_uri=uri)
        with _unless_set(_AT_ONCE):
            existing = client.get_experiment_by_name(experiment)
        experiment_id = client.create_experiment(experiment) if existing is None else existing.experiment_id
        return _MlflowRun(client, client.create_run(experiment_id, run_name=name).info.run_id)

    return Tracker(_refused(begin))


class _MlflowRun:
    """A run that is written to."""

    def __init__(self, client: Any, run_id: str) -> None:
        self._client, self.run_id = client, run_id

    def write_metrics(self, values: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(_name(name), value, now, step) for name, value in values.items()]
        _refused(lambda: self._client.log_batch(self.run_id, metrics=metrics))

    def write_settings(self, values: Mapping[str, str]) -> None:
        from mlflow.entities import Param

        params = [Param(_name(name), value) for name, value in values.items()]
        _refused(lambda: self._client.log_batch(self.run_id, params=params))

    def close(self, *, failed: bool) -> None:
        with _unless_set(_NO_ADDRESS | (_AT_ONCE if failed else {})):  # an error does not wait for a server
            _refused(lambda: self._client.set_terminated(self.run_id, "FAILED" if failed else "FINISHED"))


def _name(name: str) -> str:
    return _NOT_ALLOWED.sub("_", name)


@contextmanager
def _unless_set(values: Mapping[str, str]) -> Iterator[None]:
    """Environment variables within; those that are set already stay as they are."""
    added = [name for name in values if name not in os.environ]
    os.environ.update({name: values[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _refused(ask: Callable[[], _T]) -> _T:
    """The answer of MLflow; its own error as one line, without the credentials that an address may have."""
    from mlflow.exceptions import MlflowException

    try:
        return ask()
    except MlflowException as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConfigError("mlflow", _CREDENTIALS.sub("//***@", reason)) from None
