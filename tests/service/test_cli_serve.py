"""``reelgraph serve`` as an operator starts and stops it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from reelgraph.cli import main
from reelgraph.serve import server
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from tests.service.conftest import small


def test_it_says_what_it_does_prints_its_address_and_stops_at_a_signal(tmp_path: Path) -> None:
    bundle = small().save(tmp_path / "films")
    words = [sys.executable, "-m", "reelgraph", "serve", str(bundle), "--open", "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "300"}) as process:
        assert process.stderr is not None
        reading, preparing, ready, line = (process.stderr.readline() for _ in range(4))
        assert reading == f"reading {bundle} ...\n"
        assert preparing.startswith("preparing the first lists: seconds")
        assert re.fullmatch(r"ready after \d+ s\n", ready)
        url = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert url, line + process.stderr.read()
        rated = [{"user_id": "ann", "item_id": "30", "stars": 5}]
        assert httpx.post(f"{url[0]}api/ratings", json=rated, timeout=120).json() == {"kept": 1, "kept_for_later": []}
        assert httpx.get(f"{url[0]}api/recommend/ann?n=1", timeout=120).json()["items"][0]["item_id"] == "10"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    people = tmp_path / "films-people.db"  # beside the bundle, whose folder is replaced whole
    assert people.stat().st_mode & 0o077 == 0


def test_a_bundle_that_fails_after_its_first_lists_is_served_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(loaded: LoadedBundle) -> None:
        raise ValueError("no map")

    loaded = LoadedBundle.load(small().save(tmp_path / "films"))
    server._prepare_further_answers(loaded)
    assert "moods" in loaded.derived.names
    monkeypatch.setattr(server, "further_answers", fail)
    server._prepare_further_answers(loaded)
    assert caplog.messages == ["the bundle cannot give every answer"]
    assert caplog.records[0].reason == "ValueError: no map"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing",), "nothing is not a bundle"),
        (("films", "--open", "--host", "0.0.0.0"), "everybody who reaches 0.0.0.0"),
        (("films", "--store", "mysql://x/y"), "mysql"),
    ],
)
def test_what_cannot_be_served_is_an_error_of_one_line(
    words: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("reelgraph.serve.logs.set_up", lambda level: None)
    small().save(tmp_path / "films")
    assert main(["serve", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line
