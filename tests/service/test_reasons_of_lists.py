"""Reasons as the service gives them: never a movie that somebody hated, and one for each line of a long history."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.recommend import Recommender
from reelgraph.scorers import ItemFilterScorer
from reelgraph.serve import ServeSettings
from reelgraph.serve.api import presenters
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.store import open_store
from tests.service.conftest import Running, Start, running, small

N_ITEMS, N_RATED = 400, 300
GENRES = ("Comedy", "Crime", "Drama", "Horror", "Sci-Fi", "War")
SYLLABLES = ("ba", "do", "ki", "lu", "me", "no", "pa", "ri", "su", "te")


def long_history_bundle() -> Bundle:
    """400 invented movies; each speaks a little for all others, and more for those of its genre."""
    draw = np.random.default_rng(3)
    genre = draw.integers(0, len(GENRES), N_ITEMS)
    years = draw.integers(1960, 2020, N_ITEMS)
    titles = [
        f"{''.join(SYLLABLES[int(digit)] for digit in f'{n:03d}').title()} {GENRES[kind]} ({year})"
        for n, (kind, year) in enumerate(zip(genre.tolist(), years.tolist(), strict=True))
    ]
    weights = draw.random((N_ITEMS, N_ITEMS)) * np.where(genre[:, None] == genre, 3.0, 1.0)
    np.fill_diagonal(weights, 0.0)
    catalogue = dataclasses.replace(
        Catalogue.from_ids(1 + np.arange(N_ITEMS)), title=np.array(titles), year=years,
        genres=tuple((GENRES[kind],) for kind in genre.tolist()),
    )  # fmt: skip
    scorer = ItemFilterScorer(np.empty(0), weights.astype(np.float32), 0, 0, 0, 0, 1, 1, 4)
    history = np.where(draw.random((30, N_ITEMS)) < 0.3, 4.0, 0.0)
    return Bundle(
        scorer, IdIndex(np.arange(30), "user"), IdIndex(catalogue.item_id, "item"), Matrix(history.astype(np.float32)),
        catalogue, RatingScale(0.5, 5.0, 0.5), {},
    )  # fmt: skip


def long_history() -> dict[str, float]:
    """300 ratings, most of them between 3 and 4.5."""
    draw = np.random.default_rng(4)
    stars = np.clip(np.round(2 * draw.normal(3.6, 0.9, N_RATED)) / 2, 0.5, 5.0)
    ids = 1 + draw.permutation(N_ITEMS)[:N_RATED]
    return {str(item): value for item, value in zip(ids.tolist(), stars.tolist(), strict=True)}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with the bundle of many movies."""
    folder: Path = tmp_path_factory.mktemp("many")
    long_history_bundle().save(folder / "bundle")
    with closing(open_store(folder / "people.db")) as store:
        settings = ServeSettings(folder / "bundle", "unused", port=0, rate=0.0, watch_seconds=0.0, open=True)
        with running(settings, store) as service:
            yield service


def test_movies_at_one_star_are_no_reason_for_programs_or_visitors(start: Start) -> None:
    service = start(open=True)
    ratings = {"20": 1, "30": 1, "40": 1}  # all speak for 10, in the order of what people will watch
    body = {"ratings": ratings, "n": 3, "reasons": True}
    liked = service.http.post("/api/session/recommend", json=body).json()["items"]
    assert [(line["reasons"]["because"], line["reasons"]["although"]) for line in liked] == [([], [])] * 3
    listed = service.http.post("/api/session/recommend", json={**body, "order": "watch"}).json()
    first = listed["items"][0]
    assert first["item_id"] == "10"
    assert first["reasons"]["because"] == []
    assert {movie["item_id"] for movie in first["reasons"]["although"]} < set(ratings)
    assert first["reasons"]["sentence"].startswith(
        "people who watch it often watched movies that you rated low: you gave"
    )
    assert [line["reasons"]["because"] for line in listed["items"]] == [[], [], []]
    asked = {"ratings": ratings, "item_id": "10", "order": "watch"}
    why = service.http.post("/api/session/explain", json=asked).json()
    assert {name: why[name] for name in ("sentence", "because", "although")} == first["reasons"]
    assert {reason["liked"] for reason in why["reasons"]} == {False}
    for item, stars in ratings.items():
        token = service.http.get("/api/me/count").json()["csrf"]
        service.http.put(f"/api/me/ratings/{item}", json={"stars": stars}, headers={"X-CSRF-Token": token})
    shown = service.http.get("/api/me/explain/10").json()
    picks = service.http.get("/api/me/picks").json()["items"]
    for pick in (shown, *picks):
        assert (pick["because"], pick["although"]) == ([], [])
    picks = service.http.get("/api/me/picks", params={"order": "watch"}).json()["items"]
    assert picks[0]["film"]["id"] == "10"
    assert {film["id"] for film in picks[0]["although"]} < set(ratings)
    assert [pick["because"] for pick in picks] == [[]] * len(picks)


def test_a_liked_movie_is_the_reason_and_a_low_one_is_although(start: Start) -> None:
    service = start(open=True)
    ratings = {"20": 1, "30": 5}
    body = {"ratings": ratings, "n": 1, "reasons": True, "order": "watch"}
    (line,) = service.http.post("/api/session/recommend", json=body).json()["items"]
    assert [group["movies"][0]["item_id"] for group in line["reasons"]["because"]] == ["30"]
    assert [movie["item_id"] for movie in line["reasons"]["although"]] == ["20"]
    assert line["reasons"]["sentence"].endswith(" 5 stars, although you gave The Matrix 1 star")


def test_a_known_person_gets_reasons_on_request_alone(start: Start) -> None:
    service = start(open=True)
    service.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "30", "stars": 5}])
    plain = service.http.get("/api/recommend/ann", params={"n": 2}).json()["items"]
    told = service.http.get("/api/recommend/ann", params={"n": 2, "reasons": True}).json()["items"]
    assert [line["reasons"] for line in plain] == [None, None]
    assert [line["item_id"] for line in plain] == [line["item_id"] for line in told]
    assert told[0]["reasons"]["because"][0]["movies"][0]["item_id"] == "30"


def test_every_line_after_300_ratings_has_a_reason_that_is_true(many: Running) -> None:
    ratings = long_history()
    mean = sum(ratings.values()) / len(ratings)
    body = {"ratings": ratings, "n": 50, "reasons": True}
    items = many.http.post("/api/session/recommend", json=body).json()["items"]
    assert len(items) == 50
    recommender = many.bundles.current.recommender
    person = {int(item): stars for item, stars in ratings.items()}
    for line in items:
        why = recommender.explain(person, int(line["item_id"]))  # type: ignore[arg-type]
        (group,) = line["reasons"]["because"]
        assert line["reasons"]["sentence"] == why.sentence
        assert why.sentence.startswith("because of ")
        members = [
            reason
            for reason in why.reasons
            if reason.liked and (group["kind"] == "decade" or group["name"] in reason.genres)
            and (not group["decade"] or reason.year // 10 * 10 == group["decade"])
        ]  # fmt: skip
        assert group["kind"] in ("genre", "decade")
        assert group["count"] == len(members)
        assert group["share"] == pytest.approx(sum(reason.share for reason in members))
        assert group["portion"] == pytest.approx(group["share"] / why.support)
        assert group["portion"] >= 0.12
        assert min(reason.stars or 0.0 for reason in members) >= min(mean, 3.5)


def test_every_pick_after_an_import_of_300_ratings_has_a_reason(many: Running) -> None:
    titles, years = many.bundles.current.bundle.catalogue.title, many.bundles.current.bundle.catalogue.year
    rows = [
        f"{str(titles[int(item) - 1])[:-7]},{years[int(item) - 1]},{stars}" for item, stars in long_history().items()
    ]
    token = many.http.get("/api/me/count").json()["csrf"]
    export = "\n".join(["title,year,rating", *rows]).encode()
    report = many.http.post("/api/me/import", files={"file": ("x", export)}, headers={"X-CSRF-Token": token}).json()
    assert report["rated"] == N_RATED
    picks = many.http.get("/api/me/picks", params={"n": 24}).json()["items"]
    assert len(picks) == 24
    for pick in picks:
        (group,) = pick["because"]
        assert group["kind"] in ("genre", "decade")
        assert group["count"] >= len(group["films"]) == 2
        assert not group["watched"]


def test_a_reason_says_how_many_people_went_on_from_it() -> None:
    loaded = LoadedBundle(Recommender(small()), "digest")
    explanation = loaded.recommender.explain({10: 5.0, 50: 4.0}, 20)
    assert {reason.went_on for reason in presenters.explanation(loaded, explanation, 5).reasons} == {None}
    reasons = tuple(dataclasses.replace(reason, went_on=40 + n) for n, reason in enumerate(explanation.reasons))
    told = dataclasses.replace(explanation, reasons=reasons)
    assert [reason.went_on for reason in presenters.explanation(loaded, told, 5).reasons] == [40, 41]
