"""Every row of a file is counted once: taken, already there, to settle, or left out with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.conftest import Running, Start

COUNTED = ("rated", "seen", "watchlist", "same", "changed", "doubtful_count", "missing_count")


@pytest.fixture
def page(start: Start) -> Running:
    return start()


def token(page: Running) -> dict[str, str]:
    return {"X-CSRF-Token": page.http.get("/api/me/count").json()["csrf"]}


def imported(page: Running, text: str, name: str = "mine.csv") -> Any:
    response = page.http.post("/api/me/import", files={"file": (name, text.encode())}, headers=token(page))
    assert response.status_code == 200, response.text
    summary = response.json()
    assert summary["rows"] == sum(summary[name] for name in COUNTED) + sum(summary["left_out"].values())
    return summary


def counts(summary: Any) -> dict[str, int]:
    return {name: summary[name] for name in COUNTED if summary[name]} | dict(summary["left_out"])


def test_each_row_is_counted_once_with_its_reason(page: Running) -> None:
    rows = [
        "Heat,1995,4.5,movie",
        "Heat,1995,4.5,movie",  # again
        "Amelie,2001,5,movie",
        "Nobody Knows,1990,3,movie",
        "Nobody Knows,1990,3,movie",  # again, and not in the catalogue
        "The Matrix,,4,movie",  # no year: to settle
        "Twin Peaks,1990,5,tv series",
        "Alien,1979,excellent,movie",  # not a rating
    ]
    summary = imported(page, "title,year,rating,type\n" + "".join(f"{row}\n" for row in rows))
    assert summary["rows"] == 8
    assert counts(summary) == {
        "rated": 2,
        "doubtful_count": 1,
        "missing_count": 1,
        "repeated": 2,
        "not_film": 1,
        "unreadable": 1,
    }


def test_a_second_import_says_what_was_there_already(page: Running) -> None:
    imported(page, "title,year,rating\nHeat,1995,4.5\nAmelie,2001,5\n")
    again = imported(page, "title,year,rating\nHeat,1995,4.5\nAmelie,2001,3\nM,1931,4\n")
    assert counts(again) == {"rated": 1, "same": 1, "changed": 1}
    assert {item["film"]["id"]: item["stars"] for item in page.http.get("/api/me").json()["rated"]} == {
        "10": 4.5,
        "40": 3.0,
        "70": 4.0,
    }


def test_a_film_watched_that_was_rated_or_seen_was_there_already(page: Running) -> None:
    imported(page, "title,year,rating\nHeat,1995,4.5\n")
    watched = "Date,Name,Year,Letterboxd URI\n2022-12-25,Heat,1995,https://boxd.it/a\n2022-12-26,M,1931,https://b\n"
    assert counts(imported(page, watched, "watched.csv")) == {"seen": 1, "same": 1}
    assert counts(imported(page, watched, "watched.csv")) == {"same": 2}
    assert counts(imported(page, "title,year,rating\nM,1931,4\n")) == {"changed": 1}


def test_a_wish_for_a_film_that_was_seen_was_there_already(page: Running) -> None:
    imported(page, "title,year,rating\nHeat,1995,4.5\n")
    wishes = "Date,Name,Year,Letterboxd URI\n2022-12-25,Heat,1995,https://boxd.it/a\n2022-12-26,M,1931,https://b\n"
    assert counts(imported(page, wishes, "watchlist.csv")) == {"watchlist": 1, "same": 1}
    assert [film["id"] for film in page.http.get("/api/me").json()["watchlist"]] == ["70"]


def test_a_history_of_netflix_says_that_series_are_no_films(page: Running) -> None:
    titles = ["The Matrix", "The Crown: Season 1: Wolferton Splash", "The Crown: Season 1: Hyde Park Corner"]
    history = "Title,Date\n" + "".join(f'"{title}","1/2/20"\n' for title in titles)
    assert counts(imported(page, history, "NetflixViewingHistory.csv")) == {"doubtful_count": 1, "not_film": 2}
