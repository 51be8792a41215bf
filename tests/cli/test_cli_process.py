"""The shell as a process of its own: its output, exit status and imports."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Shell = Callable[..., Any]


def process(*words: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    program = ["-c", code] if code is not None else ["-m", "reelgraph", *words]
    return subprocess.run(
        [sys.executable, *program], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "COLUMNS": "160", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def test_process_answers_on_stdout_and_exits_0(trained: Path) -> None:
    done = process("recommend", str(trained), "--user", "1", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_titles_that_stdout_cannot_encode_are_no_error(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    words = ("similar", str(trained), "--item", "1", "-k", "23")
    answer = process(*words, "--json")
    assert answer.returncode == 0, answer.stderr
    assert "七人の侍 (1954)" in [line["title"] for line in json.loads(answer.stdout)["items"]]
    table = process(*words)
    assert table.returncode == 0, table.stderr
    assert "???? (1954)" in table.stdout


def test_process_with_bad_input_says_one_line_and_exits_2(tmp_path: Path) -> None:
    done = process("recommend", str(tmp_path / "nope"), "--user", "1")
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(r"error: .*nope is not a bundle.*\n", done.stderr)


def test_the_shell_recommends_without_torch(trained: Path) -> None:
    done = process(
        code="import sys; sys.modules['torch'] = None; from reelgraph.cli import main\n"
        f"codes = [main(['recommend', {str(trained)!r}, '--user', '1', '--json'])]\n"
        "codes.append(main(['train', 'x', '--model', 'lightgcn', '--out', 'y']))\n"
        "sys.exit(codes != [0, 2])"
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"error: the model 'lightgcn' needs torch \(pip install \"reelgraph\[train\]\"\)\n", done.stderr
    )


def test_the_help_imports_no_verb() -> None:
    done = process(
        code="import sys; from reelgraph.cli import main\nmain(['--help'])\n"
        "heavy = ('numpy', 'scipy', 'numba', 'polars', 'pydantic', 'torch', 'reelgraph.cli.train', 'reelgraph.data')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_library_logs_only_where_it_is_asked_to(shell: Shell, ml: Path, tmp_path: Path) -> None:
    silent = process(code="import logging, reelgraph; logging.getLogger('reelgraph.models').error('unseen')")
    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")
    settings = 'settings={"bayes-gcn": {"draws": 2, "burn_in": 0, "checkpoint_every": 1}}'
    words = ("train", str(ml), "--out", str(tmp_path / "B"), "--set", settings)
    assert "blend: fit" not in shell(*words).err
    steps = shell("--verbose", *words).err
    assert re.search(r"INFO +blend: fit graph-filter", steps)
    assert re.search(r"INFO +blend: fit bayes-gcn", steps)
    assert "sweep" not in steps.replace("sweeps", "")
    assert re.search(r"DEBUG +bayes-gcn: sweep 2 of 2: loss", shell("-vv", *words).err)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_stdout_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "reelgraph", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "error: No space left on device\n")
