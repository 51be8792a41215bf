"""The page without a browser: sessions, tokens, what is stored about a visitor, markup in titles."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import httpx
import pytest

from reelgraph.core.errors import CapabilityError
from reelgraph.recommend import next_questions
from tests.service.conftest import TITLES, Running, Start

PAGES = ("/", "/film/10", "/together", "/taste", "/privacy", "/model")


def token(service: Running) -> dict[str, str]:
    return {"X-CSRF-Token": service.http.get("/api/me/count").json()["csrf"]}


def rate(service: Running, item: str, stars: float = 5.0) -> httpx.Response:
    return service.http.put(f"/api/me/ratings/{item}", json={"stars": stars}, headers=token(service))


def picks(service: Running, **params: object) -> list[str]:
    response = service.http.get("/api/me/picks", params=params)
    assert response.status_code == 200, response.text
    return [pick["film"]["id"] for pick in response.json()["items"]]


@pytest.fixture
def page(start: Start) -> Running:
    """A service that asks programs for keys; the page needs none."""
    return start()


def test_reading_stores_nothing_and_the_first_rating_starts_a_session(page: Running) -> None:
    for path in (
        *PAGES,
        "/api/me",
        "/api/me/picks",
        "/api/me/picks?recent=true",
        "/api/me/questions",
        "/api/me/search?q=heat",
    ):
        response = page.http.get(path)
        assert (response.status_code, "set-cookie" in response.headers) == (200, False), path
    assert page.store.counts().users == 0
    response = rate(page, "30")
    cookie = response.headers["set-cookie"]
    assert response.status_code == 200
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # over plain HTTP it would not come back
    (user,) = page.store.users()
    assert user.user_id.startswith("guest-")
    assert user.user_id.removeprefix("guest-") not in cookie  # who reads ids cannot be anybody
    assert page.store.person(user.user_id).ratings["30"].stars == 5.0  # type: ignore[union-attr]


def test_the_next_list_uses_the_latest_ratings_and_marks(page: Running) -> None:
    assert picks(page)[0] == "10"  # the most rated, for somebody unknown
    rate(page, "80")
    # Movie 80 points along the second taste: 50 scores 4, 60 scores 3, 70 scores 2.
    assert picks(page)[:3] == ["50", "60", "70"]
    assert page.http.put("/api/me/not-interested/50", headers=token(page)).status_code == 200
    assert page.http.put("/api/me/seen/60", headers=token(page)).status_code == 200
    assert picks(page)[0] == "70"
    assert picks(page, seen="also")[:3] == ["60", "70", "80"]  # what is of no interest is never listed
    page.http.put("/api/me/watchlist/40", headers=token(page))
    assert picks(page, watchlist=True) == ["40"]
    rate(page, "40")  # watched: no wish any more
    assert [film["id"] for film in page.http.get("/api/me").json()["watchlist"]] == []
    page.http.delete("/api/me/ratings/80", headers=token(page))
    assert picks(page)[0] == "10"
    assert [rating["film"]["id"] for rating in page.http.get("/api/me").json()["rated"]] == ["40"]


def test_no_movie_is_on_the_watchlist_and_of_no_interest_at_once(page: Running) -> None:
    def put(mark: str) -> tuple[list[str], list[str]]:
        page.http.put(f"/api/me/{mark}/40", headers=token(page))
        visitor = page.http.get("/api/me").json()
        return tuple([film["id"] for film in visitor[name]] for name in ("watchlist", "not_interested"))  # type: ignore[return-value]

    assert put("watchlist") == (["40"], [])
    assert put("not-interested") == ([], ["40"])
    assert put("watchlist") == (["40"], [])
    assert put("seen") == (["40"], [])


def test_a_rated_movie_is_no_reason_for_itself(page: Running) -> None:
    rate(page, "80")
    rate(page, "30")
    why = page.http.get("/api/me/explain/30").json()
    assert "/film/30" not in [bar["page"] for bar in why["bars"] if bar["share"] == 0.0]


def test_the_reasons_are_those_of_the_sum(page: Running) -> None:
    rate(page, "80")
    rate(page, "30")
    (first, *_) = page.http.get("/api/me/picks").json()["items"]
    assert (first["film"]["id"], [group["films"][0]["id"] for group in first["because"]]) == ("10", ["30"])
    why = page.http.get("/api/me/explain/10").json()
    assert (why["score"], why["sums"], why["whole"], why["others"]) == (4.0, True, 4.0, [])
    assert (why["because"], why["although"]) == (first["because"], [])
    assert [(bar["label"], bar["share"]) for bar in why["bars"]] == [
        (TITLES[2].removesuffix(" (2001)"), 4.0),
        ("七人の侍", 0.0),
    ]
    changed = page.http.get("/api/me/counterfactual/60", params={"n": 1}).json()
    assert (changed["rank"], changed["k"]) == (4, 1)


def test_the_reasons_are_those_of_the_list_that_is_shown(page: Running) -> None:
    times = {"80": 1_500_000_000, "40": 1_500_086_400}
    for item, at in times.items():
        body = {"stars": 5, "at": at}
        assert page.http.put(f"/api/me/ratings/{item}", json=body, headers=token(page)).status_code == 200
    plain, recent, liking = (
        page.http.get("/api/me/explain/50", params=params).json()
        for params in ({}, {"recent": True}, {"words": f"like {TITLES[6]}", "language": "en"})
    )
    asked = {"ratings": {"80": 5, "40": 5}, "rated_at": times, "recent": True, "n": 8}
    lines = page.http.post("/api/session/recommend", json=asked).json()["items"]
    assert {line["item_id"]: line["score"] for line in lines}["50"] == pytest.approx(recent["score"])
    assert plain["score"] > recent["score"] > 0
    assert "M" in {bar["label"] for bar in liking["bars"]} - {bar["label"] for bar in plain["bars"]}


def test_changes_need_the_token_of_this_session(page: Running) -> None:
    def put(**headers: str) -> int:
        return page.http.put("/api/me/ratings/30", json={"stars": 5}, headers=headers).status_code

    assert put() == 403
    assert put(**{"X-CSRF-Token": "guessed"}) == 403
    first = token(page)
    assert put(**first, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert put(**first, **{"Sec-Fetch-Site": "same-site"}) == 403
    assert page.store.counts().users == 0
    assert put(**first, **{"Sec-Fetch-Site": "same-origin"}) == 200
    assert put(**first) == 403  # the token of nobody is none of somebody
    own_token = token(page)
    assert put(**own_token) == 200
    for method, path in (
        ("DELETE", "/api/me"),
        ("POST", "/api/me/together"),
        ("DELETE", "/api/me/ratings/30"),
        ("PUT", "/api/me/seen/10"),
    ):
        assert page.http.request(method, path).status_code == 403
    user = page.store.users()[0].user_id
    with httpx.Client(base_url=page.http.base_url, cookies={"reelgraph": user}, timeout=120) as thief:
        assert thief.get("/api/me").json()["rated"] == []
        assert thief.put("/api/me/ratings/30", json={"stars": 1}, headers=own_token).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("ratings/10", {"stars": 9}, 409), ("ratings/10", {"stars": 0.5}, 409), ("ratings/10", {"stars": "five"}, 422),
     ("ratings/999", {"stars": 5}, 404),
     ("ratings/10", {"stars": 5, "more": 1}, 422), ("seen/999", None, 404), ("loved/10", None, 422)],
)  # fmt: skip
def test_bad_input_of_the_page_has_the_error_shape(page: Running, path: str, body: object, status: int) -> None:
    response = page.http.put(f"/api/me/{path}", json=body, headers=token(page))
    assert (response.status_code, set(response.json())) == (status, {"error", "detail", "hint"})
    assert page.store.counts().users == 0


def test_an_export_is_imported_and_reported(page: Running) -> None:
    export = b"title,year,rating\nHeat,1995,4.5\nAmelie,2001,5\nNobody,1990,3\n"
    response = page.http.post("/api/me/import", files={"file": ("x", export)}, headers=token(page)).json()
    assert (response["rated"], response["missing"], response["service"]) == (
        2,
        [{"title": "Nobody", "year": 1990}],
        "plain",
    )
    visitor = page.http.get("/api/me").json()
    assert {rating["film"]["id"]: rating["stars"] for rating in visitor["rated"]} == {"10": 4.5, "40": 5.0}
    refused = page.http.post("/api/me/import", files={"file": ("x", b"PK\x03\x04")}, headers=token(page))
    assert (refused.status_code, refused.json()["error"]) == (409, "export")


def test_delete_my_data_leaves_no_row_and_no_cookie(page: Running) -> None:
    rate(page, "30")
    page.http.put("/api/me/watchlist/40", headers=token(page))
    picks(page)  # a list that was shown, still on its way into the store
    everything = page.http.get("/api/me/everything.json").json()
    assert (everything["ratings"]["30"]["stars"], everything["watchlist"], len(everything["shown"])) == (5.0, ["40"], 1)
    picks(page)
    response = page.http.delete("/api/me", headers=token(page))
    assert (response.json()["ratings"], response.json()["marks"]) == (1, 1)
    assert page.http.cookies.get("reelgraph") is None
    page.app.state.service.impressions.flush()
    counts = page.store.counts()
    assert (counts.users, counts.ratings, counts.marks, counts.served) == (0, 0, 0, 0)
    assert page.http.get("/api/me/everything.json").json()["user_id"] is None


def test_a_group_list_takes_two_people_and_stores_nobody(page: Running) -> None:
    rate(page, "80")
    alone = page.http.post("/api/me/together", json={"me": "You"}, headers=token(page))
    assert (alone.status_code, alone.json()["detail"]) == (422, "a group list needs at least two people")
    response = page.http.post(
        "/api/me/together", json={"me": "You", "people": {"Ann": {"40": 5}}, "n": 2}, headers=token(page)
    )
    evening = response.json()
    assert [pick["film"]["id"] for pick in evening["items"]] == ["10", "50"]
    ann = {
        pick["film"]["id"]: next(voice for voice in pick["voices"] if voice["name"] == "Ann")
        for pick in evening["items"]
    }
    assert (ann["10"]["rank"], ann["10"]["because"], ann["50"]["because"]) == (1, "Amélie", None)
    assert page.store.counts().users == 1


def test_favourites_that_the_bundle_does_not_have_are_reported_and_ignored(page: Running) -> None:
    rate(page, "80")

    def evening(people: object) -> dict[str, list[object]]:
        body = {"me": "You", "people": people, "n": 2}
        response = page.http.post("/api/me/together", json=body, headers=token(page))
        assert response.status_code == 200
        return response.json()  # type: ignore[no-any-return]

    whole, partly = evening({"Ann": {"40": 5}}), evening({"Ann": {"40": 5, "999": 5}, "Bob": {"998": 5}})
    assert (whole["unknown"], partly["unknown"]) == ([], ["998", "999"])
    assert (partly["items"], partly["people"]) == (whole["items"], whole["people"])
    assert evening({"Bob": {"998": 5}}) == {"items": [], "people": [], "note": "", "unknown": ["998"]}


def test_a_browser_sees_a_page_for_an_unknown_path(page: Running) -> None:
    for path in ("/tast", "/film/", "/film/999"):
        response = page.http.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert (response.status_code, "Back to your picks" in response.text) == (404, True), path
        assert "etag" not in response.headers
    for path, accept in (("/tast", "*/*"), ("/api/none", "text/html"), ("/static/none.js", "text/html")):
        response = page.http.get(path, headers={"Accept": accept})
        assert (response.status_code, response.json()["error"]) == (404, "not-found"), path


def test_the_etag_of_a_page_changes_with_the_source_of_posters(page: Running) -> None:
    plain = page.http.get("/taste")
    page.app.state.posters = object()
    again = page.http.get("/taste", headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, "TMDB" in plain.text, "TMDB" in again.text) == (200, False, True)


def test_titles_are_text_everywhere(page: Running) -> None:
    html = page.http.get("/film/30").text
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    drawn = page.http.get("/poster/30")
    assert drawn.headers["content-type"] == "image/svg+xml"
    name = next(ET.fromstring(drawn.text).iter("{http://www.w3.org/2000/svg}title")).text
    assert name == "<script>alert(1)</script> (2001)"
    assert page.http.get("/film/50").status_code == 200
    lost = page.http.get("/film/<b>9")
    assert (lost.status_code, "<b>9" in lost.text, "No such film" in lost.text) == (404, False, True)


def test_pages_have_the_strict_policy_and_no_personal_data(page: Running) -> None:
    rate(page, "30")
    for path in PAGES:
        response = page.http.get(path)
        assert response.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'"), path
        assert "<style" not in response.text
        assert " style=" not in response.text
        assert "guest-" not in response.text
        again = page.http.get(path, headers={"If-None-Match": response.headers["etag"]})
        assert again.status_code == 304
    assert page.http.get("/static/page.css").headers["cache-control"] == "no-cache"
    assert page.http.get("/static/../routes.py").status_code == 404


def test_pages_work_with_a_model_of_few_abilities(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small bundle predicts no stars: no distribution, no calibration, questions for the list alone."""
    (first, *_) = page.http.get("/api/me/picks").json()["items"]
    assert first["predicted"] is None
    questions = page.http.get("/api/me/questions", params={"n": 3}).json()
    best = next_questions(page.bundles.current.recommender, {}, 3)
    assert [film["id"] for film in questions] == [str(question.item_id) for question in best]

    def cannot(*_: object, **__: object) -> None:
        raise CapabilityError("it cannot tell")

    monkeypatch.setattr(
        "reelgraph.serve.web.picks_view.next_questions", cannot
    )  # then the most watched are asked about
    assert [film["id"] for film in page.http.get("/api/me/questions", params={"n": 3}).json()] == ["10", "20", "30"]
    plots = page.http.get("/model/plots").json()
    assert plots["calibration"] is None
    ET.fromstring(plots["popularity"])
    assert page.http.get("/api/me/map").json() is None  # eight movies are no map
    assert page.http.get("/api/me/picks.csv?n=2").text.splitlines() == [
        "tmdbID,imdbID,Title,Year",
        ",,Heat,1995",
        ",,The Matrix,1999",
    ]


def test_a_failing_store_is_reported_and_pages_still_work(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    from reelgraph.core.errors import StoreError

    rate(page, "30")
    headers = token(page)

    def broken(*arguments: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(page.store, "version", broken)
    monkeypatch.setattr(page.store, "rate", broken)
    assert page.http.get("/").status_code == 200
    for response in (
        page.http.get("/api/me/picks"),
        page.http.put("/api/me/ratings/10", json={"stars": 5}, headers=headers),
    ):
        assert (response.status_code, response.json()["error"]) == (503, "store")
        assert "disk" not in response.text
