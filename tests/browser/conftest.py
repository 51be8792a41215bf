"""A bundle of invented films with two planted tastes, a server of its own, and Chromium where there is one."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.core import Catalogue, Dataset, Ratings, RatingScale
from reelgraph.models.blend import Blend
from reelgraph.pipeline import train
from reelgraph.serve import ServeSettings
from reelgraph.store import open_store
from tests.service.conftest import Running, running

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = os.environ.get("REELGRAPH_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 860}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
NASTY = '<img src=x onerror="window.hacked=1"><b>Bold</b> & Sons (1999)'
N_USERS, N_ITEMS, FIRST_ID = 160, 60, 100
SETTINGS = {"graph-filter": {"choose": False}, "bayes-gcn": {"draws": 20, "burn_in": 10}}


def titles() -> list[str]:
    """Films of space (even) and of love (odd); the first has markup in its title."""
    kinds = ("Space", "Love")
    return [NASTY, *(f"{kinds[item % 2]} Story {item} ({1960 + item % 50})" for item in range(1, N_ITEMS))]


def made_up_data() -> Dataset:
    """160 people who love either space or love rated 24 films each, those with small numbers most often."""
    draw = np.random.default_rng(5)
    chance = np.exp(-np.arange(N_ITEMS) / 30)
    rows = []
    for user in range(N_USERS):
        for item in draw.choice(N_ITEMS, 24, replace=False, p=chance / chance.sum()).tolist():
            stars = (4.4 if item % 2 == user % 2 else 2.0) + draw.normal(0, 0.6)
            rows.append((user + 1, item + FIRST_ID, np.clip(np.round(2 * stars) / 2, 0.5, 5.0), 10**9 + len(rows)))
    users, items, stars, times = (np.array(column) for column in zip(*rows, strict=True))
    genres = tuple(("Romance", "Drama") if item % 2 else ("Sci-Fi", "Adventure") for item in range(N_ITEMS))
    years = np.array([1999, *(1960 + item % 50 for item in range(1, N_ITEMS))])
    catalogue = dataclasses.replace(
        Catalogue.from_ids(FIRST_ID + np.arange(N_ITEMS)), title=np.array(titles()), genres=genres, year=years
    )
    ratings = Ratings(users, items, stars.astype(np.float32), times, RatingScale(0.5, 5.0, 0.5), "invented")
    return Dataset("invented", ratings, catalogue, None, "0" * 64)


@pytest.fixture(scope="session")
def page_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default kind of model, small: a graph filter ranks, bayes-gcn predicts the stars."""
    return train(made_up_data(), Blend(rankers=("graph-filter",), settings=SETTINGS)).bundle.save(
        tmp_path_factory.mktemp("page") / "bundle"
    )


@pytest.fixture(scope="session")
def page_service(page_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with keys, as strangers meet it: the page needs none."""
    with contextlib.closing(open_store(tmp_path_factory.mktemp("people") / "people.db")) as store:
        settings = ServeSettings(page_bundle, "unused", port=0, rate=0.0, watch_seconds=0.0, guests_per_hour=0)
        with running(settings, store) as service:
            yield service


@pytest.fixture(
    scope="module"
)  # its event loop runs on in this thread until it is closed: no test of others may meet it
def chromium() -> Iterator[Any]:
    """Chromium; skips where there is none."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine; apt-get install chromium, or set $REELGRAPH_CHROMIUM")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclasses.dataclass
class Watched:
    """A tab, and everything about it that nobody should see."""

    page: Any
    base: str
    wrong: list[str]

    def go(self, path: str) -> Any:
        """Open a page of the service."""
        answer = self.page.goto(self.base + path)
        assert answer.ok, f"{path}: {answer.status}"
        return self.page


Open = Callable[..., Watched]


def wait_until(page: Any, expression: str, arg: Any = None, seconds: float = 30.0) -> None:
    """Wait until an expression is true that may be a promise: `page.wait_for_function` takes every promise for true."""
    until = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        assert time.monotonic() < until, f"never true: {expression}"
        page.wait_for_timeout(100)


AT_REST = """() => !document.querySelector("main [aria-busy='true']")
  && [...document.querySelectorAll("main .ghost")].every((node) => !node.getClientRects().length)
  && document.getAnimations().every((animation) => animation.playState !== "running")"""


def wait_at_rest(page: Any) -> None:
    """Wait until nothing is loading, fading or moving: a colour in a transition is no colour of the page."""
    page.wait_for_function(AT_REST)


def is_wrong(message: Any) -> bool:
    """Whether a message of the console is an error or a warning; Playwright warns of what the tests ask it to block."""
    return message.type in ("error", "warning") and "blocked by Playwright" not in message.text


def teach_first(context: Any, base: str, ratings: dict[int, float]) -> None:
    """Ratings by item id of the person whose browser this is, sent before a page is open."""
    for item, stars in ratings.items():
        token = context.request.get(f"{base}/api/me/count").json()["csrf"]
        headers = {"X-CSRF-Token": token}
        assert context.request.put(f"{base}/api/me/ratings/{item}", data={"stars": stars}, headers=headers).ok


@pytest.fixture
def tab(chromium: Any, page_service: Running) -> Iterator[Open]:
    """Opens a new person's browser; at the end: no error, no refused content, no request to anywhere else."""
    opened: list[tuple[Any, Watched]] = []
    base = str(page_service.http.base_url).rstrip("/")

    def open_tab(
        device: str = "desktop",
        scheme: str = "light",
        *,
        wall: bool = False,
        worker: bool = False,
        taught: dict[int, float] | None = None,
    ) -> Watched:
        # A service worker would hide the requests of a page from `page.route`: only the tests of it have one.
        options = {"color_scheme": scheme, "reduced_motion": "reduce", **DEVICES[device]}
        context = chromium.new_context(service_workers="allow" if worker else "block", **options)
        if not wall:  # as for somebody who has skipped it
            context.add_init_script("sessionStorage.setItem('wall-closed', 'true')")
        teach_first(context, base, taught or {})
        page, wrong = context.new_page(), list[str]()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: wrong.append(message.text) if is_wrong(message) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(base) else wrong.append(request.url))
        opened.append((context, Watched(page, base, wrong)))
        return opened[-1][1]

    yield open_tab
    for context, watched in opened:
        hacked = watched.page.evaluate("window.hacked")
        context.close()
        assert hacked is None, "markup of a title ran"
        assert watched.wrong == []


class Gate:
    """Holds the requests of a page that match a pattern until it is opened."""

    def __init__(self, page: Any, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self._page = page
        self.waiting: list[Any] = []
        self._is_open = False
        page.route(pattern, self._handle)

    def _handle(self, route: Any) -> None:
        if self._is_open:
            route.continue_()
        else:
            self.waiting.append(route)

    def wait(self, count: int) -> None:
        """Wait until so many requests are held."""
        until = time.monotonic() + 30
        while len(self.waiting) < count:
            assert time.monotonic() < until, f"{len(self.waiting)} of {count} requests of {self.pattern.pattern}"
            self._page.wait_for_timeout(20)

    def open(self) -> None:
        """Let the waiting requests go on, and all later ones."""
        self._is_open = True
        for route in self.waiting:
            route.continue_()
