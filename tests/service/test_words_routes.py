"""Words in place of filters over HTTP."""

from __future__ import annotations

import pytest

from tests.service.conftest import TITLES, Running


def test_words_make_the_list_of_a_session(service: Running) -> None:
    body = {"words": f"like {TITLES[0]}, with Tom Hanks", "n": 3, "reasons": True}
    response = service.http.post("/api/session/recommend", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert [part["kind"] for part in answer["words"]["understood"]] == ["like"]
    assert [part["words"] for part in answer["words"]["not_understood"]] == ["Tom Hanks"]
    assert "10" not in [line["item_id"] for line in answer["items"]]
    alone = service.http.post("/api/session/recommend", json={"ratings": {"10": 4.0}, "n": 3}).json()
    assert [line["item_id"] for line in answer["items"]] == [line["item_id"] for line in alone["items"]]
    assert alone["words"] is None


def test_words_narrow_the_list_of_a_person_of_the_store(service: Running) -> None:
    service.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "30", "stars": 5}])
    unnarrowed = service.http.get("/api/recommend/ann").json()
    narrowed = service.http.get("/api/recommend/ann", params={"words": f"nothing like {TITLES[0]}"}).json()
    assert unnarrowed["items"][0]["item_id"] == "10"
    assert "10" not in [line["item_id"] for line in narrowed["items"]]
    assert narrowed["words"]["understood"][0]["kind"] == "unlike"


@pytest.mark.parametrize(("words", "status"), [("asdf", 409), ("", 422), ("a" * 301, 422)])
def test_words_that_cannot_be_used(service: Running, words: str, status: int) -> None:
    response = service.http.post("/api/session/recommend", json={"words": words})
    assert response.status_code == status
    again = service.http.get("/api/recommend/2", params={"words": words})
    assert again.status_code == status


def test_the_page_shows_what_was_understood_and_lists_by_it(service: Running) -> None:
    params: dict[str, str | int] = {"words": "a 1990s action film, purple, like M", "n": 5}
    answer = service.http.get("/api/me/picks", params=params).json()
    assert [(chip["kind"], chip["values"]) for chip in answer["words"]["chips"]] == [
        ("years", [1990, 1999]),
        ("genre", ["Action"]),
        ("like", [TITLES[6]]),
    ]
    assert answer["words"]["chips"][2]["rest"] == "a 1990s action film, purple"
    assert answer["words"]["missed"] == [{"words": "purple", "code": "unknown"}]
    assert {pick["film"]["id"] for pick in answer["items"]} == {"10", "20"}


def test_on_the_page_words_that_are_not_understood_leave_the_list_as_it_is(service: Running) -> None:
    plain = service.http.get("/api/me/picks").json()
    answer = service.http.get("/api/me/picks", params={"words": "asdf"}).json()
    assert [pick["film"]["id"] for pick in answer["items"]] == [pick["film"]["id"] for pick in plain["items"]]
    assert answer["words"] == {"chips": [], "missed": [{"words": "asdf", "code": "unknown"}]}
    assert plain["words"] is None
