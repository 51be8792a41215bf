"""The page of a bundle of views in Chromium: what was watched in place of stars, on a desktop and a phone."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reelgraph.models.blend import Blend
from reelgraph.serve import ServeSettings
from reelgraph.store import open_store
from tests.browser.conftest import DEVICES, Open
from tests.service.conftest import Running, running
from tests.service.views import save_bundle

STAR = re.compile(r"★|\bstars?\b|\brat(?:e|ed|ing|ings)\b", re.IGNORECASE)
SCREENSHOTS = os.environ.get("REELGRAPH_SCREENSHOTS")


@pytest.fixture(scope="module")
def views_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("views")
    bundle = save_bundle(Blend(settings={"graph-filter": {"choose": False}}), folder)
    settings = ServeSettings(bundle, "unused", port=0, rate=0.0, watch_seconds=0.0)
    with contextlib.closing(open_store(folder / "people.db")) as store, running(settings, store) as service:
        yield service


def check(page: Any, name: str) -> None:
    """No star in what is shown or read aloud; a picture of the page where they are asked for."""
    page.wait_for_selector("main [aria-busy='true']", state="detached")
    labels = page.eval_on_selector_all(
        "[aria-label], [title]", "nodes => nodes.map(n => (n.ariaLabel ?? '') + ' ' + n.title)"
    )
    shown = page.inner_text("body").replace("every target rating", "").replace("target ratings", "")  # of the protocol
    assert STAR.findall(shown + " ".join(labels)) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the screen"
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS, f"{name}.png")), full_page=True)


@pytest.mark.parametrize("device", DEVICES)
def test_a_walk_through_the_page_of_a_bundle_of_views(chromium: Any, views_service: Running, device: str) -> None:
    base = str(views_service.http.base_url).rstrip("/")
    context = chromium.new_context(reduced_motion="reduce", **DEVICES[device])
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{base}/")
    page.get_by_role("button", name="Skip", exact=True).click()
    page.wait_for_selector(".question .watched")
    assert "What everybody watches" in page.inner_text("#picks-title")
    check(page, f"{device}-home-new")
    for _ in range(3):
        title = page.inner_text(".question h2")
        page.click(".question .watched")
        page.wait_for_function("title => document.querySelector('.question h2')?.textContent !== title", arg=title)
    page.wait_for_function("() => document.querySelector('#picks-title').textContent === 'Your picks'")
    because = page.inner_text(".pick .because")
    assert because.startswith("Because you watched ")
    page.click(".pick [aria-expanded='false']")
    page.wait_for_selector(".pick.open .bars")
    check(page, f"{device}-home")
    first = page.inner_text(".pick h3")
    page.click(".pick .acts .watched")
    page.wait_for_function("title => document.querySelector('.pick h3').textContent !== title", arg=first)
    page.locator(".toast button").last.click()  # undo
    page.wait_for_function("title => document.querySelector('.pick h3').textContent === title", arg=first)
    page.goto(f"{base}/film/100")
    page.wait_for_selector("#acts .watched")
    page.wait_for_selector("#why .whybox")
    was_watched = page.get_attribute("#acts .watched", "aria-pressed")
    page.click("#acts .watched")
    page.wait_for_function("was => document.querySelector('#acts .watched').ariaPressed !== was", arg=was_watched)
    check(page, f"{device}-film")
    page.goto(f"{base}/taste")
    page.wait_for_selector("#ratings li")
    check(page, f"{device}-taste")
    for path in ("together", "model", "privacy"):
        page.goto(f"{base}/{path}")
        page.wait_for_load_state("networkidle")
        check(page, f"{device}-{path}")
    context.close()
    assert wrong == []


@pytest.mark.parametrize("device", DEVICES)
def test_films_watched_elsewhere_give_picks_that_say_so(tab: Open, tmp_path: Path, device: str) -> None:
    watched = tmp_path / "watched.csv"
    rows = [f"2023-01-0{n},Space Story {2 * n},{1960 + 2 * n},https://boxd.it/a{n}" for n in range(1, 6)]
    watched.write_text("\n".join(["Date,Name,Year,Letterboxd URI", *rows]) + "\n")
    page = tab(device).go("/")
    page.wait_for_selector(".question .stars")
    page.set_input_files("#export", watched)
    page.wait_for_selector("#report b")
    assert "5 films watched taken over" in page.inner_text("#report .summary")
    page.wait_for_function("() => document.querySelector('#picks-note').textContent === 'From 5 films you watched.'")
    assert page.inner_text("#picks-title") == "Your picks"
    assert page.inner_text(".pick .because").startswith("Because you watched Space Story ")
    assert "★" in page.inner_text(".pick")  # stars are predicted, from no rating
    page.click(".pick [aria-expanded='false']")
    page.wait_for_selector(".pick.open .bars")
    assert page.inner_text(".pick.open .bars .label").startswith("Space Story")
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS, f"{device}-watched.png")), full_page=True)
    page.goto(page.url.split("?")[0] + "taste")
    page.wait_for_selector("#marks li")
    assert "5 films watched without a rating. They count in your picks." in page.inner_text("#summary")
