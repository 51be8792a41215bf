"""A bundle of eight movies whose lists can be worked out by hand, a store on a file, and a real server to ask."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.scorers import LowRankFilterScorer
from reelgraph.serve import ServeSettings
from reelgraph.serve.app import create_app
from reelgraph.serve.server import config
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.warm_up import warm_up
from reelgraph.store import Store, open_store

TITLES = (
    "Heat (1995)", "Matrix, The (1999)", "<script>alert(1)</script> (2001)", "Amélie (2001)",
    "Robert'); DROP TABLE ratings;-- (1985)", "Heat (1986)", "M (1931)", "七人の侍 (1954)",
)  # fmt: skip
GENRES = (
    ("Action", "Crime"), ("Action", "Sci-Fi"), (), ("Comedy",), ("Drama",), ("Action",), ("Crime",), ("Drama",)
)  # fmt: skip
#: Two tastes: movies 10, 20, 30 and 40 go together, and so do 50, 60, 70 and 80; the later the weaker.
LEFT = np.array([[1, 0]] * 4 + [[0, 1]] * 4, np.float32)
RIGHT = np.array([[4, 0], [3, 0], [2, 0], [1, 0], [0, 4], [0, 3], [0, 2], [0, 1]], np.float32)
#: Users 1 to 3 of the bundle; viewers of each movie: 3, 2, 1, 0, 1, 0, 0, 0.
RATED = [[5, 4, 0, 0, 0, 0, 0, 0], [4, 0, 0, 0, 5, 0, 0, 0], [5, 5, 2, 0, 0, 0, 0, 0]]


def small(shift: float = 0.0, **more: Any) -> Bundle:
    """Scores are ``right . sum of left`` of the movies rated, and 1 each; ``shift`` makes another bundle of it."""
    years = [1995, 1999, 2001, 2001, 1985, 1986, 1931, 1954]
    catalogue = dataclasses.replace(
        Catalogue.from_ids(10 * (1 + np.arange(8))), title=np.array(TITLES), year=np.array(years), genres=GENRES
    )
    scorer = LowRankFilterScorer(LEFT, RIGHT + np.float32(shift), np.zeros(8, np.float32), RIGHT + 0.1, 0.0, 5.0)
    return Bundle(
        scorer, IdIndex(np.array([1, 2, 3]), "user"), IdIndex(catalogue.item_id, "item"),
        Matrix(np.array(RATED, np.float32)), catalogue, RatingScale(1.0, 5.0, 0.5),
        {"model": {"name": "by hand"}, "metrics": {"ndcg@10": {"mean": 0.5, "low": 0.4, "high": 0.6}}}, **more,
    )  # fmt: skip


@dataclasses.dataclass
class Running:
    """A running service, and what it was started with."""

    http: httpx.Client
    settings: ServeSettings
    store: Store
    bundles: BundleHolder
    app: Any

    def list_of(self, response: httpx.Response) -> list[str]:
        """The item ids of a list."""
        assert response.status_code == 200, response.text
        return [line["item_id"] for line in response.json()["items"]]


class QuickServer(uvicorn.Server):
    """Looks a hundred times a second whether it is to end, not ten times."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(0.01)


@contextlib.contextmanager
def running(settings: ServeSettings, store: Store) -> Iterator[Running]:
    """A server on a free port, in a thread."""
    bundles = BundleHolder(settings.bundle, warm_up, settings.seen_weight)
    app = create_app(settings, store, bundles)
    server = QuickServer(config(app, settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < until
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        # Certificates, which it would read for every service, are not needed here.
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, verify=False) as http:
            yield Running(http, settings, store, bundles, app)
    finally:
        server.should_exit = True
        thread.join()


Start = Callable[..., Running]


@functools.cache
def _templates() -> tempfile.TemporaryDirectory[str]:
    """A folder with the small bundle and an empty store, to be copied; it goes with the process."""
    folder = tempfile.TemporaryDirectory(prefix="reelgraph-templates-")
    small().save(Path(folder.name) / "bundle")
    open_store(Path(folder.name) / "people.db").close()
    return folder


def new_bundle(path: Path) -> Path:
    """The small bundle at a path; one that lies there is replaced."""
    return small().save(path) if path.exists() else Path(shutil.copytree(Path(_templates().name) / "bundle", path))


def new_store(path: Path) -> Store:
    """The store in a file, which is created where it is missing."""
    if not path.exists():
        shutil.copyfile(Path(_templates().name) / "people.db", path)
    return open_store(path)


@contextlib.contextmanager
def starting(folder: Path) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def start_service(store: Store | None = None, **settings: Any) -> Running:
            bundle = new_bundle(folder / "bundle")
            opened = store or stack.enter_context(contextlib.closing(new_store(folder / "people.db")))
            options = {"rate": 0.0, "watch_seconds": 0.0, **settings}
            return stack.enter_context(running(ServeSettings(bundle, "unused", port=0, **options), opened))

        yield start_service


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a service on the small bundle; settings as keywords, ``store`` to put another one in its place."""
    with starting(tmp_path) as start_service:
        yield start_service


@pytest.fixture(scope="module")
def module_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests of a file that change nothing."""
    with starting(tmp_path_factory.mktemp("service")) as start_service:
        yield start_service(open=True)


@pytest.fixture
def service(start: Start) -> Running:
    """Open to all."""
    return start(open=True)
