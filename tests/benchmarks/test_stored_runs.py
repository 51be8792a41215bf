"""Fits that are kept: what counts as the same, what is measured anew, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import results
from benchmarks import run as runs
from benchmarks.peers import run as peer_runs
from benchmarks.recorded import LENGTH
from benchmarks.stored_runs import Reuse, RunStore, StoredRun
from reelgraph.cli.app import run
from reelgraph.core import EvalReport, FitContext, FitResult, Interactions
from reelgraph.evaluation import PROTOCOLS
from reelgraph.models.baselines import Bias, Popularity
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.pipeline import genres_of, prepare
from reelgraph.recommend import Order


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The name of each model that is fitted, in order; the floor of the plausibility check is left out."""
    names: list[str] = []

    def counted(self: Bias, train: Interactions, context: FitContext | None = None) -> FitResult:
        names.append(f"bias {self.item_damping:g}")
        return original(self, train, context)

    original = Bias.fit
    monkeypatch.setattr(Bias, "fit", counted)
    return names


def measured(toy: Path, store: RunStore | None, damping: float = 5.0, seed: int = 0) -> tuple[EvalReport, bool]:
    report, facts = runs._run("temporal", Bias(item_damping=damping), toy, seed, False, store)
    return report, facts["is_stored"]


def test_a_finished_fit_is_not_made_again(toy: Path, tmp_path: Path, fits: list[str]) -> None:
    store = RunStore(tmp_path)
    first, stored = measured(toy, store)
    assert (stored, fits) == (False, ["bias 5"])
    again, stored = measured(toy, store)
    assert (stored, fits) == (True, ["bias 5"])
    assert again.summary == first.summary
    assert (again.protocol, again.seed, again.part_digest) == (first.protocol, first.seed, first.part_digest)
    for name, values in first.per_user.items():
        np.testing.assert_array_equal(again.per_user[name], values)
    np.testing.assert_array_equal(again.weight["rmse"], first.weight["rmse"])
    for settings in ({"damping": 7.0}, {"seed": 1}):
        assert measured(toy, store, **settings)[1] is False
    assert fits == ["bias 5", "bias 7", "bias 5"]
    assert len(list(tmp_path.rglob("seed-*.npz"))) == 3


def test_without_a_store_nothing_is_kept(toy: Path, tmp_path: Path, fits: list[str]) -> None:
    for _ in range(2):
        measured(toy, None)
    assert len(fits) == 2
    measured(toy, RunStore(tmp_path))
    assert measured(toy, RunStore(tmp_path, "nothing"))[1] is False  # --fresh
    assert len(fits) == 4


def test_other_code_fits_again_unless_only_the_metrics_are_made_anew(
    toy: Path, tmp_path: Path, fits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = measured(toy, RunStore(tmp_path))
    monkeypatch.setattr(runs, "code_digest", lambda: "another")
    report, stored = measured(toy, RunStore(tmp_path, "any-code"))
    assert (stored, fits) == (True, ["bias 5"])
    assert report.summary == first.summary
    assert measured(toy, RunStore(tmp_path))[1] is True  # it is of this code now
    monkeypatch.setattr(runs, "code_digest", lambda: "a third")
    assert measured(toy, RunStore(tmp_path))[1] is False
    assert len(fits) == 2


def test_a_damaged_file_is_fitted_again(toy: Path, tmp_path: Path, fits: list[str]) -> None:
    measured(toy, RunStore(tmp_path))
    (path,) = tmp_path.rglob("seed-0.npz")
    path.write_bytes(path.read_bytes()[:100])
    assert measured(toy, RunStore(tmp_path))[1] is False
    assert measured(toy, RunStore(tmp_path))[1] is True


@pytest.mark.parametrize("protocol", ["temporal", "cold-items"])
@pytest.mark.parametrize("model", [Bias(), Popularity()], ids=["bias", "popularity"])
def test_stored_predictions_give_the_figures_of_the_model(
    protocol: str, model: Bias | Popularity, toy: Path, tmp_path: Path
) -> None:
    prepared = prepare(PROTOCOLS[protocol], toy)
    scorer, genres = model.fit(prepared.split.train).scorer, genres_of(prepared.dataset, prepared.split)
    direct = PROTOCOLS[protocol].measure(scorer, prepared.split, genres=genres)
    store = RunStore(tmp_path, "any-code")
    for _ in range(2):  # measured after the fit, then from the file
        report, _ = runs._run(protocol, model, toy, 0, False, store)
        assert report.summary == direct.summary
    (path,) = tmp_path.rglob("seed-0.npz")
    with np.load(path) as file:
        assert file["lists/items"].shape == (len(prepared.split.test), LENGTH)
        assert ("all_items/items" in file.files) == (protocol == "cold-items")
        assert ("stars" in file.files) == (model.name == "bias")


def test_the_order_of_liking_of_each_target_is_made_where_it_is_asked_for(toy: Path, tmp_path: Path) -> None:
    store, model = RunStore(tmp_path), GraphFilter(choose=False)

    def measured_run(order: Order, protocol: str = "next") -> tuple[EvalReport, bool]:
        report, facts = runs._run(protocol, model, toy, 0, False, store, order)
        return report, facts["is_stored"]

    watch, stored = measured_run("watch")
    assert not stored
    liked, stored = measured_run("liked")
    assert not stored
    assert measured_run("liked")[1]
    again, stored = measured_run("watch")
    assert stored
    assert again.summary == watch.summary
    assert list(liked) == list(watch)
    assert not measured_run("watch", "temporal")[1]
    assert measured_run("liked", "temporal")[1]


def test_a_peer_is_not_asked_again(
    toy: Path, tmp_path: Path, rank: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RunStore(tmp_path / "values")
    (first,) = peer_runs.run_peers("temporal", toy, 1, store=store)
    monkeypatch.setattr(peer_runs, "ask", lambda *_: pytest.fail("asked again"))
    (again,) = peer_runs.run_peers("temporal", toy, 1, store=store)
    assert (first["n_stored"], again["n_stored"]) == (0, 1)
    assert again["metrics"] == first["metrics"]
    (remeasured,) = peer_runs.run_peers("temporal", toy, 1, store=RunStore(tmp_path / "values", "any-code"))
    assert remeasured["metrics"] == first["metrics"]


def test_the_command_goes_on_where_it_was_interrupted(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Here:
        """Runs at once, in this process."""

        def __init__(self, **_: object) -> None: ...
        def __enter__(self) -> Here:
            return self

        def __exit__(self, *_: object) -> None: ...
        def submit(self, work: object, *words: object) -> Here:
            self.result = lambda: work(*words)  # type: ignore[operator]
            return self

    def fit(*words: object, with_liked: bool) -> StoredRun:
        model = words[2]
        fitted.append(model.name)  # type: ignore[attr-defined]
        if model.name == "popularity" and len(fitted) == 2:  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        return original(*words, with_liked=with_liked)  # type: ignore[arg-type]

    fitted: list[str] = []
    original = runs._fit
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(runs, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(runs, "_fit", fit)
    words = ["strong", "--models", "bias,popularity", "--data", str(toy), "--save", "--seeds", "1", "--json"]
    assert run(command.app, "benchmarks", words) != 0
    assert not (tmp_path / "results.jsonl").exists()
    assert run(command.app, "benchmarks", words) == 0
    assert fitted == ["bias", "popularity", "popularity"]
    assert "bias, 1 of 1 seeds from" in capsys.readouterr().err
    assert run(command.app, "benchmarks", words) == 0
    assert len(fitted) == 3
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [row["model"] for row in rows] == ["bias", "popularity"]  # the third run has added none
    assert "ndcg@10" in rows[1]["first_minus_this"]
    assert not {"reports", "warnings", "n_stored"} & set(rows[0])


def test_seconds_to_the_same_goals_are_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(goals: dict[str, float], reuse: Reuse = "same-code") -> dict[str, float | None]:
        def measure() -> dict[str, float | None]:
            calls.append(goals)
            return {"myfm": 2.5, "other": None}

        key = runs.key_of("strong", Bias(), "a" * 64, 0, join_valid=True)
        return RunStore(tmp_path, reuse).seconds_to(key, goals, measure)

    calls: list[dict[str, float]] = []
    for _ in range(2):
        assert follow({"myfm": 0.9}) == {"myfm": 2.5, "other": None}
    assert len(calls) == 1
    follow({"myfm": 0.8})
    follow({"myfm": 0.8}, "nothing")
    assert len(calls) == 3
    monkeypatch.setattr(runs, "code_digest", lambda: "another")
    follow({"myfm": 0.8}, "any-code")
    assert len(calls) == 3
    follow({"myfm": 0.8})
    assert len(calls) == 4


def test_a_row_with_another_figure_is_added(tmp_path: Path) -> None:
    row = {
        "protocol": "strong", "model": "bias", "data_sha256": "a" * 64, "seeds": 1, "versions": {"numpy": "2"},
        "metrics": {"rmse": {"mean": 0.9, "low": 0.8, "high": 1.0}}, "fit_seconds": 0.1, "peak_mib": 5.0,
    }  # fmt: skip
    for value in (0.1, 0.1, 0.2, 0.1):
        results.save([{**row, "fit_seconds": value}], tmp_path)
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["fit_seconds"] for line in lines] == [0.1, 0.2, 0.1]
    assert (tmp_path / "RESULTS.md").read_text().count("| bias |") == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--fresh"], "only with --save"),
        (["--remeasure"], "only with --save"),
        (["--save", "--fresh", "--remeasure"], "not with --remeasure"),
    ],
)
def test_options_that_do_not_go_together(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.app, "benchmarks", ["strong", *words]) == 2
    assert why in capsys.readouterr().err
