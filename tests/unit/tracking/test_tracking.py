"""What is recorded of a fit, read back from MLflow's database and from TensorBoard's file."""

from __future__ import annotations

import json
import math
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.cli import main
from reelgraph.core import EvalPart, EvalReport, FitContext, Interactions, Metric, Progress
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.tracking import Tracker, mlflow_tracker, tensorboard_tracker

REPORT = EvalReport({}, {}, {"ndcg@10": Metric(0.28, 0.26, 0.3), "rmse": Metric(math.nan, 0.8, 0.9)}, "by hand", 0)
STEPS = [
    Progress("train", 1, 2, "epochs", {"loss": 2.0, "ndcg@10": 0.1}),
    Progress("train", 2, 2, "epochs", {"loss": 1.5}),
]
# MLflow's own tables and dates are not as new as the packages here.
mlflow_test = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:::mlflow", "ignore::ResourceWarning")


class Notes:
    """A recorder that keeps what it is given."""

    def __init__(self) -> None:
        self.metrics: list[tuple[str, float, int]] = []
        self.settings: dict[str, str] = {}
        self.failed: bool | None = None

    def write_metrics(self, values: Mapping[str, float], step: int) -> None:
        self.metrics += [(name, value, step) for name, value in values.items()]

    def write_settings(self, values: Mapping[str, str]) -> None:
        self.settings |= values

    def close(self, *, failed: bool) -> None:
        self.failed = failed


def tell_all(tracker: Tracker) -> None:
    tracker.log_model(GraphFilter(ridge=3.0, choose=False))
    for step in STEPS:
        tracker(step)
    tracker.log_report(REPORT)


def test_what_is_recorded() -> None:
    notes = Notes()
    with Tracker(notes) as tracker:
        tell_all(tracker)
        tracker(Progress("fit", 0, 1, "matrices"))
    assert notes.metrics == [
        ("train/loss", 2.0, 1), ("train/ndcg_at_10", 0.1, 1), ("train/loss", 1.5, 2), ("test/ndcg_at_10", 0.28, 0),
        ("test/ndcg_at_10/low", 0.26, 0), ("test/ndcg_at_10/high", 0.3, 0), ("test/rmse/low", 0.8, 0),
        ("test/rmse/high", 0.9, 0),
    ]  # fmt: skip
    assert notes.settings["model"] == "graph-filter"
    assert notes.settings["model/ridge"] == "3.0"
    assert notes.failed is False


def test_an_error_marks_the_run_as_failed() -> None:
    notes = Notes()
    with pytest.raises(ZeroDivisionError), Tracker(notes):
        _ = 1 / 0
    assert notes.failed is True


def test_a_fit_reports_to_it(planted: tuple[Interactions, EvalPart]) -> None:
    train, valid = planted
    notes = Notes()
    with Tracker(notes) as tracker:
        BayesGCN(dim=2, draws=8, burn_in=4, keep=4, threads=1).fit(train, FitContext(valid=valid, progress=tracker))
    steps = [step for name, _, step in notes.metrics if name == notes.metrics[0][0]]
    assert steps == sorted(steps)
    assert len(steps) >= 2
    assert all(np.isfinite(value) for _, value, _ in notes.metrics)


@mlflow_test
def test_a_run_of_mlflow_is_read_back(tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    with mlflow_tracker("films", uri=uri, name="first") as tracker:
        tell_all(tracker)
    with pytest.raises(ZeroDivisionError), mlflow_tracker("films", uri=uri):
        _ = 1 / 0
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("films")
    assert experiment is not None
    failed, run = sorted(client.search_runs([experiment.experiment_id]), key=lambda run: str(run.info.status))
    assert (failed.info.status, run.info.status, run.info.run_name) == ("FAILED", "FINISHED", "first")
    assert run.data.metrics == {
        "train/loss": 1.5, "train/ndcg_at_10": 0.1, "test/ndcg_at_10": 0.28, "test/ndcg_at_10/low": 0.26,
        "test/ndcg_at_10/high": 0.3, "test/rmse/low": 0.8, "test/rmse/high": 0.9,
    }  # fmt: skip
    history = client.get_metric_history(run.info.run_id, "train/loss")
    assert [(point.step, point.value) for point in history] == [(1, 2.0), (2, 1.5)]
    assert run.data.params["model/ridge"] == "3.0"


@mlflow_test
def test_an_address_that_mlflow_refuses_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    with pytest.raises(ConfigError, match=r"^mlflow: ") as error:
        mlflow_tracker(uri="nonsense://x")
    assert "\n" not in str(error.value)


@mlflow_test
@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://ann:s3cret@127.0.0.1:{port}", "//***@127.0.0.1:{port}/"),
        ("http://ann:s3c@ret@127.0.0.1:{port}", "//***@127.0.0.1:{port}/"),
        ("nonsense://ann:s3cret@host/x", "nonsense://***@host/x"),
    ],
)
def test_a_server_that_does_not_answer_is_an_error_without_credentials(
    address: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    for name in ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as closed:  # bound, and never listening: each connection is refused
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        begun = time.monotonic()
        with pytest.raises(ConfigError, match=r"^mlflow: ") as raised:
            mlflow_tracker(uri=address.format(port=port))
    assert time.monotonic() - begun < 15
    assert shown.format(port=port) in str(raised.value)
    assert "s3c" not in str(raised.value)
    assert "ann:" not in str(raised.value)


@mlflow_test
def test_only_the_first_call_is_hurried_and_only_where_the_user_did_not_choose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES as MAX_RETRIES
    from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_TIMEOUT as TIMEOUT
    from mlflow.environment_variables import MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT as SUPPRESS_URL
    from mlflow.tracking import MlflowClient

    seen: list[tuple[str, int, int, bool]] = []

    def watch(method: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **named: Any) -> Any:
            variables = (MAX_RETRIES, TIMEOUT, SUPPRESS_URL)
            seen.append((method, *(variable.get() for variable in variables)))
            return real(*args, **named)

        return watched

    for method in ("get_experiment_by_name", "create_run", "log_batch", "set_terminated"):
        monkeypatch.setattr(MlflowClient, method, watch(method, getattr(MlflowClient, method)))
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    monkeypatch.delenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    with mlflow_tracker(uri=f"sqlite:///{tmp_path / 'mlflow.db'}") as tracker:
        tracker(STEPS[0])
    own = MAX_RETRIES.default
    assert seen == [
        ("get_experiment_by_name", 1, 77, False), ("create_run", own, 77, False), ("log_batch", own, 77, False),
        ("set_terminated", own, 77, True),  # MLflow prints the address of the run there, credentials and all
    ]  # fmt: skip


def scalars(folder: Path) -> list[tuple[str, float, int]]:
    """The scalars in the one file of events of a folder: records of a length, its checksum, the event, its checksum."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2", reason="tensorboardX is not installed")
    (file,) = folder.glob("events.out.tfevents.*")
    data, place, found = file.read_bytes(), 0, []
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        event = event_pb2.Event.FromString(data[place + 12 : place + 12 + length])
        found += [
            (value.tag, value.simple_value, event.step)
            for value in event.summary.value
            if value.HasField("simple_value")
        ]
        place += length + 16
    return found


def test_a_file_of_tensorboard_is_read_back(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
    with tensorboard_tracker(tmp_path / "runs" / "first") as tracker:
        tell_all(tracker)
    found = scalars(tmp_path / "runs" / "first")
    assert [(name, step) for name, _, step in found[:4]] == [
        ("train/loss", 1), ("train/ndcg_at_10", 1), ("train/loss", 2), ("test/ndcg_at_10", 0),
    ]  # fmt: skip
    assert [value for _, value, _ in found[:4]] == pytest.approx([2.0, 0.1, 1.5, 0.28], rel=1e-6)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        tensorboard_tracker(tmp_path / "file" / "run")


@pytest.mark.parametrize(
    ("make", "package", "hint"),
    [
        (lambda: mlflow_tracker(uri="sqlite://"), "mlflow", r"reelgraph\[mlflow\]"),
        (lambda: tensorboard_tracker("runs"), "tensorboardX", r"reelgraph\[tensorboard\]"),
    ],
)
def test_a_missing_package_is_one_line(
    make: Callable[[], Any], package: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(CapabilityError, match=hint):
        make()


def training(folder: Path, model: str = "bias") -> list[str]:
    """The words of a short training in the shell, which writes to the folder ``bundle``."""
    rows = [f"{user},{item},{1 + (user * item) % 5}" for user in range(1, 30) for item in range(1, 12)]
    (folder / "ratings.csv").write_text("user_id,item_id,rating\n" + "\n".join(rows) + "\n")
    return ["train", str(folder / "ratings.csv"), "--model", model, "--out", str(folder / "bundle")]


class Away(Notes):
    """A recorder of which one method fails."""

    def __init__(self, method: str, at_name: str = "") -> None:
        super().__init__()
        self.method, self.at_name, self.n_failed = method, at_name, 0

    def _fail(self, method: str) -> None:
        if method == self.method:
            self.n_failed += 1
            raise OSError("no route to host\nand more")

    def write_metrics(self, values: Mapping[str, float], step: int) -> None:
        if any(name.startswith(self.at_name) for name in values):
            self._fail("write_metrics")
        super().write_metrics(values, step)

    def close(self, *, failed: bool) -> None:
        super().close(failed=failed)
        self._fail("close")


@pytest.mark.parametrize(
    ("recorder", "n_failed"), [(Away("write_metrics"), 1), (Away("write_metrics", "test/"), 1), (Away("close"), 2)]
)
def test_a_server_that_goes_away_costs_the_record_and_not_the_training(
    recorder: Away,
    n_failed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("reelgraph.tracking.tensorboard_tracker", lambda _: Tracker(recorder))
    settings = ("dim=2", "draws=8", "burn_in=4", "keep=4")
    words = [*training(tmp_path, "bayes-gcn"), *(word for setting in settings for word in ("--set", setting))]
    assert main([*words, "--track", "runs", "--json"]) == 0
    shown = capsys.readouterr()
    (warning,) = [line for line in shown.err.splitlines() if "warning" in line]
    assert warning == "warning: nothing more of this training is recorded: no route to host"
    assert json.loads(shown.out)["bundle"] == str(tmp_path / "bundle")
    assert Bundle.load(tmp_path / "bundle").has_people
    assert (recorder.n_failed, recorder.failed) == (n_failed, True)


def test_the_bundle_is_there_before_the_report_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Notes):
        def write_metrics(self, values: Mapping[str, float], step: int) -> None:
            if any(name.startswith("test/") for name in values):
                raise KeyboardInterrupt

    killed = Killed()
    monkeypatch.setattr("reelgraph.tracking.tensorboard_tracker", lambda _: Tracker(killed))
    assert main([*training(tmp_path), "--track", "runs"]) == 130
    assert Bundle.load(tmp_path / "bundle").has_people
    assert killed.failed is True


def test_the_shell_records_a_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
    words = training(tmp_path)
    assert main([*words, "--track", str(tmp_path / "runs")]) == 0
    assert "test/ndcg_at_10" in {name for name, _, _ in scalars(tmp_path / "runs")}
    assert main([*words, "--track", "mlflow:"]) == 2
    assert "expected a folder for TensorBoard, or mlflow:URI" in capsys.readouterr().err
