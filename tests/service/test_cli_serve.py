"""``reelgraph serve`` and ``reelgraph demo --serve`` as an operator starts and stops them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from reelgraph.bundle import Bundle
from reelgraph.cli import demo, main
from reelgraph.serve import ServeSettings
from tests.service.conftest import small


def test_it_says_where_it_listens_and_stops_when_told(tmp_path: Path) -> None:
    bundle = small().save(tmp_path / "films")
    words = [sys.executable, "-m", "reelgraph", "serve", str(bundle), "--open", "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "300"}) as process:
        assert process.stderr is not None
        told = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", told)
        assert found, told + process.stderr.read()
        rated = [{"user_id": "ann", "item_id": "30", "stars": 5}]
        assert httpx.post(f"{found[0]}api/ratings", json=rated).json() == {"kept": 1}
        assert httpx.get(f"{found[0]}api/recommend/ann?n=1").json()["items"][0]["item_id"] == "10"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    people = tmp_path / "films-people.db"  # beside the bundle, whose folder is replaced whole
    assert people.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nothing",), "nothing is not a bundle"),
        (("films", "--open", "--host", "0.0.0.0"), "everybody who reaches 0.0.0.0"),
        (("films", "--store", "mysql://x/y"), "mysql"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    words: tuple[str, ...],
    says: str,
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
    assert says in line


def test_the_demo_serves_what_it_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[ServeSettings] = []

    def run(settings: ServeSettings, started: Callable[[str], None]) -> None:
        served.append(settings)
        started("http://127.0.0.1:1/")

    monkeypatch.setattr(demo, "run", run)
    rows = ["userId,movieId,rating"]
    rows += [f"{user},{movie},{1 + (user + movie) % 5}" for user in range(12) for movie in range(12) if user != movie]
    (tmp_path / "ratings.csv").write_text("\n".join(rows) + "\n")
    config = tmp_path / "quick.toml"
    config.write_text('model = "gcn"\n[settings]\ndim = 2\nlayers = 1\nepochs = 2\n')
    words: list[Any] = ["demo", tmp_path / "ratings.csv", "--out", tmp_path / "made", "--config", config, "--serve"]
    assert main([str(word) for word in words]) == 0
    (settings,) = served
    assert (settings.bundle, settings.open, settings.host) == (tmp_path / "made-page", True, "127.0.0.1")
    assert settings.store == str(tmp_path / "made-page-people.db")
    assert Bundle.load(settings.bundle).scorer.kind == "starred-blend"
    assert Bundle.load(tmp_path / "made").scorer.kind == "fold-in"
    assert "is served at http://127.0.0.1:1/" in capsys.readouterr().err
