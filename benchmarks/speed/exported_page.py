"""How long an exported page takes to open, to list, and to list with reasons, on a processor slowed down four times.

``python -m benchmarks.speed.exported_page --bundle out/ml-1m [--bundle out/small]`` exports each bundle, with
all its parts and with `graph-filter` alone, opens the page from disk in Chromium without a network, and lists ten
films for made-up people with 20 ratings. The times are those of the page's own clock, after a first list that is not
counted; the reasons are those of all ten films. Chromium slows the processor itself
(``Emulation.setCPUThrottlingRate``).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.speed import timing
from reelgraph.bundle import Bundle, installed_versions
from reelgraph.cli.app import run
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.export import export_page, page_model

_PEOPLE, _RATINGS = 30, 20
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_TIME = """(people) => {
  const { engine } = reelgraph;
  return people.map((ratings) => {
    const history = engine.history(new Map(ratings));
    const start = performance.now();
    const { films } = engine.recommend(history, { order: "liked", k: 10 });
    const listed = performance.now();
    films.forEach(({ row }) => engine.explain(history, row, "liked"));
    return [listed - start, performance.now() - start];
  });
}"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def exported_page(
    bundle: Annotated[list[Path], typer.Option(help="A bundle to export; repeatable.")],
    slow: Annotated[float, typer.Option(min=1, help="How many times the processor is slowed down.")] = 4.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row on stdout, nothing else.")] = False,
    save: Annotated[bool, typer.Option(help="Add the figures to benchmarks/SPEED.md and speed.jsonl.")] = False,
) -> None:
    """Time exported pages."""
    chromium = os.environ.get("REELGRAPH_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise CapabilityError("no chromium on this machine", "apt-get install chromium, or set $REELGRAPH_CHROMIUM")
    rows = [row for path in bundle for row in _rows(path, chromium, slow)]
    about = {"measured": f"ms in the page, median [least, most] of {_PEOPLE} people with {_RATINGS} ratings; processor "
             f"slowed down {slow:g} times", "versions": installed_versions()}  # fmt: skip
    timing.report("exported_page", rows, about, as_json=as_json, save=save)


def _rows(path: Path, chromium: str, slow: float) -> Iterator[dict[str, Any]]:
    loaded = Bundle.load(path)
    names = page_model(loaded.scorer).names
    if "graph-filter" not in names:
        raise ConfigError("--bundle", f"{path} has no graph-filter")
    for without in [(), names[1:]] if len(names) > 1 else [()]:
        with tempfile.TemporaryDirectory() as folder:
            export = export_page(loaded, Path(folder) / "film.html", without=without, measure=False)
            opened, lists = _times(export.path, loaded, chromium, slow)
            yield {
                "data": loaded.info["data"]["name"], "parts": ", ".join(export.model.names),
                "MB": round(export.n_bytes / 1e6, 2), "open s": round(opened, 2),
                "list ms": timing.spread(lists[:, 0].tolist(), digits=1),
                "with reasons ms": timing.spread(lists[:, 1].tolist(), digits=1),
            }  # fmt: skip


def _times(path: Path, bundle: Bundle, chromium: str, slow: float) -> tuple[float, np.ndarray[Any, Any]]:
    """Seconds to open a page, and milliseconds of each list without and with reasons, ``(people, 2)``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        page = browser.new_context(offline=True).new_page()
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slow})
        started = time.perf_counter()
        page.goto(path.absolute().as_uri())
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        opened = time.perf_counter() - started
        people = _people(bundle)
        page.evaluate(_TIME, people[:3])
        lists = np.array(page.evaluate(_TIME, people))
        browser.close()
    return opened, lists


def _people(bundle: Bundle) -> list[list[tuple[int, float]]]:
    draw, counts = np.random.default_rng(0), bundle.item_statistics.counts + 1.0
    assert bundle.scale is not None
    chosen = (draw.choice(len(counts), _RATINGS, replace=False, p=counts / counts.sum()) for _ in range(_PEOPLE))
    high = bundle.scale.high
    return [[(row, float(draw.choice([0.4, 0.6, 0.8, 1.0]) * high)) for row in rows.tolist()] for rows in chosen]


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.speed.exported_page"))
