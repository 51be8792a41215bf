"""A small data set of the MovieLens kind, written by the tests, a bundle trained on it, and the shell in process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reelgraph.cli import main

torch.set_num_threads(1)

TITLES = {
    1: "Toy Story (1995)", 2: "Heat (1995)", 3: "Amélie (2001)", 4: "[rec] (2007)", 5: "Face/Off :cat: (1997)",
    6: '"Matrix, The (1999)"', 7: "七人の侍 (1954)",
}  # fmt: skip
N_USERS, N_ITEMS = 40, 24
QUICK = ["dim=4", "layers=2", "epochs=30", "batch_size=128", "learning_rate=0.05"]


def write_ml(folder: Path) -> Path:
    """40 people, 24 movies, 16 ratings each: even people like the even movies, odd ones the odd movies."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(11)
    rows = []
    for user in range(1, N_USERS + 1):
        for movie in sorted(draw.permutation(N_ITEMS)[:16].tolist()):
            stars = float(draw.choice([4.0, 4.5, 5.0] if (user + movie) % 2 == 1 else [0.5, 1.0, 2.0]))
            rows.append(f"{user},{movie + 1},{stars},{1_000_000_000 + len(rows)}")
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    names = [
        f"{movie},{TITLES.get(movie, f'Film {movie} ({1980 + movie})')},{genres(movie)}"
        for movie in range(1, N_ITEMS + 1)
    ]
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "\n".join(names) + "\n", encoding="utf-8")
    return folder


def genres(movie: int) -> str:
    return "Comedy|Romance" if movie % 2 else "Drama"


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The one JSON value on stdout."""

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture(scope="session")
def ml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ml(tmp_path_factory.mktemp("data") / "toy")


@pytest.fixture(scope="session")
def trained(ml: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "B"
    settings = [word for setting in QUICK for word in ("--set", setting)]
    assert main(["train", str(ml), "--model", "gcn", *settings, "--out", str(path)]) == 0
    return path


@pytest.fixture
def bundle(trained: Path, tmp_path: Path) -> Path:
    """A copy of the trained bundle that a test may spoil."""
    return Path(shutil.copytree(trained, tmp_path / "bundle"))


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Runs a command in process, on a terminal of 160 columns."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "dumb")

    def run(*words: object) -> Answer:
        capsys.readouterr()
        code = main([str(word) for word in words])
        wrote = capsys.readouterr()
        return Answer(code, wrote.out, wrote.err)

    return run
