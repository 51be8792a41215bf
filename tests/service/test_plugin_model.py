"""A model of another package, trained into a bundle, answers over HTTP like reelgraph's own."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

import reelgraph as rg
from reelgraph import pipeline
from reelgraph.serve import ServeSettings
from reelgraph.store import open_store
from tests.plugin_package import ease, install
from tests.service.conftest import running

__all__ = ["ease", "install"]


@pytest.mark.usefixtures("ease")
def test_registered_model_is_served(tmp_path: Path) -> None:
    """People of one of two groups of viewers get the movies of their own group."""
    users, items = np.divmod(np.arange(40 * 12), 12)
    is_rated = ((users + items) % 2 == 0) & ((users // 2 + items // 2) % 6 != 0)
    table = {"user": users[is_rated], "item": items[is_rated], "rating": 3.0 + items[is_rated] % 3}
    data, _ = rg.clean(rg.from_frame(table))
    pipeline.train(data, rg.model_class("ease")(ridge=5.0)).bundle.save(tmp_path / "ease")
    settings = ServeSettings(tmp_path / "ease", "unused", port=0, rate=0.0, watch_seconds=0.0, open=True)
    with contextlib.closing(open_store(tmp_path / "people.db")) as store, running(settings, store) as service:
        assert service.http.get("/api/health/ready").status_code == 200
        body = {"ratings": {"0": 5, "2": 4}, "n": 4}
        listed = service.list_of(service.http.post("/api/session/recommend", json=body))
        assert set(listed) == {"4", "6", "8", "10"}
        assert service.http.get("/").status_code == 200
