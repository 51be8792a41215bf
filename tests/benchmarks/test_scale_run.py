"""The benchmark of sizes: its arguments, its records, its laws and its page."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scale import __main__ as command
from benchmarks.scale import laws, report, sizes, step_process, steps
from benchmarks.scale.finished_steps import keep, kept
from benchmarks.scale.prepared import Place, of_people
from benchmarks.scale.steps import STEPS, Clock
from reelgraph.cli.app import run
from reelgraph.core.errors import ConfigError


def row(step: str, ratings: int, seconds: float, gib: float, **more: Any) -> dict[str, Any]:
    return {
        "ratings": ratings, "step": step, "seconds": 2 * seconds, "cpu_seconds": seconds, "peak_gib": gib, "value": 1.0,
        "data_sha256": "ab" * 32, "seed": 0, "date": "2026-01-01", "commit": "abc", "machine": "one",
        "versions": {"reelgraph": "1"}, **more,
    }  # fmt: skip


def test_sizes_are_read_and_named() -> None:
    assert sizes.parsed("1e6, 1e5,3.2e7,1e6") == [100_000, 1_000_000, 32_000_000]
    assert [sizes.name(size) for size in (100_000, 1_000_000, 32_000_000, 12_345)] == [
        "1e5",
        "1e6",
        "3.2e7",
        "1.2345e4",
    ]
    for text in ("many", "1e2", "1500.5", "inf", "nan", ""):
        with pytest.raises(ConfigError, match="is not a whole number from 1,000 on"):
            sizes.parsed(text)
    assert sizes.chosen("recommend,generate", list(STEPS)) == ["generate", "recommend"]
    with pytest.raises(ConfigError, match="did you mean 'data-walk'"):
        sizes.chosen("data-wall", list(STEPS))


def test_exponents_are_those_of_a_power_law() -> None:
    rows = [row("data-walk", size, 3e-6 * size**1.5, 1.0) for size in (10**5, 10**6, 10**7)]
    assert laws.exponent(rows) == pytest.approx(1.5)
    rows[2]["cpu_seconds"] = rows[1]["cpu_seconds"] * 10
    assert laws.last_exponent(rows) == pytest.approx(1.0)
    assert laws.exponent(rows[:1]) is None


def test_what_fits_is_on_the_line_through_the_two_largest_sizes() -> None:
    rows = [row("data-walk", 10**5, 1, 9.0), row("data-walk", 10**6, 1, 1.0), row("data-walk", 3 * 10**6, 1, 2.0)]
    # 0.5 GiB and 0.5 GiB a million; nine tenths of 4 GiB are 3.6
    assert laws.ratings_that_fit(rows, 4.0) == pytest.approx(6.2e6)
    assert laws.ratings_that_fit(rows, 0.5) == 0.0
    rows[2]["peak_gib"] = 1.0
    assert laws.ratings_that_fit(rows, 4.0) == math.inf
    assert laws.ratings_that_fit(rows[:1], 4.0) is None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def measured(step: str, ratings: int, folder: Path) -> dict[str, Any]:
        names.append(step)
        (folder / "data").mkdir(exist_ok=True)
        (folder / "data" / "ratings.csv").write_text("userId,movieId,rating,timestamp\n")
        if step == "recommend":
            return {"error": "killed by signal 9"}
        return {"seconds": 1.0, "cpu_seconds": 1.0, "peak_gib": 0.5, "value": None}

    monkeypatch.setattr(command, "measured", measured)
    return names


def test_a_run_goes_on_after_what_is_finished(
    tmp_path: Path, started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--ratings", "1e5", "--work", str(tmp_path), "--json", "--steps"]
    assert run(command.app, "scale", [*words, "generate,data-walk"]) == 0
    assert run(command.app, "scale", [*words, "generate,data-walk,graph-filter"]) == 0
    assert started == ["generate", "data-walk", "graph-filter"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["step"] for line in lines] == ["generate", "data-walk", "generate", "data-walk", "graph-filter"]
    assert set(lines[0]) >= {"ratings", "step", "seconds", "cpu_seconds", "peak_gib", "value", "data_sha256"}
    (tmp_path / "1e5" / "data-walk.json").write_text('{"step": "data-')
    assert run(command.app, "scale", [*words, "data-walk"]) == 0
    assert "data-walk.json cannot be read: the step is run again" in capsys.readouterr().err
    assert run(command.app, "scale", [*words, "data-walk", "--again"]) == 0
    assert started[3:] == ["data-walk", "data-walk"]


def test_a_step_that_fails_is_named_and_the_others_are_run(
    tmp_path: Path, started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--ratings", "1e5", "--work", str(tmp_path), "--steps", "generate,recommend,service-ready"]
    assert run(command.app, "scale", words) == 2
    printed = capsys.readouterr()
    assert "not done: recommend of 1e5: killed by signal 9" in printed.err
    assert "service-ready" in printed.out
    assert max(map(len, printed.out.splitlines())) <= 80
    assert kept(tmp_path / "1e5", "recommend") is None
    assert kept(tmp_path / "1e5", "service-ready") is not None


def test_steps_without_data_ask_for_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.app, "scale", ["--ratings", "1e5", "--work", str(tmp_path), "--steps", "recommend"]) == 2
    assert "run the step generate first" in capsys.readouterr().err


def test_a_step_in_its_own_process_says_what_it_lacks(tmp_path: Path) -> None:
    found = step_process.measured("service-ready", 100_000, tmp_path)
    assert found == {"error": f"{tmp_path}/bundle is not there (run the step train-default first)"}


def test_arrays_that_cannot_be_read_are_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path, 1_000)
    place.data.mkdir()
    lines = [f"{user},{movie},{1 + (user + movie) % 5},1000000000" for user in range(1, 6) for movie in range(1, 21)]
    (place.data / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *lines]) + "\n")
    (tmp_path / "split.pickle").write_bytes(b"\x80\x05not a pickle")
    _, parts = place.split_arrays()
    assert "split.pickle cannot be read" in capsys.readouterr().err
    dataset, again = place.split_arrays()
    assert capsys.readouterr().err == ""
    assert len(dataset.ratings) == 0  # only what a fit needs is kept
    assert (again.train.item_row == parts.train.item_row).all()
    assert len(again.train) == 80
    del vars(dataset.catalogue)["directors"]  # as a version left it that knew none
    place.keep(dataset, again)
    assert len(place.split_arrays()[1].train) == 80
    assert "an older version wrote it" in capsys.readouterr().err
    few = of_people(parts.test, 2)
    assert len(few) == 2
    assert (few.target != parts.test.target[:2]).nnz == 0


def test_the_page_has_every_step_its_exponent_and_what_fits(tmp_path: Path) -> None:
    rows = [row("data-walk", 10**6, 1.0, 1.0), row("data-walk", 10**7, 10.0, 2.0), row("recommend", 10**6, 1.0, 1.0)]
    picture = tmp_path / "pictures" / "scale.png"
    report.save(rows, tmp_path, picture)
    report.save([row("data-walk", 10**7, 20.0, 2.0), rows[2]], tmp_path, picture)
    assert len((tmp_path / "scale.jsonl").read_text().splitlines()) == 4
    page = (tmp_path / "SCALE.md").read_text()
    assert "| data-walk | 1e7 | 40 | 20 | 2 | 1 rated movies | 2026-01-01 | abc |" in page
    assert "| data-walk | 1.30 | 1.30 | 0.30 |" in page
    assert "| data-walk | 24 M | 57 M | 122 M | 186 M |" in page
    assert page.count("| recommend |") == 1  # one size: no exponent, no memory
    assert "1e7 abababababababab" in page
    assert picture.stat().st_size > 10_000
    labels = {text.get_text() for axes in report.drawn(rows).axes for text in axes.texts}
    assert labels == {"data-walk", "recommend"}


def test_records_of_another_step_are_not_taken(tmp_path: Path) -> None:
    keep(tmp_path, row("recommend", 1_000, 1.0, 1.0))
    (tmp_path / "recommend.json").rename(tmp_path / "data-walk.json")
    assert kept(tmp_path, "data-walk") is None


@pytest.mark.parametrize("step", ["lightgcn-epoch", "gcn-epoch"])
def test_an_epoch_is_one_epoch_without_a_search(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[Any] = []

    class Model:
        def __init__(self, **settings: Any) -> None:
            self.settings, self.epochs = settings, 60

        def fit(self, train: Any, context: Any) -> None:
            fitted.append(self.settings)

    monkeypatch.setattr(Place, "split_arrays", lambda place: (None, argparse.Namespace(train=None)))
    monkeypatch.setattr(Place, "context", lambda place, dataset, parts: None)
    monkeypatch.setattr(steps.pipeline, "make_model", lambda name, settings=None: Model(**(settings or {})))
    STEPS[step].run(Place(tmp_path, 1000), Clock())
    assert fitted == [{"epochs": 1, "choose": False} if step == "lightgcn-epoch" else {"epochs": 1}]
