"""The dates of an export are the times of its ratings and views, in the store and in the diary."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from reelgraph.store import NewRating
from tests.service.conftest import Running, Start

NOON = 12 * 3600


@pytest.fixture
def page(start: Start) -> Running:
    return start(open=True)


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def token(page: Running) -> dict[str, str]:
    return {"X-CSRF-Token": page.http.get("/api/me/count").json()["csrf"]}


def imported(page: Running, text: str, name: str = "mine.csv") -> Any:
    response = page.http.post("/api/me/import", files={"file": (name, text.encode())}, headers=token(page))
    assert response.status_code == 200, response.text
    return response.json()


def rated_at(page: Running) -> dict[str, int]:
    return {rating["film"]["id"]: rating["at"] for rating in page.http.get("/api/me").json()["rated"]}


LETTERBOXD = "Date,Name,Year,Letterboxd URI,Rating\n2021-05-25,Heat,1995,https://boxd.it/a,4\n"
IMDB = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,"
    "Release Date,Directors\ntt0113277,8,2019-12-12,Heat,Heat,,Movie,8.0,120,1995,Crime,1,1995-01-01,Someone\n"
)
TRAKT = json.dumps(
    [{"rated_at": "2018-03-04T21:15:00.000Z", "rating": 8, "movie": {"title": "Heat", "year": 1995, "ids": {}}}]
)


@pytest.mark.parametrize(
    ("name", "text", "at"),
    [
        ("ratings.csv", LETTERBOXD, seconds("2021-05-25") + NOON),
        ("ratings.csv", IMDB, seconds("2019-12-12") + NOON),
        ("ratings.json", TRAKT, seconds("2018-03-04T21:15:00")),
        ("mine.csv", "title,year,rating,date\nHeat,1995,4,2020-02-03 19:05\n", seconds("2020-02-03T19:05:00")),
    ],
)
def test_a_rating_has_the_time_of_the_export(page: Running, name: str, text: str, at: int) -> None:
    assert imported(page, text, name)["rated"] == 1
    assert rated_at(page) == {"10": at}
    (entry,) = [entry for entry in page.http.get("/api/me/diary").json()["entries"] if entry["kind"] == "rated"]
    assert (entry["at"], entry["films"][0]["id"]) == (at, "10")


def test_a_film_watched_has_the_day_of_the_export_in_the_diary(page: Running) -> None:
    watched = "Date,Name,Year,Letterboxd URI\n2022-12-25,Heat,1986,https://boxd.it/b\n"
    assert imported(page, watched, "watched.csv")["seen"] == 1
    entries = [entry for entry in page.http.get("/api/me/diary").json()["entries"] if entry["kind"] == "seen"]
    assert [(entry["at"], entry["films"][0]["id"]) for entry in entries] == [(seconds("2022-12-25") + NOON, "60")]


def test_a_film_of_netflix_to_settle_has_the_day_of_the_history(page: Running) -> None:
    (doubtful,) = imported(page, 'Title,Date\n"The Matrix","12/25/22"\n', "NetflixViewingHistory.csv")["doubtful"]
    assert (doubtful["title"], doubtful["at"]) == ("The Matrix", seconds("2022-12-25") + NOON)


def test_a_rating_without_a_possible_date_has_the_time_of_the_import(page: Running) -> None:
    before = int(time.time())
    imported(page, "title,year,rating,date\nHeat,1995,4,\nAmelie,2001,5,1960-01-01\nAlien,1979,3,2090-01-01\n")
    assert len(rated_at(page)) >= 2
    assert all(before <= at <= time.time() for at in rated_at(page).values())


def test_days_of_an_import_stand_apart_in_the_diary_whatever_the_order_of_the_file(page: Running) -> None:
    with_dates = [("10", "2020-01-02"), ("40", "2021-01-02"), ("30", "2020-01-02"), ("20", "2021-01-02")]
    rows = "".join(f"{item},4,{day}\n" for item, day in with_dates)
    assert imported(page, f"item_id,rating,date\n{rows}")["rated"] == 4
    entries = [entry for entry in page.http.get("/api/me/diary").json()["entries"] if entry["kind"] == "rated"]
    assert [entry["at"] for entry in entries] == [seconds("2021-01-02") + NOON] * 2 + [seconds("2020-01-02") + NOON] * 2


def test_the_api_gives_the_times_and_takes_them_back(page: Running) -> None:
    answer = page.http.post("/api/import", files={"file": ("ratings.csv", LETTERBOXD.encode())}).json()
    at = seconds("2021-05-25") + NOON
    assert (answer["ratings"], answer["timestamps"]) == ({"10": 4.0}, {"10": at})
    body = [
        {"user_id": "ann", "item_id": item, "stars": stars, "at": answer["timestamps"][item]}
        for item, stars in answer["ratings"].items()
    ]
    assert page.http.post("/api/ratings", json=body).status_code == 200
    ann = page.store.person("ann")
    assert ann is not None
    assert ann.ratings["10"].at == at


def test_a_view_posted_to_the_api_has_its_time(page: Running) -> None:
    body = [{"user_id": "ann", "item_id": "10", "at": 1_500_000_000}]
    assert page.http.post("/api/ratings", json=body).status_code == 200
    assert [(event.kind, event.mark, event.at) for event in page.store.events_of("ann")] == [
        ("marked", "seen", 1_500_000_000)
    ]


def test_a_doubtful_film_is_settled_with_the_date_of_its_row(page: Running) -> None:
    (doubtful,) = imported(page, "title,rating,date\nHeat,4,2020-02-03\n")["doubtful"]
    assert doubtful["at"] == seconds("2020-02-03") + NOON
    body = {"at": doubtful["at"]}
    assert page.http.put("/api/me/seen/10", json=body, headers=token(page)).status_code == 200
    (entry,) = page.http.get("/api/me/diary").json()["entries"]
    assert (entry["kind"], entry["at"]) == ("seen", doubtful["at"])


def test_a_mark_in_the_future_counts_as_made_now(page: Running) -> None:
    body = {"at": int(time.time()) + 5000}
    assert page.http.put("/api/me/seen/10", json=body, headers=token(page)).status_code == 200
    (entry,) = page.http.get("/api/me/diary").json()["entries"]
    assert entry["at"] <= time.time()


def test_a_second_import_mends_the_time_of_the_first(page: Running) -> None:
    page.http.put("/api/me/ratings/10", json={"stars": 4}, headers=token(page))
    imported(page, LETTERBOXD, "ratings.csv")
    assert rated_at(page) == {"10": seconds("2021-05-25") + NOON}


def test_marks_in_the_store_take_times(page: Running) -> None:
    page.store.rate([NewRating("bob", "1", 4.0, 7)])
    page.store.mark_all("bob", ["2", "3"], "seen", {"2": 100})
    at = {event.item_id: event.at for event in page.store.events_of("bob") if event.kind == "marked"}
    assert at["2"] == 100
    assert at["3"] > 1_600_000_000
