"""Many changes of a visitor in one request, and picks without the films that are still to settle."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.conftest import Running, Start


@pytest.fixture
def page(start: Start) -> Running:
    return start()


def sent(page: Running, changes: list[dict[str, Any]]) -> Any:
    token = {"X-CSRF-Token": page.http.get("/api/me/count").json()["csrf"]}
    return page.http.post("/api/me/changes", json={"changes": changes}, headers=token)


def state(page: Running) -> tuple[dict[str, tuple[float, int]], list[str], list[str], list[str]]:
    profile = page.http.get("/api/me").json()
    rated = {item["film"]["id"]: (item["stars"], item["at"]) for item in profile["rated"]}
    seen, watchlist, refused = (
        sorted(film["id"] for film in profile[name]) for name in ("seen", "watchlist", "not_interested")
    )
    return rated, seen, watchlist, refused


def test_many_changes_are_made_and_taken_back(page: Running) -> None:
    sent(page, [{"item_id": "10", "kind": "watchlist"}, {"item_id": "20", "kind": "not-interested"}])
    changes: list[dict[str, Any]] = [
        {"item_id": "10", "kind": "ratings", "stars": 4.5, "at": 1_500_000_000},
        {"item_id": "20", "kind": "ratings", "stars": 2, "at": 1_500_000_100},
        {"item_id": "30", "kind": "seen", "at": 1_500_000_200},
        {"item_id": "40", "kind": "watchlist"},
    ]
    assert sent(page, changes).status_code == 200
    rated = {"10": (4.5, 1_500_000_000), "20": (2.0, 1_500_000_100)}
    assert state(page) == (rated, ["30"], ["40"], [])
    back: list[dict[str, Any]] = [
        {"item_id": "10", "kind": "ratings", "on": False},
        {"item_id": "10", "kind": "watchlist"},
        {"item_id": "20", "kind": "ratings", "on": False},
        {"item_id": "20", "kind": "not-interested"},
        {"item_id": "30", "kind": "seen", "on": False},
        {"item_id": "40", "kind": "watchlist", "on": False},
    ]
    assert sent(page, back).status_code == 200
    assert state(page) == ({}, [], ["10"], ["20"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"item_id": "999", "kind": "seen"}, 404),
        ({"item_id": "10", "kind": "ratings", "stars": 9}, 409),
        ({"item_id": "10", "kind": "ratings"}, 422),
        ({"item_id": "10", "kind": "loved"}, 422),
        ({"item_id": "10", "kind": "seen", "stars": 4}, 422),
    ],
)
def test_a_bad_change_among_many_changes_nothing(page: Running, change: dict[str, Any], status: int) -> None:
    response = sent(page, [{"item_id": "20", "kind": "ratings", "stars": 4}, change])
    assert (response.status_code, set(response.json())) == (status, {"error", "detail", "hint"})
    assert state(page) == ({}, [], [], [])


def test_the_number_of_changes_is_bounded(page: Running) -> None:
    assert sent(page, []).status_code == 422
    assert sent(page, [{"item_id": "10", "kind": "seen"}] * 1001).status_code == 422


def test_a_film_to_settle_is_not_among_the_picks(page: Running) -> None:
    sent(page, [{"item_id": "10", "kind": "ratings", "stars": 5}])
    listed = [pick["film"]["id"] for pick in page.http.get("/api/me/picks", params={"n": 3}).json()["items"]]
    assert listed == ["20", "30", "40"]
    without = page.http.get("/api/me/picks", params={"n": 3, "exclude": ["30", "20", "gone"]}).json()["items"]
    assert without[0]["film"]["id"] == "40"
    assert not {"20", "30"} & {pick["film"]["id"] for pick in without}
