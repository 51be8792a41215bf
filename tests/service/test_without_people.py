"""A service on a bundle without people: everything for those who rate, and no known user."""

from __future__ import annotations

import contextlib
from pathlib import Path

from reelgraph.serve import ServeSettings
from tests.service.conftest import new_store, running, small


def test_pages_and_sessions_answer(tmp_path: Path) -> None:
    path = small().save(tmp_path / "bundle", with_people=False)
    assert sorted(file.name for file in path.iterdir()) == [
        "catalogue.parquet", "manifest.json", "scorer.safetensors", "statistics.safetensors"
    ]  # fmt: skip
    with contextlib.closing(new_store(tmp_path / "people.db")) as store:
        settings = ServeSettings(path, "unused", port=0, rate=0.0, watch_seconds=0.0, open=True)
        with running(settings, store) as service:
            for page in ("/", "/film/10", "/privacy", "/taste", "/model", "/model/plots"):
                assert service.http.get(page).status_code == 200, page
            body = {"ratings": {"10": 5.0}}
            assert service.list_of(service.http.post("/api/session/recommend", json=body))[0] == "20"
            model = service.http.get("/api/model").json()
            assert (model["users"], model["ratings"]) == (0, 7)
            assert service.http.get("/api/recommend/1").status_code == 404
