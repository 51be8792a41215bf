"""Fixtures for all tests: a tiny known data set, a planted one, and the way to the real ones."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

# Before anything imports torch: threads of several test processes on few cores wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before anything imports typer or rich, which read these once: tests do not depend on the width and the colours of the
# shell. COLUMNS is set in each process of pytest-xdist, by readline in the process that starts it.
for _name in (
    "COLUMNS", "LINES", "TERMINAL_WIDTH", "FORCE_COLOR", "NO_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
):  # fmt: skip
    os.environ.pop(_name, None)

import numpy as np
import pytest
from hypothesis import settings

from reelgraph.core import EvalPart, IdIndex, Interactions, Matrix, RatingScale
from reelgraph.store import open_store
from tests import postgres_server

settings.register_profile("without deadline", deadline=None)  # no test fails on a slow day
settings.load_profile("without deadline")

STARS = RatingScale(1.0, 5.0, 1.0)


def make_interactions(
    edges: list[tuple[int, int, float]], n_users: int, n_items: int, scale: RatingScale = STARS
) -> Interactions:
    """Interactions of (user row, item row, stars); the ids are 100 + row and 1000 + row."""
    users, items, stars = (np.array(column) for column in zip(*edges, strict=True))
    return Interactions(
        IdIndex(100 + np.arange(n_users), "user"),
        IdIndex(1000 + np.arange(n_items), "item"),
        users.astype(np.int32),
        items.astype(np.int32),
        stars.astype(np.float32),
        np.arange(len(edges), dtype=np.int64) + 1_000_000_000,
        scale,
    )


def make_part(history: Matrix, target: Matrix) -> EvalPart:
    """A part in which row b is user b."""
    return EvalPart(np.arange(history.shape[0]), history, target, history)


@pytest.fixture
def tiny() -> Interactions:
    """Three users, four items, seven ratings; item 3 has none."""
    return make_interactions(
        [(0, 0, 5), (0, 1, 3), (1, 0, 4), (1, 1, 1), (1, 2, 5), (2, 1, 2), (2, 2, 4)], n_users=3, n_items=4
    )


@pytest.fixture
def planted() -> tuple[Interactions, EvalPart]:
    """200 users and 60 items with two-dimensional tastes and noise of 0.5 stars: 30 ratings each, and 6 held back."""
    draw = np.random.default_rng(7)
    taste, kind = draw.normal(size=(200, 2)), draw.normal(size=(60, 2))
    stars = np.clip(np.round(3.2 + 0.8 * taste @ kind.T + 0.5 * draw.normal(size=(200, 60))), 1, 5)
    kept, held = [], []
    for user in range(200):
        items = draw.permutation(60)[:36]
        kept += [(user, int(item), float(stars[user, item])) for item in items[:30]]
        held += [(user, int(item), float(stars[user, item])) for item in items[30:]]
    train = make_interactions(kept, 200, 60)
    return train, make_part(train.matrix(), make_interactions(held, 200, 60).matrix())


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """The folder of a published data set, in $REELGRAPH_DATA or ../shared/data; skips where it is not."""

    def find(name: str) -> Path:
        places = [os.environ.get("REELGRAPH_DATA"), Path(__file__).parents[2] / "shared" / "data"]
        for place in places:
            if place and (Path(place) / name).is_dir():
                return Path(place) / name
        pytest.skip(f"{name} is neither in $REELGRAPH_DATA nor in ../shared/data")

    return find


_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """A PostgreSQL of the tests' own, with a database ``people`` that holds an empty store; skips where none can be."""
    why = postgres_server.missing()
    if why:
        pytest.skip(why)
    with postgres_server.server(safe=False) as server:
        open_store(server.new_database("people")).close()
        yield server


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an empty store, to be copied."""
    path = tmp_path_factory.mktemp("store") / "people.db"
    open_store(path).close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty store, on each kind of database."""
    if request.param == "sqlite":
        file: Path = request.getfixturevalue("sqlite_file")
        return f"sqlite:///{shutil.copy(file, tmp_path)}"
    server: postgres_server.Server = request.getfixturevalue("postgres")
    return server.new_database(f"test{next(_numbers)}", like="people")
