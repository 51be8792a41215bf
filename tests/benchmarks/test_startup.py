"""CPU seconds of a process: what a known amount of work gives, and what the benchmark prints."""

from __future__ import annotations

import json
import sys
import time

import pytest

from benchmarks.speed import startup
from reelgraph.cli.app import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count the time of children")


def test_a_process_that_works_so_long_is_measured_so_long() -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass\ntime.sleep(0.5)"
    started = time.monotonic()
    cpu_seconds = startup.cpu_seconds(["-c", work], startup._OURS / "src")
    assert 0.29 <= cpu_seconds <= time.monotonic() - started - 0.45  # what it slept is not counted


def test_byte_code_is_written_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = startup._environment(startup._OURS / "src")
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["PYTHONPATH"] == str(startup._OURS / "src")


def test_each_command_is_one_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(startup.app, "startup", ["--rounds", "1", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["command"] for row in rows] == ["floor: typer and rich", "import reelgraph", "reelgraph --help"]
    assert all(0 < row["CPU s"]["least"] <= row["CPU s"]["median"] <= row["CPU s"]["most"] for row in rows)
