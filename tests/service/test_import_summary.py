"""What the page is told of an import: doubtful movies with what was given for them, and all that is left out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.conftest import Running, Start


@pytest.fixture
def page(start: Start) -> Running:
    return start()


def imported(page: Running, text: str) -> Any:
    token = {"X-CSRF-Token": page.http.get("/api/me/count").json()["csrf"]}
    response = page.http.post("/api/me/import", files={"file": ("mine.csv", text.encode())}, headers=token)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_doubtful_movie_comes_with_its_stars_and_candidates(page: Running) -> None:
    summary = imported(page, "title,year,rating\nHeat,,4.5\nAmelie,2001,5\n")
    (doubtful,) = summary["doubtful"]
    assert (doubtful["title"], doubtful["year"], doubtful["stars"], doubtful["on_watchlist"]) == (
        "Heat",
        None,
        4.5,
        False,
    )
    assert {(film["id"], film["title"], film["year"], film["page"]) for film in doubtful["candidates"]} == {
        ("10", "Heat", 1995, "/film/10"),
        ("60", "Heat", 1986, "/film/60"),
    }
    assert (summary["rated"], summary["doubtful_count"], summary["missing"]) == (1, 1, [])


def test_every_movie_left_out_is_named(page: Running) -> None:
    names = [f"Nobody Knows {chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(200)]
    summary = imported(page, "title,year,rating\n" + "".join(f"{name},1990,3\n" for name in names))
    assert [movie["title"] for movie in summary["missing"]] == names
    assert summary["missing_count"] == 200
