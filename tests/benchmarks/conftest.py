"""A small data set on disk, and a peer of the tests' own that needs no other library."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import catalogue, environments
from benchmarks.peers.catalogue import Peer

ECHO = """
import numpy as np
from benchmarks.peers.handover import Answer, serve

def work(task, settings):
    if settings.get("fails"):
        raise RuntimeError("the library gave up")
    stars = np.full(len(task.test_user) - settings.get("short", 0), settings.get("stars", task.rating.mean()))
    return Answer(stars, {"echo": "1.0"}, prepare_seconds=0.5, fit_seconds=2.0, predict_seconds=0.25)

serve(work)
"""

RANK = """
import numpy as np
from benchmarks.peers.rank_handover import Lists, serve_lists

def work(task, settings):
    if not task.known() and settings.get("known_only"):
        raise SystemExit("it knows nobody else")
    popular = np.bincount(task.item, minlength=task.n_items).astype(float)
    items, scores = task.lists(lambda rows: np.tile(popular, (rows.stop - rows.start, 1)), people=4)
    if settings.get("cheats"):
        items[:, 0] = task.seen.indices[task.seen.indptr[:-1]]
    if settings.get("twice"):
        items[:, 1] = items[:, 0]
    return Lists(items, scores, {"rank": "1.0"}, prepare_seconds=0.5, fit_seconds=2.0, predict_seconds=0.25)

serve_lists(work)
"""


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 people, 20 movies, half stars, in the layout of ml-latest-small."""
    folder = tmp_path_factory.mktemp("data") / "toy"
    folder.mkdir()
    draw = np.random.default_rng(3)
    rows = [
        f"{user},{movie},{draw.integers(1, 11) / 2},{1_000_000_000 + draw.integers(10**7)}"
        for user in range(1, 31)
        for movie in sorted((1 + draw.permutation(20)[:12]).tolist())
    ]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    movies = [f"{movie},Film {movie} ({1980 + movie}),{'Drama' if movie % 2 else 'Comedy'}" for movie in range(1, 21)]
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "\n".join(movies) + "\n")
    return folder


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The only peer is `echo`, in a checkout that holds nothing but the handover; returns its settings to change."""
    settings: dict[str, object] = {}
    _only(Peer("echo", "echo", settings), ECHO, tmp_path, monkeypatch)
    return settings


@pytest.fixture
def rank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The only peer is `rank`, which lists the most popular movies; returns its settings to change."""
    settings: dict[str, object] = {}
    _only(Peer("rank", "rank", settings, answers="ranks"), RANK, tmp_path, monkeypatch)
    return settings


def _only(peer: Peer, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "checkout" / "benchmarks" / "peers"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    for name in ("handover.py", "rank_handover.py"):
        shutil.copy(Path(environments.__file__).with_name(name), package)
    (package / f"{peer.script.split('.')[-1]}.py").write_text(script)
    monkeypatch.setattr(environments, "ROOT", tmp_path / "checkout")
    monkeypatch.setattr(environments, "interpreter", lambda library: Path(sys.executable))
    monkeypatch.setattr(catalogue, "PEERS", {peer.name: peer})
