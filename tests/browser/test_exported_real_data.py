"""Exported pages of MovieLens: how large they are, and that their lists are those of Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reelgraph as rg
from reelgraph import pipeline
from reelgraph.export import export_page
from tests.browser.exported import compare, made_up_people, opened

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("name", "least", "most"), [("ml-1m", 1.5, 2.5), ("ml-latest-small", 3.5, 5.0)])
def test_ranking_alone_is_small_and_exact(
    chromium: Any, real_data: Callable[[str], Path], tmp_path: Path, name: str, least: float, most: float
) -> None:
    data, _ = pipeline.load(real_data(name))
    bundle = pipeline.train(data, rg.GraphFilter(choose=False, compact=True)).bundle
    export = export_page(bundle, tmp_path / "film.html")
    assert least <= export.n_bytes / 1e6 <= most
    assert export.loss is not None
    assert export.loss.difference.low > -0.005
    with opened(chromium, export.path) as watched:
        for order in ("liked", "watch"):
            compare(watched, bundle, export.model.scorer, made_up_people(bundle, 100), order)
