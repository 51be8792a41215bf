"""Lists over HTTP: a rating counts in the next list, and every list can be found by its id."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from reelgraph.store import NewRating, open_store
from tests.service.conftest import TITLES, Running

DAY = 1_700_000_000  # Unix seconds


def rate(service: Running, user: str, *items: str, stars: float = 5) -> None:
    ratings = [{"user_id": user, "item_id": item, "stars": stars} for item in items]
    response = service.http.post("/api/ratings", json=ratings)
    assert (response.status_code, response.json()) == (200, {"kept": len(items), "kept_for_later": []})


def recommended(service: Running, user: str, **params: object) -> list[str]:
    return service.list_of(service.http.get(f"/api/recommend/{user}", params=params))


def test_the_first_rating_of_a_new_person_gives_a_list(service: Running) -> None:
    assert service.http.get("/api/recommend/ann").status_code == 404
    rate(service, "ann", "30")
    # Movie 30 points along the first taste: 10 scores 4, 20 scores 3, 40 scores 1; the others 0, by row.
    response = service.http.get("/api/recommend/ann", params={"n": 4})
    assert service.list_of(response) == ["10", "20", "40", "50"]
    assert [line["score"] for line in response.json()["items"]] == [4.0, 3.0, 1.0, 0.0]
    assert [line["rank"] for line in response.json()["items"]] == [1, 2, 3, 4]


def test_the_next_list_uses_new_changed_and_removed_ratings(service: Running) -> None:
    rate(service, "ann", "40")
    assert recommended(service, "ann", n=1) == ["10"]
    rate(service, "ann", "80", "70")
    assert recommended(service, "ann", n=1) == ["50"]  # two of the second taste: 8 against 4
    for item in ("80", "70"):
        assert service.http.delete(f"/api/users/ann/ratings/{item}").json() == {"changed": True}
    assert service.http.delete("/api/users/ann/ratings/70").json() == {"changed": False}
    assert recommended(service, "ann", n=1) == ["10"]


def test_a_rating_written_by_another_process_counts_too(service: Running) -> None:
    rate(service, "ann", "40")
    assert recommended(service, "ann", n=1) == ["10"]
    other_process = open_store(service.settings.bundle.parent / "people.db")
    other_process.rate([NewRating("ann", "80", 5.0, 0), NewRating("ann", "70", 5.0, 0)])
    other_process.close()
    assert recommended(service, "ann", n=1) == ["50"]


def test_users_of_the_bundle_are_known_and_their_new_ratings_come_on_top(service: Running) -> None:
    # User 2 rated 10 and 50: both tastes score alike.
    assert recommended(service, "2") == ["20", "60", "30", "70", "40", "80"]
    rate(service, "2", "80")
    assert recommended(service, "2") == ["60", "70", "20", "30", "40"]
    assert service.http.get("/api/recommend/02").status_code == 404  # another id than 2


def test_the_list_follows_what_was_rated_last(service: Running) -> None:
    ratings = [
        {"user_id": "ann", "item_id": item, "stars": 5, "at": DAY + place} for place, item in enumerate(("80", "40"))
    ]
    assert service.http.post("/api/ratings", json=ratings).json()["kept"] == 2
    assert recommended(service, "ann", n=4) == ["10", "50", "20", "60"]  # both tastes alike
    assert recommended(service, "ann", n=4, recent=True)[0] == "10"
    recent = service.http.get("/api/recommend/ann", params={"n": 8, "recent": True}).json()["items"]
    scores = {line["item_id"]: line["score"] for line in recent}
    assert scores["10"] > scores["50"] > 0
    # The explanation is that of the same list: its total is the score.
    explained = service.http.get("/api/recommend/ann/explain/50", params={"recent": True}).json()
    assert explained["score"] == pytest.approx(scores["50"])
    newer = {"user_id": "ann", "item_id": "80", "stars": 5, "at": DAY + 9}
    service.http.post("/api/ratings", json=[newer])
    assert recommended(service, "ann", n=4, recent=True)[0] == "50"


def test_movies_seen_without_stars_have_times_too(service: Running) -> None:
    def see_at(user: str, **times: int) -> None:
        views = [{"user_id": user, "item_id": item[1:], "at": at} for item, at in times.items()]
        assert service.http.post("/api/ratings", json=views).status_code == 200

    see_at("ann", _80=DAY, _40=DAY + 1)
    see_at("bo", _80=DAY + 1, _40=DAY)
    assert [recommended(service, user, n=1, recent=True) for user in ("ann", "bo")] == [["10"], ["50"]]
    body = {"also_seen": ["80", "40"], "rated_at": {"80": DAY, "40": DAY + 1}, "n": 1, "recent": True}
    assert service.list_of(service.http.post("/api/session/recommend", json=body)) == ["10"]
    # The newest view is newer than the rating before it, and the digest knows its time.
    service.http.post("/api/ratings", json=[{"user_id": "cid", "item_id": "80", "stars": 5, "at": DAY}])
    see_at("cid", _40=DAY + 1)
    listed = service.http.get("/api/recommend/cid?recent=true&seen_weight=1&n=1")
    assert service.list_of(listed) == ["10"]
    service.http.delete("/api/users/cid/seen/40")
    see_at("cid", _40=DAY - 1)
    headers = {"If-None-Match": listed.headers["etag"]}
    again = service.http.get("/api/recommend/cid?recent=true&seen_weight=1&n=1", headers=headers)
    assert (again.status_code, service.list_of(again)) == (200, ["50"])


def test_ratings_of_a_session_have_times_where_they_are_given(service: Running) -> None:
    body = {"ratings": {"40": 5, "80": 5}, "n": 1, "recent": True}
    refused = service.http.post("/api/session/recommend", json=body)
    assert refused.status_code == 409
    assert "order of this person" in refused.text
    newest_first = body | {"rated_at": {"40": DAY, "80": DAY + 1}}
    assert service.list_of(service.http.post("/api/session/recommend", json=newest_first)) == ["50"]
    newest_last = body | {"rated_at": {"40": DAY, "80": DAY - 1}}
    assert service.list_of(service.http.post("/api/session/recommend", json=newest_last)) == ["10"]
    unknown = service.http.post("/api/session/recommend", json=body | {"rated_at": {"10": DAY}})
    assert (unknown.status_code, "10 is neither in ratings" in unknown.text) == (409, True)
    empty = service.http.post("/api/session/recommend", json={"recent": True, "n": 1})
    assert empty.status_code == 200


def test_movies_seen_of_no_interest_and_on_the_watchlist(service: Running) -> None:
    rate(service, "ann", "40")
    for mark, item in (("seen", "10"), ("not-interested", "20"), ("watchlist", "30"), ("watchlist", "80")):
        assert service.http.put(f"/api/users/ann/{mark}/{item}").json() == {"changed": True}
    assert recommended(service, "ann", n=3) == ["30", "50", "60"]
    assert recommended(service, "ann", n=3, seen="also") == ["10", "30", "40"]  # what was refused is never listed
    assert recommended(service, "ann", watchlist=True) == ["30", "80"]
    assert service.http.delete("/api/users/ann/not-interested/20").json() == {"changed": True}
    assert recommended(service, "ann", n=2) == ["20", "30"]


@pytest.fixture(scope="module")
def filtered(module_service: Running) -> Running:
    rate(module_service, "ann", "10")
    return module_service


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"n": 2}, ["20", "30"]),
        ({"n": 2, "offset": 2}, ["40", "50"]),
        ({"genre": "crime"}, ["70"]),
        ({"genre": ["Drama", "Comedy"]}, ["40", "50", "80"]),
        ({"not_genre": "Action", "n": 2}, ["30", "40"]),
        ({"year_from": 1950, "year_to": 1990}, ["50", "60", "80"]),
        ({"min_viewers": 1}, ["20", "30", "50"]),
        ({"seen": "only"}, ["10"]),
    ],
)
def test_filters_and_pages(filtered: Running, params: dict[str, object], expected: list[str]) -> None:
    assert recommended(filtered, "ann", **params) == expected


def test_a_served_list_is_found_by_its_id_and_names_what_was_shown(service: Running) -> None:
    rate(service, "ann", "30")
    lists = [service.http.get("/api/recommend/ann", params={"n": n}).json() for n in (1, 2)]
    assert lists[0]["recommendation_id"] != lists[1]["recommendation_id"]
    for listed in lists:
        impression = service.http.get(f"/api/served/{listed['recommendation_id']}").json()
        assert (impression["user_id"], impression["bundle"]) == ("ann", service.bundles.current.digest)
        assert impression["items"] == [line["item_id"] for line in listed["items"]]
        assert impression["scores"] == [line["score"] for line in listed["items"]]
    served = service.http.get("/api/users/ann/served").json()["served"]
    assert {impression["recommendation_id"] for impression in served} == {
        impression["recommendation_id"] for impression in lists
    }
    rating = {"user_id": "ann", "item_id": "10", "stars": 4, "recommendation_id": lists[0]["recommendation_id"]}
    assert service.http.post("/api/ratings", json=[rating]).status_code == 200
    assert service.store.events()[-1].recommendation_id == lists[0]["recommendation_id"]


def test_only_a_changed_list_is_computed_and_sent_again(service: Running) -> None:
    rate(service, "ann", "30")
    first = service.http.get("/api/recommend/ann")
    headers = {"If-None-Match": first.headers["etag"]}
    again = service.http.get("/api/recommend/ann", headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert service.http.get("/api/recommend/ann", params={"n": 3}, headers=headers).status_code == 200
    rate(service, "bo", "30")
    assert service.http.get("/api/recommend/ann", headers=headers).status_code == 304  # somebody else changed
    service.http.put("/api/users/ann/seen/10")
    assert service.http.get("/api/recommend/ann", headers=headers).status_code == 200


def test_other_times_of_the_same_ratings_change_a_list_of_the_recent(service: Running) -> None:
    def rate_at(**times: int) -> None:
        ratings = [{"user_id": "ann", "item_id": item[1:], "stars": 5, "at": at} for item, at in times.items()]
        assert service.http.post("/api/ratings", json=ratings).status_code == 200

    paths = ("/api/recommend/ann?recent=true&n=1", "/api/recommend/ann/explain/50?recent=true&top=1")
    rate_at(_80=DAY, _40=DAY + 1)
    first = [service.http.get(path) for path in paths]
    headers = [{"If-None-Match": response.headers["etag"]} for response in first]
    rate_at(_80=DAY, _40=DAY + 1)  # nothing changes
    assert [service.http.get(path, headers=head).status_code for path, head in zip(paths, headers, strict=True)] == [
        304, 304,
    ]  # fmt: skip
    rate_at(_80=DAY + 1, _40=DAY)
    listed, explained = (service.http.get(path, headers=head) for path, head in zip(paths, headers, strict=True))
    assert (listed.status_code, explained.status_code) == (200, 200)
    assert (service.list_of(first[0]), service.list_of(listed)) == (["10"], ["50"])
    assert explained.json()["score"] > first[1].json()["score"]


def test_reasons_of_a_known_person_add_up(service: Running) -> None:
    rate(service, "ann", "20", "30", "70")
    explanation = service.http.get("/api/recommend/ann/explain/10", params={"top": 1}).json()
    # The score of 10 is 4 for each movie of its taste.
    assert (explanation["score"], explanation["method"], explanation["others"]) == (8.0, "sum", 4.0)
    assert [(reason["item_id"], reason["share"]) for reason in explanation["reasons"]] == [("20", 4.0)]


def test_a_forgotten_person_leaves_nothing(service: Running) -> None:
    rate(service, "ann", "30")
    service.http.put("/api/users/ann/watchlist/80")
    recommendation_id = service.http.get("/api/recommend/ann").json()["recommendation_id"]
    gone = service.http.delete("/api/users/ann").json()
    assert gone == {"ratings": 1, "marks": 1, "events": 2, "served": 1, "in_bundle": False}
    assert service.http.get("/api/users/ann").status_code == 404
    assert service.http.get("/api/recommend/ann").status_code == 404
    assert service.http.get(f"/api/served/{recommendation_id}").status_code == 404
    assert service.http.get("/api/users").json() == {"users": [], "next": None}
    assert service.http.delete("/api/users/2").json()["in_bundle"] is True


def test_a_person_as_the_store_has_them(service: Running) -> None:
    ratings = [
        {"user_id": "ann", "item_id": item, "stars": 4.5, "at": at} for item, at in (("30", DAY), ("20", DAY + 2))
    ]
    service.http.post("/api/ratings", json=ratings)
    service.http.put("/api/users/ann/seen/10")
    person = service.http.get("/api/users/ann").json()
    assert person["ratings"] == {"20": {"stars": 4.5, "at": DAY + 2}, "30": {"stars": 4.5, "at": DAY}}
    assert (person["seen"], person["watchlist"], person["in_bundle"]) == (["10"], [], False)
    page = service.http.get("/api/users/ann/ratings", params={"n": 1, "offset": 1}).json()
    oldest = {"item_id": "30", "title": TITLES[2], "stars": 4.5, "at": DAY}
    assert page == {"ratings": [oldest], "total": 2, "offset": 1}
    rate(service, "bo", "30")
    first = service.http.get("/api/users", params={"n": 1}).json()
    assert [user["user_id"] for user in first["users"]] == ["ann"]
    rest = service.http.get("/api/users", params={"n": 1, "after": first["next"]}).json()
    assert [(user["user_id"], user["ratings"]) for user in rest["users"]] == [("bo", 1)]


@pytest.mark.parametrize("user", ["google/ann", ".", "..", "a\nb", "", "/"])
def test_an_id_that_no_path_can_carry_is_refused(service: Running, user: str) -> None:
    response = service.http.post("/api/ratings", json=[{"user_id": user, "item_id": "30", "stars": 5}])
    assert (response.status_code, response.json()["error"]) == (422, "invalid")
    assert service.store.counts().users == 0


@pytest.mark.parametrize("user", [".a", "...", "..a", "a.", "a b", "Ünï", "a%2Fb", "#?&"])
def test_any_other_id_is_read_and_deleted(service: Running, user: str) -> None:
    rate(service, user, "30")
    place = f"/api/users/{quote(user, safe='')}"
    assert service.http.get(place).json()["user_id"] == user
    assert service.http.get(f"/api/recommend/{quote(user, safe='')}").status_code == 200
    assert service.http.delete(place).json()["ratings"] == 1


@pytest.mark.parametrize(
    ("wrong", "status", "detail"),
    [
        ({"stars": 5.5}, 409, "body.1.stars: 5.5 is not on the scale"),
        ({"stars": 0.5}, 409, "body.1.stars"),
        ({"at": 0}, 409, "body.1.at"),
        ({"at": 2**40}, 409, "body.1.at"),
    ],
)
def test_a_rating_that_training_would_leave_out_is_refused(
    service: Running, wrong: dict[str, object], status: int, detail: str
) -> None:
    good = {"user_id": "ann", "item_id": "30", "stars": 4.5, "at": DAY}
    response = service.http.post("/api/ratings", json=[good, good | wrong])
    assert response.status_code == status
    assert response.json()["detail"].startswith(detail)
    assert service.store.counts().ratings == 0  # all or none


def test_ratings_of_listed_movies_are_counted_by_place(service: Running) -> None:
    """A rating counts as an outcome of the list that it names, if that list showed the movie to this person."""
    service.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "10", "stars": 5}])
    shown = service.http.get("/api/recommend/ann?n=5").json()
    assert [line["item_id"] for line in shown["items"]][:4] == ["20", "30", "40", "50"]

    def rate(user_id: str, item_id: str, stars: float, recommendation_id: str) -> None:
        body = [{"user_id": user_id, "item_id": item_id, "stars": stars, "recommendation_id": recommendation_id}]
        assert service.http.post("/api/ratings", json=body).status_code == 200

    rate("ann", "20", 5, shown["recommendation_id"])
    rate("ann", "50", 1, shown["recommendation_id"])
    rate("ann", "10", 5, shown["recommendation_id"])  # not in the list
    rate("bob", "30", 5, shown["recommendation_id"])  # of somebody else
    rate("ann", "40", 5, "unknown")
    lines = service.http.get("/metrics").text.splitlines()
    assert sorted(line for line in lines if line.startswith("reelgraph_served_ratings_total")) == [
        'reelgraph_served_ratings_total{liked="no",place="4-10"} 1.0',
        'reelgraph_served_ratings_total{liked="yes",place="1-3"} 1.0',
    ]
    assert "reelgraph_served_lists_total 1.0" in lines
    assert "reelgraph_served_items_total 5.0" in lines
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
    assert 'reelgraph_pool_tasks{pool="quick"} 0.0' in lines
