"""`reelgraph tune`: a config that `evaluate` reads, a study that survives kill -9, and one line for bad input."""

from __future__ import annotations

import functools
import os
import re
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reelgraph import pipeline
from reelgraph.evaluation import PROTOCOLS
from tests.cli.test_cli_bad_input import refused, tree

pytest.importorskip("optuna", reason='optuna is not installed: pip install "reelgraph[tune]"')

Shell = Callable[..., Any]
BIAS = ["--model", "bias", "--protocol", "strong", "--metric", "rmse"]


def test_tune_writes_a_config_that_evaluate_reads(shell: Shell, ml: Path, tmp_path: Path) -> None:
    best, picture = tmp_path / "new" / "best.toml", tmp_path / "p.png"
    answer = shell("tune", ml, *BIAS, "--trials", 4, "--set", "user_damping=2.5", "--out", best, "--plot", picture)
    assert answer.code == 0
    assert "best trials" in answer.out
    assert f"wrote {best}; next: reelgraph evaluate {ml} --protocol strong --config {best}" in answer.out
    assert re.search(r"tune .*4/4 trials best rmse \d", answer.err)
    found = tomllib.loads(best.read_text())
    assert found["model"] == "bias"
    assert found["settings"]["user_damping"] == 2.5
    assert 0.5 <= found["settings"]["item_damping"] <= 50
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert sorted(tree(tmp_path)) == ["new/best.toml", "p.png"]
    assert shell("evaluate", ml, "--protocol", "strong", "--config", best, "--json").code == 0


def test_tune_json_and_space_file(shell: Shell, ml: Path, tmp_path: Path) -> None:
    space = tmp_path / "space.toml"
    space.write_text("[space]\nitem_damping = [1.0, 9.0]\n")
    words = ["--space", space, "--trials", 5, "--out", tmp_path / "b.toml", "--json"]
    value = shell("tune", ml, *BIAS, *words).value
    assert [value["model"], value["protocol"], value["metric"], value["trials"]] == ["bias", "strong", "rmse", 5]
    assert value["settings"]["item_damping"] in (1.0, 9.0)
    assert value["best"][0]["value"] == value["value"] <= value["best"][-1]["value"]
    assert len(value["data_sha256"]) == 64


def test_killed_search_goes_on(shell: Shell, ml: Path, tmp_path: Path) -> None:
    study, best = tmp_path / "s.db", tmp_path / "best.toml"
    words = ["tune", str(ml), *BIAS, "--study", str(study), "--out", str(best)]
    process = subprocess.Popen(
        [sys.executable, "-m", "reelgraph", *words, "--trials", "100000"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while complete(study) < 3:
            assert process.poll() is None, "it ended before its third trial"
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    assert not best.exists()
    done = complete(study)
    value = shell(*words, "--trials", done + 2, "--json").value
    assert value["trials"] == done + 2
    assert complete(study) == done + 2
    whole = tmp_path / "whole.toml"
    shell("tune", ml, *BIAS, "--trials", done + 2, "--out", whole)
    assert best.read_text() == whole.read_text()


def complete(study: Path) -> int:
    if not study.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"{study.as_uri()}?mode=ro", uri=True, timeout=5)) as file:
            return int(file.execute("SELECT count(*) FROM trials WHERE state = 'COMPLETE'").fetchone()[0])
    except sqlite3.OperationalError:  # its tables are being made
        return 0


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (["--model", "gnc"], r"gnc: .*did you mean 'gcn'\?"),
        (["--model", "popularity"], "popularity: there is nothing to tune"),
        (["--model", "bias", "--protocol", "temporl"], r"did you mean 'temporal'\?"),
        (["--model", "bias", "--trials", "0"], "--trials"),
        (["--model", "bias", "--timeout", "-1"], "--timeout"),
        (["--model", "bias", "--set", "damping=1"], "damping: unknown setting"),
        (["--model", "bias", "--space", "none.toml"], r"none\.toml: no such config file"),
        (["--model", "bias", "--plot", "p.doc"], r"p\.doc: is no picture's name"),
        (["--model", "bias", "--study", "."], r"\.: is a folder"),
        (["--model", "bias"], "x: no such file or folder"),
        ([], "Missing option '--model'"),
    ],
    ids=" ".join,
)
def test_bad_words_are_refused_before_any_work(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], pattern: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(shell("tune", "x", *words, "--out", "best.toml"), pattern)
    assert list(tmp_path.iterdir()) == []


def test_bad_metric_study_and_place_are_refused(shell: Shell, ml: Path, tmp_path: Path) -> None:
    study, best = tmp_path / "s.db", tmp_path / "best.toml"
    words = ["tune", ml, "--model", "bias", "--protocol", "strong", "--trials", 1, "--out", best]
    refused(shell(*words, "--metric", "rmes"), r"rmes: .*did you mean 'rmse'\?")
    (tmp_path / "file").write_text("mine")
    refused(shell(*words[:-1], tmp_path / "file" / "best.toml"), "cannot be written: .*file is not a folder")
    assert list(tree(tmp_path)) == ["file"]
    assert shell(*words, "--metric", "rmse", "--study", study).code == 0
    before = tree(tmp_path)
    refused(
        shell(*words, "--metric", "mae", "--study", study), r"s\.db: is the study of another run: metric was 'rmse'"
    )
    assert tree(tmp_path) == before


def test_protocol_without_validation_is_refused(
    shell: Shell, ml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "prepare", functools.partial(pipeline.prepare, join_valid=True))
    assert "strong" in PROTOCOLS
    refused(shell("tune", ml, *BIAS, "--out", tmp_path / "b.toml"), "strong: there is no validation part to tune on")
    assert list(tmp_path.iterdir()) == []
