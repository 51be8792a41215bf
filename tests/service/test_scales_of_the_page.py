"""The page and the API with ratings on scales that stars cannot show."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reelgraph.core import Matrix, RatingScale
from reelgraph.serve import ServeSettings
from reelgraph.store import open_store
from tests.service.conftest import RATED, Running, running, small

SCALES = {"percent": (RatingScale(0, 100, 1), 20.0), "signed": (RatingScale(-10, 10), 2.0)}


@pytest.fixture(scope="module", params=SCALES)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    scale, factor = SCALES[request.param]
    history = Matrix(np.array(RATED, np.float32) * np.float32(factor))
    dataclasses.replace(small(), scale=scale, history=history).save(folder / "bundle")
    with contextlib.closing(open_store(folder / "people.db")) as store:
        settings = ServeSettings(folder / "bundle", "unused", port=0, rate=0.0, watch_seconds=0.0, open=True)
        with running(settings, store) as service:
            yield service


def test_pages_say_the_scale(served: Running) -> None:
    scale = served.http.get("/api/model").json()["scale"]
    assert scale["step"] == 1
    html = served.http.get("/").text
    assert ('data-scale="0,100,5.0,80.0,1"' in html) or ('data-scale="-10,10,1.0,6.0,any"' in html)
    for path in ("/film/10", "/model", "/taste"):
        assert served.http.get(path).status_code == 200


def test_the_lowest_rating_can_be_given(served: Running) -> None:
    scale = served.http.get("/api/model").json()["scale"]
    body = [{"user_id": "new", "item_id": "10", "stars": scale["low"]}]
    assert served.http.post("/api/ratings", json=body).status_code == 200
    ratings = {"10": scale["low"], "50": scale["high"]}
    assert served.http.post("/api/session/recommend", json={"ratings": ratings}).status_code == 200
    body[0]["stars"] = scale["high"] + 1
    assert served.http.post("/api/ratings", json=body).status_code == 409
