"""The wall of well-known movies: of different tastes, without what is known of a visitor, and nothing stored."""

from __future__ import annotations

import pytest

from tests.service.conftest import Running, Start


@pytest.fixture
def page(start: Start) -> Running:
    """A service that asks programs for keys; the page needs none."""
    return start()


def wall(page: Running, **params: object) -> list[str]:
    response = page.http.get("/api/me/wall", params=params)
    assert response.status_code == 200, response.text
    assert "set-cookie" not in response.headers
    return [film["id"] for film in response.json()]


def test_the_wall_is_of_what_people_like_and_not_of_what_was_offered_or_is_known(page: Running) -> None:
    # Likes (4 stars or more): movie 10 of three people, 20 of two, 50 of one; 30 was rated 2.
    assert wall(page) == ["10", "20", "50", "30"]  # nobody has seen the others
    assert wall(page, n=1) == ["10"]
    assert wall(page, offered=["10", "no such id"]) == ["20", "50", "30"]
    token = page.http.get("/api/me/count").json()["csrf"]
    rated = page.http.put("/api/me/ratings/20", json={"stars": 5.0}, headers={"X-CSRF-Token": token})
    assert rated.status_code == 200
    token = page.http.get("/api/me/count").json()["csrf"]
    page.http.put("/api/me/not-interested/50", headers={"X-CSRF-Token": token})
    assert wall(page) == ["10", "30"]
    assert wall(page, anybody=True)[:2] == ["10", "20"]  # for somebody else
    assert page.http.get("/api/me/wall", params={"n": 25}).status_code == 422
