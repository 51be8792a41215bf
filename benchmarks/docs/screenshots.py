"""The pictures of the page in the docs: ``python -m benchmarks.docs.screenshots BUNDLE [--out docs/pictures]``.

A service is started on the bundle, a visitor teaches it a dozen films, and Chromium takes the pictures. The bundle of
the pictures in the docs: ``reelgraph train ml-1m --out BUNDLE``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import uvicorn
from PIL import Image
from playwright.sync_api import sync_playwright

from reelgraph.serve import ServeSettings
from reelgraph.serve.app import create_app
from reelgraph.serve.server import config
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.warm_up import warm_up
from reelgraph.store import open_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TAUGHT = {
    "2001 space odyssey": 4, "alien 1979": 5, "aliens 1986": 5, "blade runner": 5, "brazil 1985": 4, "matrix 1999": 4,
    "men in black 1997": 3, "starship troopers": 2, "terminator 2": 4, "titanic 1997": 1, "twelve monkeys": 5,
    "fargo 1996": 5, "pulp fiction": 4, "annie hall": 4, "toy story 1995": 4, "groundhog day": 5,
}  # fmt: skip
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
_DESKTOP, _TALL, _PHONE = (1280, 860), (1280, 1080), (390, 844)
_COLOURS, _GAP = 256, 28
_TEACH = """async (taught) => {
  const api = await import("/static/api.js");
  for (const [words, stars] of taught) {
    const [film] = await api.get("/api/me/search", { q: words });
    if (film) await api.rate(film.id, stars);
  }
}"""


@contextlib.contextmanager
def serving(bundle: Path) -> Iterator[str]:
    """A service on a free port with an empty store; gives its address."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(open_store(Path(folder, "people.db"))) as store:
        settings = ServeSettings(bundle, "", port=0, rate=0.0, watch_seconds=0.0)
        server = uvicorn.Server(config(create_app(settings, store, BundleHolder(bundle, warm_up)), settings))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def opened(
    browser: Browser, base: str, size: tuple[int, int], scheme: Literal["light", "dark"], *, taught: bool = True
) -> Page:
    """The first page as somebody new sees it, or after teaching."""
    phone = size == _PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, is_mobile=phone, has_touch=phone,
        reduced_motion="reduce",
    )  # fmt: skip
    page: Page = context.new_page()
    page.goto(base)
    if taught:
        page.evaluate(_TEACH, list(map(list, TAUGHT.items())))
        page.goto(base)
    page.wait_for_selector("#picks[aria-busy=false] .pick")
    return page


def shot(page: Page) -> Image.Image:
    """What is seen now, once everything that was asked for is there."""
    page.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def beside(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures in a row on a quiet ground."""
    wide = sum(one.width for one in pictures) + _GAP * (len(pictures) + 1)
    made = Image.new("RGB", (wide, pictures[0].height + 2 * _GAP), "#e4ded2")
    left = _GAP
    for one in pictures:
        made.paste(one, (left, _GAP))
        left += one.width + _GAP
    return made


def take(base: str, browser: Browser) -> dict[str, Image.Image]:
    """File name -> picture."""
    page = opened(browser, base, _TALL, "dark")
    page.locator(".pick .because .link").first.click()
    page.wait_for_selector(".pick .bars")
    picks = shot(page)
    page = opened(browser, base, _DESKTOP, "light")
    page.goto(f"{base}/taste")
    page.wait_for_selector("#map circle.mine")
    taste = shot(page)
    first = shot(opened(browser, base, _PHONE, "light", taught=False))
    page = opened(browser, base, _PHONE, "light")
    listed = shot(page)
    page.goto(f"{base}/together")
    page.get_by_label("Name of somebody who watches").fill("Ann")
    page.get_by_role("button", name="Add").click()
    for place in (2, 5, 7):
        page.locator(f".loves li:nth-child({place}) .love").click()
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector(".shared .voice")
    page.evaluate("scrollTo(0, 60)")
    phones = beside([first, listed, shot(page)])
    return {"page-picks.png": picks, "page-taste.png": taste, "page-phone.png": phones}


def main() -> None:
    """Take the pictures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("bundle", type=Path)
    asked.add_argument("--out", type=Path, default=Path("docs/pictures"))
    asked.add_argument("--chromium", default=shutil.which("chromium"))
    given = asked.parse_args()
    with serving(given.bundle) as base, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=given.chromium, args=list(_FLAGS))
        for name, picture in take(base, browser).items():
            picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(given.out / name, optimize=True)
            print(f"{given.out / name}: {(given.out / name).stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
