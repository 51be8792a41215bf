"""Ctrl-C and memory that is not there: one line on stderr, and how to go on where something is kept."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reelgraph.cli.data
from reelgraph import pipeline, tuning

Shell = Callable[..., Any]


def raising(error: BaseException, *kept: Path) -> Callable[..., Any]:
    """A function that leaves some files and fails."""

    def fail(*_: object, **__: object) -> None:
        for file in kept:
            file.parent.mkdir(parents=True)
            file.write_bytes(b"kept")
        raise error

    return fail


def caused_by(cause: Exception) -> OSError:
    """An error that says less than what it was raised for, such as llvmlite's."""
    error = OSError("Could not find/load shared object file")
    error.__context__ = cause
    return error


def test_ctrl_c_is_one_line(shell: Shell, ml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reelgraph.cli.data, "read", raising(KeyboardInterrupt()))
    answer = shell("data", "describe", ml)
    assert (answer.code, answer.out, answer.err) == (130, "", "interrupted\n")


def test_generated_data_go_on_after_ctrl_c(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reelgraph.cli.data, "generate", raising(KeyboardInterrupt()))
    answer = shell("data", "generate", "--out", tmp_path / "new")
    assert (answer.code, answer.out) == (130, "")
    assert answer.err == "interrupted (the same command goes on where this one stopped)\n"


@pytest.mark.parametrize("is_kept", [True, False])
def test_training_says_whether_it_can_go_on(
    shell: Shell, ml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    kept = [tmp_path / "B.checkpoint" / "bayes-gcn" / "checkpoint.safetensors"] if is_kept else []
    monkeypatch.setattr(pipeline, "train", raising(KeyboardInterrupt(), *kept))
    answer = shell("train", ml, "--model", "popularity", "--out", tmp_path / "B")
    how = " (the same command with --resume goes on from the last checkpoint)" if is_kept else ""
    assert answer.code == 130
    assert answer.err.endswith(f"interrupted{how}\n")


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_search_says_whether_it_can_go_on(
    shell: Shell, ml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    study = tmp_path / "new" / "study.db"
    monkeypatch.setattr(tuning, "tune", raising(KeyboardInterrupt(), *[study] * is_kept))
    words = ("tune", ml, "--model", "bias", "--protocol", "random", "--out", tmp_path / "best.toml")
    answer = shell(*words, "--study", study)
    assert answer.code == 130
    assert answer.err.endswith(f"interrupted{' (the same command goes on where this one stopped)' * is_kept}\n")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "the system has no more"),
        (MemoryError("Unable to allocate 9 TiB"), "Unable to allocate 9 TiB"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "the system has no more"),
        (ImportError("libblas.so: failed to map segment from shared object"), "the system has no more"),
        (caused_by(OSError("libllvmlite.so: failed to map segment from shared object")), "the system has no more"),
    ],
)
def test_memory_that_is_not_there_is_one_line(
    shell: Shell, ml: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    monkeypatch.setattr(reelgraph.cli.data, "read", raising(error))
    answer = shell("data", "describe", ml)
    hint = "free some, or take less data or, where a model is fitted, a smaller one"
    assert (answer.code, answer.err) == (2, f"error: out of memory: {reason} ({hint})\n")


def test_what_is_missing_for_another_reason_is_not_called_memory(
    shell: Shell, ml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reelgraph.cli.data, "read", raising(ImportError("no such module")))
    with pytest.raises(ImportError, match="no such module"):
        shell("data", "describe", ml)
