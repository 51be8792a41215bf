"""Peers: what they are told, how their predictions are measured, and what happens to one that fails."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from benchmarks import __main__ as command
from benchmarks.peers import compare
from benchmarks.peers.handover import Answer, Features, Task
from benchmarks.peers.run import run_peers
from benchmarks.peers.stored import StoredDistributions, StoredPredictions
from benchmarks.peers.task import task_of
from benchmarks.run import Row
from benchmarks.speed.time_to_target import seconds_to
from reelgraph import pipeline
from reelgraph.cli.app import run
from reelgraph.core import EvalPart, Matrix, RatingDistribution
from reelgraph.core.errors import CapabilityError
from reelgraph.evaluation import PROTOCOLS, evaluate
from reelgraph.pipeline import prepare
from tests.conftest import make_interactions, make_part

# Stars that no rating has, so that they are found wherever they are written.
MARK = 987.25


def part() -> EvalPart:
    """Users 0 and 2 with the true stars 5, 3 and 4."""
    target = make_interactions([(0, 1, 5), (0, 2, 3), (1, 0, 4)], 2, 3).matrix()
    empty = Matrix((2, 3), dtype=np.float32)
    made = make_part(empty, target)
    return EvalPart(np.array([0, 2]), made.history, made.target, made.seen)


def test_input_holds_no_test_rating(toy: Path, tmp_path: Path) -> None:
    prepared = prepare(PROTOCOLS["temporal"], toy, join_valid=True)
    target = prepared.split.test.target
    marked = Matrix((np.full_like(target.data, MARK), target.indices, target.indptr), shape=target.shape)
    test = dataclasses.replace(prepared.split.test, target=marked)
    prepared = dataclasses.replace(prepared, split=dataclasses.replace(prepared.split, test=test))
    task_of(prepared).write(tmp_path / "input.npz")
    with np.load(tmp_path / "input.npz") as file:
        arrays = {name: file[name] for name in file.files}
    assert len(arrays["test/user"]) == len(test.target.data) > 0
    for name, array in arrays.items():
        assert not np.isin(MARK, array), name
    assert not {name for name in arrays if name.startswith("test/")} - {"test/user", "test/item", "test/time"}
    pairs = {side: set(zip(arrays[f"{side}/user"], arrays[f"{side}/item"], strict=True)) for side in ("train", "test")}
    assert not pairs["train"] & pairs["test"]


def test_what_is_folded_in_is_learnt_from(toy: Path) -> None:
    """Strong generalisation: the shown ratings of the held-out people are all that a peer could know of them."""
    split = (prepared := prepare(PROTOCOLS["strong"], toy, join_valid=True)).split
    task = task_of(prepared)
    assert len(task.rating) == len(split.train) + len(split.test.history.data)
    for row, user in enumerate(split.test.users):
        own = np.sort(task.item[task.user == user])
        assert_array_equal(own, np.sort(split.test.history.indices[slice(*split.test.history.indptr[row : row + 2])]))
    assert task.time is not None
    assert len(task.time) == len(task.rating)


def test_files_say_the_same_when_read(toy: Path, tmp_path: Path) -> None:
    task = task_of(prepare(PROTOCOLS["temporal"], toy, join_valid=True))
    task.write(tmp_path / "input.npz")
    again = Task.read(tmp_path / "input.npz")
    assert (again.n_users, again.n_items) == (task.n_users, task.n_items) == (30, 20)
    assert_array_equal(again.rating, task.rating)
    assert_array_equal(again.levels, np.arange(1, 11) / 2)
    assert set(again.item_features) == set(task.item_features) == {"genres", "year"}
    assert again.user_features == {}
    genres = again.item_features["genres"]
    assert genres.columns == 2
    assert_array_equal(genres.indptr, np.arange(21))
    assert isinstance(genres, Features)


def test_stored_predictions_give_the_metrics_worked_by_hand() -> None:
    train = make_interactions([(0, 0, 5), (1, 0, 3), (2, 1, 2)], 3, 3)
    stored = StoredPredictions(part(), np.array([4.0, 3.0, 9.0]))  # 9 is clipped to 5
    for memory in (1, 1 << 20):  # one person at a time, and all at once
        report = evaluate(stored, part(), 10, metrics=["rmse", "mse", "mae"], train=train, memory_bytes=memory)
        assert report["mse"].mean == pytest.approx(2 / 3)
        assert report["rmse"].mean == pytest.approx(math.sqrt(2 / 3))
        assert report["mae"].mean == pytest.approx(2 / 3)
        assert report.per_user["mse"].tolist() == [0.5, 1.0]


def test_stored_distributions_are_measured_too() -> None:
    train = make_interactions([(0, 0, 5), (1, 0, 3), (2, 1, 2)], 3, 3)
    sure = np.array([[0, 0, 0, 0, 1], [0, 0, 1, 0, 0], [0.5, 0, 0, 0.5, 0]])  # of 5, 3 and 4, which is half a chance
    stored = StoredDistributions(part(), sure @ np.arange(1, 6), RatingDistribution(np.arange(1.0, 6.0), sure))
    for memory in (1, 1 << 20):
        report = evaluate(stored, part(), metrics=["log_loss", "mae"], train=train, memory_bytes=memory)
        assert report["log_loss"].mean == pytest.approx(math.log(2) / 3)
        assert report["mae"].mean == pytest.approx(0.5)


def test_stored_predictions_answer_for_their_own_part_only() -> None:
    stored = StoredPredictions(part(), np.array([4.0, 3.0, 4.0]))
    own = part()
    with pytest.raises(CapabilityError):
        stored.rate_at(own.history, own.target, users=np.array([0, 1]))
    other = make_interactions([(0, 0, 5), (0, 2, 3), (1, 0, 4)], 2, 3).matrix()
    with pytest.raises(CapabilityError):
        stored.rate_at(own.history, other, users=own.users)
    with pytest.raises(CapabilityError):
        stored.rate(own.history)
    with pytest.raises(CapabilityError):
        stored.score(own.history)


def test_row_of_a_peer(toy: Path, echo: dict[str, object]) -> None:
    echo["stars"] = 3.0
    (row,) = run_peers("temporal", toy, 2)
    target = prepare(PROTOCOLS["temporal"], toy, join_valid=True).split.test.target.data
    assert row["metrics"]["rmse"]["mean"] == pytest.approx(np.sqrt(np.mean((target - 3.0) ** 2)), abs=1e-6)
    assert not {"ndcg@10", "recall@10"} & set(row["metrics"])
    assert (row["protocol"], row["model"], row["seeds"], row["fitted_on"]) == ("temporal", "echo", 2, "train+valid")
    assert (row["prepare_seconds"], row["fit_seconds"], row["score_seconds"]) == (0.5, 2.0, 0.25)
    assert row["versions"] == {"echo": "1.0"}
    assert 5 < row["peak_mib"] < 500
    assert [len(report.per_user["rmse"]) for report in row.pop("reports")] == [
        len(prepare(PROTOCOLS["temporal"], toy).split.test)
    ] * 2
    json.dumps(row)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"fails": True}, "its script ended with 1: RuntimeError: the library gave up"),
        ({"short": 1}, "its predictions have the shape"),
        ({"stars": math.nan}, "a predicted rating is not a finite number"),
    ],
)
def test_a_peer_that_fails_is_named_and_has_no_row(
    settings: dict[str, object],
    why: str,
    toy: Path,
    echo: dict[str, object],
    capsys: pytest.CaptureFixture[str],
) -> None:
    echo |= settings
    assert list(run_peers("temporal", toy, 1)) == []
    skipped = [line for line in capsys.readouterr().err.splitlines() if line.startswith("PEER SKIPPED: echo: ")]
    assert len(skipped) == 1
    assert why in skipped[0]


def test_probabilities_come_back(tmp_path: Path) -> None:
    chances = np.array([[0.25, 0.75], [1.0, 0.0]])
    Answer(np.array([1.75, 1.0]), {"a": "1"}, 0.0, 1.0, 0.0, chances).write(tmp_path / "output.npz")
    again = Answer.read(tmp_path / "output.npz")
    assert again.probability is not None
    assert_array_equal(again.probability, chances)
    assert again.peak_mib > 0


def test_ratios_of_time_and_differences_of_error() -> None:
    def row(model: str, seconds: float, rmse: float | None) -> Row:
        metrics = {} if rmse is None else {"rmse": {"mean": rmse, "low": rmse, "high": rmse}}
        return {"model": model, "fit_seconds": seconds, "metrics": metrics}

    fast = {**row("bayes-gcn", 4.0, 0.88), "seconds_to": {"echo": 3.0}}
    ours = [row("popularity", 1.0, None), fast, row("constant", 0.0, 1.1)]
    assert compare.ratios(ours, [row("echo", 10.0, 0.9)]) == [
        ["echo", "bayes-gcn", "rmse", "+0.0200", "2.5", "0.3"],
        ["echo", "constant", "rmse", "-0.2000", "-", "-"],
    ]
    assert compare.ratios(ours, []) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["temporal", "--peers", "--peer", "myfn"], "did you mean 'myfm'"),
        (["temporal", "--peer", "myfn"], "unknown setting; known are"),
        (["recbole-ml-1m", "--peer", "myfm"], "measures no stars, and myfm answers nothing else"),
        (["source-literal", "--peer", "recbole-ease"], "measures no ranks, and recbole-ease answers nothing else"),
    ],
)
def test_command_refuses_in_one_line(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.app, "benchmarks", words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert why in said.err


def test_command_writes_json_lines_and_nothing_else(
    toy: Path, echo: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["temporal", "--models", "", "--peers", "--data", str(toy), "--json"]
    assert run(command.app, "benchmarks", words) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["model"] for row in rows] == ["echo"]


def test_command_compares_peers_with_ours(
    toy: Path, echo: dict[str, object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own: Row = {"fit_seconds": 0.5, "peak_mib": 1.0, "metrics": {"rmse": {"mean": 1.0, "low": 1.0, "high": 1.0}}}
    monkeypatch.setattr(command, "run_model", lambda *_, **__: own)
    assert run(command.app, "benchmarks", ["temporal", "--models", "bias", "--peers", "--data", str(toy)]) == 0
    table = capsys.readouterr().out.split("peers against ours")[1]
    assert " 4 " in table  # 2.0 s against 0.5 s


def test_seconds_to_an_error_grow_as_it_falls(real_data: Callable[[str], Path]) -> None:
    model = pipeline.make_model("bayes-gcn", settings={"dim": 2, "draws": 3, "burn_in": 1, "threads": 1})
    taken = seconds_to("ml-100k-u1", model, real_data("ml-100k"), {"easy": 5.0, "never": 0.1})
    assert taken["never"] is None
    assert taken["easy"] is not None
    assert taken["easy"] > 0.0
