"""Timings: what is measured, how it is kept, and that the sides of a comparison do the same work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.speed import propagation, timing
from reelgraph.cli.app import run


def test_sides_run_in_turn_and_the_second_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    clock = iter(range(100))
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))
    times = timing.rounds({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert calls == ["a", "a", "b", "b"] * 2
    assert times == {"a": [1.0, 1.0], "b": [1.0, 1.0]}


def test_spread_is_median_least_and_most() -> None:
    assert timing.spread([0.004, 0.001, 0.002], unit=1e-3) == {"median": 2.0, "least": 1.0, "most": 4.0}
    assert timing.text({"median": 2.0, "least": 1.0, "most": 4.0}) == "2 [1, 4]"
    assert timing.text(None) == "-"


def test_the_newest_run_of_each_benchmark_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    for name, seconds in (("one", 1.5), ("two", 3.0), ("one", 2.5)):
        timing.report(name, [{"side": "a", "s": seconds}], {"threads": 2}, as_json=False, save=True)
    assert len((tmp_path / "speed.jsonl").read_text().splitlines()) == 3
    shown = (tmp_path / "SPEED.md").read_text()
    assert "| a | 2.5 |" in shown
    assert "| a | 3 |" in shown
    assert "1.5" not in shown


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of PyTorch Geometric
def test_all_sides_of_a_propagation_agree_and_are_timed(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--data", str(toy), "--rounds", "1", "--dim", "16", "--threads", "1", "--json"]
    assert run(propagation.app, "benchmarks.speed.propagation", words) == 0
    rows = {row["side"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert len(rows) == 8
    assert rows[propagation.OURS]["times ours"] == rows[propagation.LIMIT]["times the limit"] == 1.0
    assert all(row["ms"]["least"] <= row["ms"]["median"] for row in rows.values())
