"""Tonight on the page: another film each time, what became of it, the diary, and what is exported and deleted."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from reelgraph.recommend.tonight.moods import MOODS
from reelgraph.serve.state.user_state import resolve
from reelgraph.serve.web import tonight_view
from reelgraph.store import NewRating, Suggestion
from tests.service.conftest import Running, Start
from tests.service.test_page import rate, token

HOUR = 3600


@pytest.fixture
def page(start: Start) -> Running:
    """A service that asks programs for keys; the page needs none."""
    return start()


def suggest(page: Running, **wishes: Any) -> Any:
    response = page.http.post("/api/me/tonight", json=wishes, headers=token(page))
    assert response.status_code == 200, response.text
    return response.json()["tonight"]


def state(page: Running) -> Any:
    return page.http.get("/api/me/tonight").json()


def visitor(page: Running) -> str:
    (user,) = page.store.users()
    return user.user_id


def answer(page: Running, item: str, at: int, outcome: str, **more: Any) -> httpx.Response:
    body = {"item_id": item, "at": at, "outcome": outcome, **more}
    return page.http.put("/api/me/tonight/answer", json=body, headers=token(page))


def test_a_visitor_of_whom_nothing_is_known(page: Running) -> None:
    response = page.http.get("/api/me/tonight")
    assert "set-cookie" not in response.headers
    body = response.json()
    # 40 is a comedy, 50 and 80 are dramas, 10, 20 and 60 are action: the other moods are not offered.
    assert body["moods"] == [{"name": n, "films": k} for n, k in (("light", 1), ("moving", 2), ("exciting", 3))]
    assert set(MOODS) > {mood["name"] for mood in body["moods"]}
    assert (body["with_length"], body["films"], body["tonight"], body["ask"]) == (0, 8, None, None)
    assert page.store.counts().users == 0


def test_another_film_each_time_until_none_is_left(page: Running) -> None:
    rate(page, "80")
    shown = [suggest(page) for _ in range(7)]
    assert [film["film"]["id"] for film in shown[:3]] == ["50", "60", "70"]
    assert len({film["film"]["id"] for film in shown}) == 7
    assert [film["fitting"] for film in shown] == [7, 6, 5, 4, 3, 2, 1]
    assert state(page)["tonight"]["film"] == shown[-1]["film"]  # after a reload it is still there
    assert suggest(page) is None
    outcomes = [suggestion.outcome for suggestion in page.store.suggestions.of(visitor(page))]
    assert sorted(outcomes, key=str) == [None] + ["passed"] * 6


def test_mood_and_people(page: Running) -> None:
    rate(page, "80")
    assert suggest(page, mood="light")["film"]["id"] == "40"
    assert suggest(page, mood="light") is None
    two = suggest(page, mood="exciting", people={"Ann": {"10": 5.0}})
    assert (two["company"], [voice["name"] for voice in two["voices"]]) == (2, ["", "Ann"])
    assert two["film"]["id"] in {"20", "60"}  # 10 is rated by Ann
    assert suggest(page, people={"Ann": {"10": 5.0}}, me=False)["company"] == 1
    assert page.store.counts().ratings == 1  # those of Ann are stored nowhere


@pytest.mark.parametrize(
    ("wishes", "status", "detail"),
    [
        ({"mood": "gloomy"}, 422, "mood"),
        ({"max_minutes": 100}, 409, "no lengths"),
        ({"me": False}, 422, "nobody watches"),
        ({"me": False, "people": {"Ann": {"unknown": 5.0}}}, 422, "favourite"),
        ({"people": {str(n): {} for n in range(8)}}, 422, "people"),
    ],
)
def test_what_cannot_be_asked(page: Running, wishes: dict[str, Any], status: int, detail: str) -> None:
    response = page.http.post("/api/me/tonight", json=wishes, headers=token(page))
    assert response.status_code == status
    assert detail in response.json()["detail"]
    assert page.store.counts().suggestions == 0


def test_changes_need_the_token(page: Running) -> None:
    rate(page, "80")
    at = suggest(page)["at"]
    body = {"item_id": "50", "at": at, "outcome": "passed"}
    assert page.http.post("/api/me/tonight", json={}).status_code == 403
    assert page.http.put("/api/me/tonight/answer", json=body).status_code == 403
    cross = {**token(page), "Sec-Fetch-Site": "cross-site"}
    assert page.http.post("/api/me/tonight", json={}, headers=cross).status_code == 403


def test_suggestions_of_a_night_are_bounded(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tonight_view, "MAX_PER_NIGHT", 2)
    rate(page, "80")
    suggest(page)
    suggest(page)
    response = page.http.post("/api/me/tonight", json={}, headers=token(page))
    assert (response.status_code, response.json()["error"]) == (409, "enough")


def test_the_next_visit_asks_how_it_was(page: Running) -> None:
    rate(page, "80")
    now = int(time.time())
    page.store.suggestions.add(Suggestion(visitor(page), "50", now - 4 * HOUR, company=2))
    ask = state(page)["ask"]
    assert (ask["film"]["id"], ask["at"], ask["company"]) == ("50", now - 4 * HOUR, 2)
    assert state(page)["tonight"] is None
    assert answer(page, "50", ask["at"], "watched", stars=4.5).status_code == 200
    person = page.store.person(visitor(page))
    assert person is not None
    assert person.ratings["50"].stars == 4.5
    assert state(page)["ask"] is None
    page.store.suggestions.add(Suggestion(visitor(page), "60", now - 5 * HOUR))
    assert answer(page, "60", now - 5 * HOUR, "watched").status_code == 200  # without stars
    person = page.store.person(visitor(page))
    assert person is not None
    assert person.seen == {"60"}
    page.store.suggestions.add(Suggestion(visitor(page), "70", now - 30 * HOUR))  # of another evening
    assert state(page)["ask"]["film"]["id"] == "70"
    rate(page, "70", 2.0)  # what was rated meanwhile is not asked about
    assert state(page)["ask"] is None


def test_an_answer_needs_its_suggestion_and_stars_only_what_was_watched(page: Running) -> None:
    rate(page, "80")
    at = suggest(page)["at"]
    assert answer(page, "50", at + 1, "watched").status_code == 404
    assert answer(page, "50", at, "not-watched", stars=3.0).status_code == 422
    assert answer(page, "50", at, "watched", stars=9.0).status_code == 409
    assert answer(page, "99", at, "watched").status_code == 404
    assert answer(page, "50", at, "forgotten").status_code == 422


def test_the_film_that_was_chosen_is_asked_about_and_not_the_one_shown_last(page: Running) -> None:
    rate(page, "80")
    user, now = visitor(page), int(time.time())
    page.store.suggestions.add(Suggestion(user, "50", now - 5 * HOUR, outcome="chosen"))
    page.store.suggestions.add(Suggestion(user, "60", now - 4 * HOUR))  # looked at afterwards
    ask = state(page)["ask"]
    assert (ask["film"]["id"], ask["chosen"]) == ("50", True)
    assert page.http.get("/api/me/count").json()["ask"] is True
    assert answer(page, "50", ask["at"], "watched", stars=4.0).status_code == 200
    assert state(page)["ask"] is None  # nothing else was watched that evening
    assert page.http.get("/api/me/count").json()["ask"] is False
    page.store.suggestions.add(Suggestion(user, "70", now - 40 * HOUR))
    ask = state(page)["ask"]
    assert (ask["film"]["id"], ask["chosen"]) == ("70", False)  # of another evening, and nobody said anything


def test_one_film_is_chosen_for_an_evening(page: Running) -> None:
    rate(page, "80")
    first = suggest(page)
    assert first["chosen"] is False
    assert answer(page, first["film"]["id"], first["at"], "chosen").status_code == 200
    second = suggest(page)
    shown = state(page)["tonight"]
    assert (shown["film"]["id"], shown["chosen"]) == (first["film"]["id"], True)
    assert answer(page, second["film"]["id"], second["at"], "chosen").status_code == 200
    assert state(page)["tonight"]["film"]["id"] == second["film"]["id"]
    outcomes = {one.item_id: one.outcome for one in page.store.suggestions.of(visitor(page))}
    assert outcomes == {first["film"]["id"]: "passed", second["film"]["id"]: "chosen"}
    assert second["film"]["id"] not in {suggest(page)["film"]["id"] for _ in range(5)}


@pytest.mark.parametrize(
    ("outcome", "suggested", "answered", "is_asked"),
    [
        (None, 2, None, False),  # still tonight
        (None, 4, None, True),
        ("chosen", 2, 2, False),
        ("chosen", 4, 4, True),
        ("chosen", 31 * 24, 31 * 24, False),
        (None, 31 * 24, None, False),  # too long ago
        ("passed", 4, 3, False),
        ("not-watched", 30, 29, False),
        ("later", 30, 10, False),
        ("later", 30, 21, True),  # "not yet" is asked again on another day
    ],
)
def test_when_it_asks(page: Running, outcome: Any, suggested: int, answered: int | None, is_asked: bool) -> None:
    now = 10**9
    loaded = page.bundles.current
    earlier = [
        Suggestion("ann", "gone", now - 4 * HOUR),  # a film that the bundle does not have
        Suggestion(
            "ann", "50", now - suggested * HOUR, outcome=outcome,
            answered=None if answered is None else now - answered * HOUR,
        ),
    ]  # fmt: skip
    question = tonight_view.question(loaded, resolve(loaded, None), earlier, now)
    assert (question is not None) == is_asked
    assert question is None or question.film.id == "50"


def test_a_film_passed_over_rests_for_a_week_unless_it_was_not_yet(page: Running) -> None:
    rate(page, "80")
    now, user = int(time.time()), visitor(page)
    page.store.suggestions.add(Suggestion(user, "50", now - 30 * HOUR, outcome="passed", answered=now - 30 * HOUR))
    page.store.suggestions.add(Suggestion(user, "60", now - 30 * HOUR, outcome="later", answered=now - 9 * HOUR))
    assert suggest(page)["film"]["id"] == "60"
    page.store.suggestions.answer(user, "60", now - 30 * HOUR, "watched")
    for suggestion in page.store.suggestions.of(user):
        page.store.suggestions.answer(user, suggestion.item_id, suggestion.at, "watched")
    assert suggest(page)["film"]["id"] == "50"


def test_the_diary(page: Running) -> None:
    assert page.http.get("/api/me/diary").json() == {"entries": [], "more": False}
    rate(page, "80")
    user = visitor(page)
    listed = page.http.get("/api/me/picks", params={"n": 3}).json()
    page.store.rate([NewRating(user, "60", 3.5, int(time.time()) + 5, listed["recommendation_id"])])
    page.store.rate([NewRating(user, "20", 1.0, 50)])
    page.store.unrate(user, "20")  # taken back: not in the diary
    page.store.mark(user, "70", "seen")
    page.store.suggestions.add(Suggestion(user, "50", 60, "light", 2, "not-watched", 61))
    entries = page.http.get("/api/me/diary").json()["entries"]
    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)
    by_kind = {entry["kind"]: entry for entry in entries if entry["kind"] != "rated"}
    rated = {entry["films"][0]["id"]: entry for entry in entries if entry["kind"] == "rated"}
    assert {item: (entry["stars"], entry["rank"]) for item, entry in rated.items()} == {
        "80": (5.0, None),
        "60": (3.5, 2),  # second of the list 50, 60, 70
    }
    assert by_kind["seen"]["films"][0]["id"] == "70"
    assert (by_kind["suggested"]["outcome"], by_kind["suggested"]["company"]) == ("not-watched", 2)
    assert (by_kind["shown"]["lists"], by_kind["shown"]["count"]) == (1, 3)
    assert [film["id"] for film in by_kind["shown"]["films"]] == ["50", "60", "70"]
    assert entries[-1]["kind"] == "suggested"
    first = page.http.get("/api/me/diary", params={"n": 2}).json()
    second = page.http.get("/api/me/diary", params={"offset": 2, "n": 100}).json()
    assert (first["entries"] + second["entries"], first["more"], second["more"]) == (entries, True, False)


def test_an_import_is_one_entry_of_the_diary(page: Running) -> None:
    rate(page, "80")
    items = ["10", "20", "30", "40", "50", "60", "70", "gone"]
    page.store.rate([NewRating(visitor(page), item, 3.0, 70) for item in items])
    entries = page.http.get("/api/me/diary").json()["entries"]
    imported = entries[-1]
    assert (imported["kind"], imported["count"], len(imported["films"])) == ("imported", 8, 4)


def test_suggestions_are_exported_and_deleted_with_the_rest(page: Running) -> None:
    rate(page, "80")
    suggest(page, mood="light")
    everything = page.http.get("/api/me/everything.json").json()
    assert [(one["item_id"], one["mood"]) for one in everything["suggestions"]] == [("40", "light")]
    gone = page.http.delete("/api/me", headers=token(page)).json()
    assert gone["suggestions"] == 1
    assert page.store.counts().suggestions == 0
    assert page.http.get("/api/me/diary").json()["entries"] == []


def test_one_movie_for_programs(service: Running) -> None:
    people = {"Ann": {"80": 5.0}}
    body = service.http.post("/api/session/tonight", json={"people": people}).json()
    assert (body["item"]["item_id"], body["fitting"], body["item"]["opinions"]) == ("50", 7, [])
    body = service.http.post("/api/session/tonight", json={"people": people, "exclude": ["50"]}).json()
    assert body["item"]["item_id"] == "60"
    body = service.http.post("/api/session/tonight", json={"people": people, "mood": "tense"}).json()
    assert (body["item"], body["fitting"]) == (None, 0)
    two = {**people, "Bo": {"10": 5.0}}
    body = service.http.post("/api/session/tonight", json={"people": two}).json()
    assert [opinion["name"] for opinion in body["item"]["opinions"]] == ["Ann", "Bo"]
    refused = service.http.post("/api/session/tonight", json={"people": people, "max_minutes": 90})
    assert (refused.status_code, refused.json()["error"]) == (409, "capability")
    assert service.store.counts().users == 0
