"""A bundle of views, served: the page and the API without a star, and movies seen that count elsewhere."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from reelgraph.core import Model
from reelgraph.data import Random, read
from reelgraph.models.blend import Blend
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.pipeline import train
from reelgraph.serve import ServeSettings
from reelgraph.store import open_store
from tests.service.conftest import Running, Start, running
from tests.service.views import save_bundle, title

MODELS: dict[str, Model] = {
    "graph-filter": GraphFilter(choose=False),
    "blend": Blend(settings={"graph-filter": {"choose": False}}),
}
PAGES = ("/", "/film/100", "/together", "/taste", "/privacy", "/model")
STAR = re.compile(r"★|\bstars?\b|\brat(?:e|ed|ing|ings)\b", re.IGNORECASE)
STAR_FIELDS = {"stars", "low", "high", "liked", "scale", "predicted", "given", "becomes", "mean"}


@pytest.fixture(scope="module", params=MODELS)
def views(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("views")
    bundle = save_bundle(MODELS[request.param], folder)
    with contextlib.closing(open_store(folder / "people.db")) as store:
        settings = ServeSettings(bundle, "unused", port=0, rate=0.0, watch_seconds=0.0, open=True)
        with running(settings, store) as service:
            yield service


def star_values(body: Any, path: str = "") -> list[str]:
    """Where in a response a field of stars has a value."""
    if isinstance(body, dict):
        own = [
            f"{path}.{name}"
            for name, value in body.items()
            if name in STAR_FIELDS and isinstance(value, int | float) and not isinstance(value, bool)
        ]
        return own + [place for name, value in body.items() for place in star_values(value, f"{path}.{name}")]
    if isinstance(body, list):
        return [place for entry in body for place in star_values(entry, f"{path}[]")]
    return []


def answer(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    body = response.json()
    assert star_values({name: value for name, value in body.items() if name != "metrics"}) == []
    return body


def test_no_page_shows_a_star(views: Running) -> None:
    card = views.http.get("/api/model").json()
    for path in PAGES:
        html = views.http.get(path).text
        shown = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)
        for technical in (
            card["protocol"],
            *card["training"]["stopped_because"].split("; "),
        ):  # what training and measuring say
            shown = shown.replace(technical, "")
        labels = " ".join(re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', html))
        assert STAR.findall(shown + labels) == [], path
        assert 'data-feedback="implicit"' in html
        assert "data-scale" not in html
        assert "i-star" not in html
    assert "1,120 views of 40 films by 80 people" in views.http.get("/model").text
    assert "people here have seen it" in views.http.get("/film/100").text


def test_the_model_says_that_it_has_views(views: Running) -> None:
    card = answer(views.http.get("/api/model"))
    assert (card["scale"], card["feedback"], card["seen_weight"]) == (None, "implicit", 1.0)
    assert not {"rmse", "mae", "precision_rated@10", "ece", "crps"} & set(card["metrics"])
    assert "ndcg@10" in card["metrics"]
    assert views.http.get("/model/plots").json()["calibration"] is None


def test_lists_reasons_and_groups_from_views(views: Running) -> None:
    seen = [str(item) for item in range(100, 110, 2)]
    body = {"ratings": dict.fromkeys(seen, 1), "n": 5}
    listed = answer(views.http.post("/api/session/recommend", json=body))
    assert [int(line["item_id"]) % 2 for line in listed["items"]] == [0] * 5
    assert listed["note"] == ""
    as_seen = answer(views.http.post("/api/session/recommend", json={"also_seen": seen, "n": 5}))
    assert as_seen["items"] == listed["items"]
    first = listed["items"][0]["item_id"]
    explanation = answer(views.http.post("/api/session/explain", json={"also_seen": seen, "item_id": first}))
    assert {reason["item_id"] for reason in explanation["reasons"]} == set(seen)
    total = sum(reason["share"] for reason in explanation["reasons"]) + sum(explanation["apart"].values())
    assert total == pytest.approx(explanation["score"], abs=1e-4)
    questions = answer(views.http.post("/api/session/questions", json={"also_seen": seen}))["items"]
    assert questions
    assert not {question["item_id"] for question in questions} & set(seen)
    people = {"Ann": {}, "Bo": {"101": 1}}
    together = {"people": people, "seen_by": {"Ann": seen}, "n": 5}
    shared = answer(views.http.post("/api/session/together", json=together))
    assert shared["note"] == ""
    assert not {line["item_id"] for line in shared["items"]} & {*seen, "101"}
    change = answer(views.http.post("/api/session/counterfactual", json={"also_seen": seen, "item_id": first, "n": 1}))
    assert all(alteration["becomes"] is None for alteration in change["alterations"])
    assert len(views.http.get("/api/items/100/similar").json()["items"]) == 10
    nobody = answer(views.http.post("/api/session/recommend", json={}))
    assert nobody["note"] == "nothing seen yet: these are the most watched movies"


def test_a_view_is_stored_without_stars_and_stars_are_refused(views: Running) -> None:
    entries = [{"user_id": "ann", "item_id": "100"}, {"user_id": "ann", "item_id": "102", "stars": None}]
    assert answer(views.http.post("/api/ratings", json=entries)) == {"kept": 2, "kept_for_later": []}
    refused = views.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "104", "stars": 4.5}])
    assert refused.status_code == 409
    assert "no stars" in refused.text
    assert views.http.post("/api/session/recommend", json={"ratings": {"104": 4.5}}).status_code == 409
    assert views.http.put("/api/users/ann/seen/106").status_code == 200
    person = answer(views.http.get("/api/users/ann"))
    assert {item: entry["stars"] for item, entry in person["ratings"].items()} == {"100": None, "102": None}
    assert [row["title"] for row in answer(views.http.get("/api/users/ann/ratings"))["ratings"]] == [
        title(100),
        title(102),
    ]
    listed = answer(views.http.get("/api/recommend/ann?n=40"))
    assert not {line["item_id"] for line in listed["items"]} & {"100", "102", "106"}
    in_session = {"also_seen": ["100", "102", "106"], "n": 40}
    assert listed["items"] == answer(views.http.post("/api/session/recommend", json=in_session))["items"]


def test_a_visitor_of_the_page_says_what_they_have_seen(views: Running) -> None:
    with httpx.Client(base_url=views.http.base_url, timeout=120) as visitor:
        assert visitor.get("/api/me/picks").json()["personal"] is False
        for item in ("101", "103", "105"):
            token = visitor.get("/api/me/count").json()["csrf"]
            assert visitor.put(f"/api/me/ratings/{item}", json={}, headers={"X-CSRF-Token": token}).status_code == 200
        picks = answer(visitor.get("/api/me/picks"))
        assert (picks["personal"], picks["note"], picks["rated"]) == (True, "", 3)
        assert int(picks["items"][0]["film"]["id"]) % 2 == 1
        assert picks["items"][0]["because"][0]["films"][0]["stars"] is None
        for path in (
            "/api/me",
            "/api/me/everything.json",
            "/api/me/map",
            f"/api/me/explain/{picks['items'][0]['film']['id']}",
        ):
            assert star_values(visitor.get(path).json()) == [], path
        netflix = 'Title,Date\n"Space Story 100","1/2/20"\n"Space Story 102","1/3/20"\n'
        token = visitor.get("/api/me/count").json()["csrf"]
        upload = {"file": ("ViewingActivity.csv", netflix)}
        report = visitor.post("/api/me/import", files=upload, headers={"X-CSRF-Token": token}).json()
        assert (report["rated"], report["seen"]) == (0, 2)
        rated = {"file": ("mine.csv", "item_id,rating\n107,5\n109,1\n111,3\n")}
        report = visitor.post("/api/me/import", files=rated, headers={"X-CSRF-Token": token}).json()
        assert (report["rated"], report["seen"]) == (0, 3)
        assert "3 ratings count as films seen: there are no stars here." in report["notes"]
        assert visitor.get("/api/me/count").json()["rated"] == 8
        uploaded = visitor.post("/api/import", files=rated).json()
        assert (uploaded["ratings"], sorted(uploaded["seen"])) == ({}, ["107", "109", "111"])


def test_movies_marked_as_seen_give_a_personal_list_on_a_bundle_of_stars(start: Start) -> None:
    service = start(open=True)
    assert service.list_of(service.http.post("/api/session/recommend", json={}))[0] == "10"
    for item in ("60", "70"):
        assert service.http.put(f"/api/users/ann/seen/{item}").status_code == 200
    listed = service.http.get("/api/recommend/ann").json()
    assert [line["item_id"] for line in listed["items"]][:2] == ["50", "80"]  # the second taste
    assert listed["note"] == "from 2 movies you watched"
    # Both count 3/4, and each adds 4 to movie 50.
    assert listed["items"][0]["score"] == pytest.approx(2 * 0.75 * 4)
    hidden = service.http.get("/api/recommend/ann?seen_weight=0").json()
    assert hidden["note"] == "no ratings yet: these are the most rated movies"
    assert not {"60", "70"} & {line["item_id"] for line in hidden["items"]}
    explanation = service.http.get("/api/recommend/ann/explain/50").json()
    assert [(reason["item_id"], reason["stars"]) for reason in explanation["reasons"]] == [("60", None), ("70", None)]
    session = service.http.post("/api/session/recommend", json={"also_seen": ["60", "70"]}).json()
    assert session["items"] == listed["items"]
    both = [{"user_id": "bo", "item_id": "10", "stars": 4.0}, {"user_id": "bo", "item_id": "60"}]
    assert service.http.post("/api/ratings", json=both).json() == {"kept": 2, "kept_for_later": []}
    person = service.http.get("/api/users/bo").json()
    assert (sorted(person["ratings"]), person["seen"]) == (["10"], ["60"])
    unknown = {"people": {"Ann": {}}, "seen_by": {"Cy": ["10"]}}
    refused = service.http.post("/api/session/together", json=unknown)
    assert (refused.status_code, "Cy is not among the people" in refused.text) == (422, True)


def test_the_operator_can_turn_it_off_for_everybody(start: Start) -> None:
    service = start(open=True, seen_weight=0.0)
    assert service.http.put("/api/users/ann/seen/60").status_code == 200
    listed = service.http.get("/api/recommend/ann").json()
    assert (listed["note"], listed["answered_by"]) == ("no ratings yet: these are the most rated movies", "popularity")
    assert "60" not in {line["item_id"] for line in listed["items"]}
    assert service.http.get("/api/model").json()["seen_weight"] == 0.0
    one = service.http.get("/api/recommend/ann?seen_weight=0.5").json()
    assert one["note"] == "from 1 movie you watched"


def test_films_watched_elsewhere_give_a_personal_list_on_the_page_that_says_so(start: Start) -> None:
    page = start()
    history = "Date,Name,Year,Letterboxd URI\n2020-01-02,Heat,1986,\n2020-01-03,七人の侍,1954,\n"
    token = page.http.get("/api/me/count").json()["csrf"]
    upload = {"file": ("watched.csv", history)}
    report = page.http.post("/api/me/import", files=upload, headers={"X-CSRF-Token": token}).json()
    picks = page.http.get("/api/me/picks").json()
    assert (report["rated"], report["seen"]) == (0, 2)
    assert (picks["personal"], picks["rated"], picks["seen"]) == (True, 0, 2)
    assert picks["note"] == "From 2 films you watched."
    assert [pick["film"]["id"] for pick in picks["items"]][:2] == ["50", "70"]
    assert picks["items"][0]["because"][0]["films"][0]["stars"] is None
    asked = page.http.get("/api/me/questions", params={"n": 8}).json()
    assert {question["id"] for question in asked if question["watched"]} == {"60", "80"}  # how many stars?
    skipped = page.http.get("/api/me/questions", params={"n": 8, "not_seen": "60"}).json()
    assert {question["id"] for question in skipped} == {question["id"] for question in asked} - {"60"}
    profile = page.http.get("/api/me").json()
    assert {film["id"] for film in profile["seen"]} == {"60", "80"}


def test_counts_are_taken_as_they_are(tmp_path: Path) -> None:
    frame = pl.DataFrame({"user": [1, 1, 2, 2, 3, 3], "item": [10, 20, 10, 30, 20, 30], "plays": [5, 1, 2, 9, 3, 1]})
    bundle = train(read(frame), GraphFilter(choose=False), splitter=Random(valid=0.0, test=0.2)).bundle
    assert bundle.feedback == "counts"
    folder = bundle.save(tmp_path / "bundle")
    with contextlib.closing(open_store(tmp_path / "people.db")) as store:
        settings = ServeSettings(folder, "unused", port=0, rate=0.0, watch_seconds=0.0, open=True)
        with running(settings, store) as service:
            assert answer(service.http.get("/api/model"))["feedback"] == "counts"
            entries = [{"user_id": "ann", "item_id": "10", "stars": 4}, {"user_id": "ann", "item_id": "20"}]
            assert service.http.post("/api/ratings", json=entries).json() == {"kept": 2, "kept_for_later": []}
            listed = answer(service.http.get("/api/recommend/ann"))
            assert [line["item_id"] for line in listed["items"]] == ["30"]
            same = answer(service.http.post("/api/session/recommend", json={"ratings": {"10": 4, "20": 1}}))
            assert same["items"] == listed["items"]
            none = [{"user_id": "ann", "item_id": "10", "stars": 0}]
            assert service.http.post("/api/ratings", json=none).status_code == 409
            html = service.http.get("/").text
            assert 'data-feedback="counts"' in html
            assert "data-scale" not in html
