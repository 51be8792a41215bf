"""The portrait over HTTP: of ratings in the body, of a stored person, and of the visitor of the page."""

from __future__ import annotations

import httpx
import pytest

from tests.service.conftest import Start

# Others rated movie 10 with 5, 4 and 5, movie 20 with 4 and 5, movie 30 with 2.
RATED = {"10": 5.0, "20": 2.0, "30": 5.0}
DIFFERENCE = (5 - 14 / 3 + 2 - 4.5 + 5 - 2) / 3


def figures(response: httpx.Response) -> tuple[object, ...]:
    assert response.status_code == 200, response.text
    body = response.json()
    return body["rated"], body["seen"], body["mean"], pytest.approx(body["difference"]), body["kinder_than"]


def test_a_portrait_of_a_session_and_of_a_stored_person(start: Start) -> None:
    service = start(open=True)
    posted = service.http.post("/api/session/portrait", json={"ratings": RATED, "also_seen": ["40"]})
    assert figures(posted) == (3, 1, 4.0, DIFFERENCE, None)  # three people are too few to compare with
    body = posted.json()
    assert [(group["name"], group["movies"], group["mean"]) for group in body["decades"]] == []
    assert service.http.post("/api/session/portrait", json={"ratings": {"no": 1}}).status_code == 404
    # User 3 of the bundle gave 5, 5 and 2; others gave 5 and 4 to movie 10, and 4 to movie 20.
    known = service.http.get("/api/users/3/portrait")
    assert figures(known) == (3, 0, 4.0, (5 - 4.5 + 5 - 4) / 2, None)
    assert service.http.get("/api/users/nobody/portrait").status_code == 404
    assert service.store.counts().users == 0


def test_the_portrait_of_a_visitor(start: Start) -> None:
    page = start()
    assert page.http.get("/api/me/portrait").json()["mean"] is None
    for item, stars in RATED.items():
        token = page.http.get("/api/me/count").json()["csrf"]
        page.http.put(f"/api/me/ratings/{item}", json={"stars": stars}, headers={"X-CSRF-Token": token})
    response = page.http.get("/api/me/portrait")
    assert figures(response) == (3, 0, 4.0, DIFFERENCE, None)
    assert page.http.get("/api/users/3/portrait").status_code == 401  # programs need a key
