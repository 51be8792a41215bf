"""`reelgraph train`: what it says, writes and refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import FitResult
from reelgraph.models import baselines

Shell = Callable[..., Any]


def test_training_says_what_it_did_and_leaves_no_checkpoint(shell: Shell, ml: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "bias"
    answer = shell("train", ml, "--model", "bias", "--out", path)
    assert answer.code == 0
    assert "640 ratings read, 640 kept; nothing dropped" in answer.err
    assert re.search(r"rmse\s*│\s*\d\.\d{4} \[", answer.out)
    assert str(path) in answer.out
    assert [entry.name for entry in path.parent.iterdir()] == ["bias"]


def test_training_as_json_is_one_value(shell: Shell, ml: Path, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('model = "bias"\n[settings]\nitem_damping = 3.0\n')
    answer = shell("train", ml, "--config", config, "--set", "user_damping=2", "--out", tmp_path / "B", "--json")
    assert answer.code == 0
    assert answer.out.count("\n") == 1
    row = answer.value
    assert row["model"] == "bias"
    assert row["bundle"] == str(tmp_path / "B")
    assert row["metrics"]["rmse"]["low"] <= row["metrics"]["rmse"]["mean"] <= row["metrics"]["rmse"]["high"]
    assert row["versions"]["reelgraph"]
    assert Bundle.load(tmp_path / "B").info["model"] == {
        "name": "bias", "settings": {"item_damping": 3.0, "user_damping": 2},
    }  # fmt: skip


def test_quick_training_takes_closed_forms_and_says_so(shell: Shell, ml: Path, tmp_path: Path) -> None:
    answer = shell("train", ml, "--quick", "--out", tmp_path / "B")
    assert answer.code == 0
    assert "quick: closed forms alone" in answer.out
    assert [part.kind for part in Bundle.load(tmp_path / "B").scorer.parts][-1] == "bias"  # type: ignore[attr-defined]


def test_quick_and_budget_are_for_the_default_model(shell: Shell, ml: Path, tmp_path: Path) -> None:
    for option in (["--quick"], ["--budget", "5"]):
        answer = shell("train", ml, "--model", "bias", *option, "--out", tmp_path / "B")
        assert answer.code == 2
        assert f"{option[0]}: is for the default model, a blend, and the model is bias" in answer.err
        assert not (tmp_path / "B").exists()
    answer = shell("train", ml, "--budget", "0", "--out", tmp_path / "B")
    assert answer.code == 2
    assert "budget" in answer.err


def test_quality_is_for_the_stars_of_bayes_gcn(shell: Shell, ml: Path, tmp_path: Path) -> None:
    for options in (
        ["--model", "bias", "--quality", "high"],
        ["--quick", "--quality", "high"],
        ["--quality", "best"],
        ["--exact-forgetting", "--quality", "high"],
    ):
        answer = shell("train", ml, *options, "--out", tmp_path / "B")
        assert answer.code == 2
        assert "quality" in answer.err
        assert not (tmp_path / "B").exists()
    few = ["--set", "draws=3", "--set", "burn_in=1", "--set", "dim=2"]
    answer = shell("train", ml, "--model", "bayes-gcn", "--quality", "high", *few, "--out", tmp_path / "B")
    assert answer.code == 0
    assert Bundle.load(tmp_path / "B").info["model"]["settings"]["quality"] == "high"


def test_training_keeps_a_folder_that_only_looks_like_a_checkpoint(shell: Shell, ml: Path, tmp_path: Path) -> None:
    mine = tmp_path / "B.checkpoint" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    assert shell("train", ml, "--model", "bias", "--out", tmp_path / "B").code == 0
    assert mine.read_text() == "mine"


def test_a_fit_that_says_nothing_leaves_no_empty_line(
    shell: Shell, ml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "FitResult", partial(FitResult, stopped_because=""))
    lines = shell("train", ml, "--model", "popularity", "--out", tmp_path / "B").out.splitlines()
    assert any(f"s; wrote {tmp_path / 'B'}" in line for line in lines)
    assert "" not in lines
