"""What a visitor shows to others: lists by link, the taste card, and their session on another device."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from reelgraph.serve.errors import ApiError
from reelgraph.serve.web import device_transfer, shared_lists
from reelgraph.serve.web.device_transfer import seal, unseal
from reelgraph.serve.web.posters.taste_card import CardTexts, taste_card_svg
from tests.service.conftest import Running, Start
from tests.service.test_page import rate, token


@pytest.fixture
def page(start: Start) -> Running:
    """A service that asks programs for keys; the page needs none."""
    return start()


@pytest.fixture
def other(page: Running) -> Iterator[httpx.Client]:
    """The browser of somebody else."""
    with httpx.Client(base_url=page.http.base_url, timeout=120) as client:
        yield client


def other_token(client: httpx.Client) -> dict[str, str]:
    return {"X-CSRF-Token": client.get("/api/me/count").json()["csrf"]}


def make_list(page: Running, **body: Any) -> Any:
    response = page.http.post("/api/me/lists", json={"kind": "picks", **body}, headers=token(page))
    assert response.status_code == 200, response.text
    return response.json()


def test_a_list_by_link_shows_titles_and_the_name_alone(page: Running, other: httpx.Client) -> None:
    rate(page, "80")
    made = make_list(page, name="  Zoë <b>\n ", days=7)
    assert made["list"]["films"] == 7
    assert made["url"].startswith(str(page.http.base_url).rstrip("/") + "/list/")
    shown = other.get(made["url"])
    assert shown.status_code == 200
    assert "A list by Zoë &lt;b&gt;" in shown.text
    assert shown.text.index("Robert&#39;); DROP TABLE ratings;--") < shown.text.index("<strong>Heat</strong>")
    (user,) = page.store.users()
    assert user.user_id not in shown.text
    assert "set-cookie" not in shown.headers
    assert shown.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert shown.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex' in shown.text
    assert other.get(made["url"], headers={"If-None-Match": shown.headers.get("etag", "*")}).status_code in (200, 304)


def test_a_list_stays_as_it_was_made(page: Running, other: httpx.Client) -> None:
    rate(page, "80")
    page.http.put("/api/me/watchlist/40", headers=token(page))
    url = make_list(page, kind="watchlist")["url"]
    page.http.delete("/api/me/watchlist/40", headers=token(page))
    assert "Amélie" in other.get(url).text
    favourites = other.get(make_list(page, kind="favourites")["url"])
    assert "七人の侍" in favourites.text
    assert "Amélie" not in favourites.text


def test_a_visitor_makes_a_feed_and_takes_it_back(page: Running, other: httpx.Client) -> None:
    body = {"name": "my reader", "days": 30}
    refused = page.http.post("/api/me/feeds", json=body, headers=token(page))
    assert (refused.status_code, refused.json()["error"]) == (409, "empty")  # nobody has rated anything
    rate(page, "80")
    assert page.http.post("/api/me/feeds", json=body).status_code == 403  # without the token of the page
    made = page.http.post("/api/me/feeds", json=body, headers=token(page)).json()
    assert set(made["addresses"]) == {"atom", "calendar", "radarr", "stremio", "trakt"}
    assert all(url.startswith(str(page.http.base_url).rstrip("/") + "/feed/") for url in made["addresses"].values())
    assert "Robert" in other.get(made["addresses"]["atom"]).text  # the first pick of somebody who loves 80
    assert page.http.get("/api/me/feeds").json()["feeds"] == [made["feed"]]
    assert other.get("/api/me/feeds").json()["feeds"] == []
    path = f"/api/me/feeds/{made['feed']['id']}"
    rated = {"X-CSRF-Token": other.get("/api/me/count").json()["csrf"]}
    assert other.delete(path, headers=rated).status_code == 404  # it is not theirs
    assert page.http.delete(path, headers=token(page)).status_code == 200
    assert other.get(made["addresses"]["atom"]).status_code == 404  # dead at once
    assert page.http.get("/api/me/feeds").json()["feeds"] == []
    assert page.http.delete(path, headers=token(page)).status_code == 404


def test_a_link_ends_when_it_is_taken_back_or_expires(page: Running, other: httpx.Client) -> None:
    rate(page, "80")
    made = make_list(page)
    (listed,) = page.http.get("/api/me/lists").json()["lists"]
    assert listed == made["list"]
    assert made["url"].rsplit("/", 1)[1] not in page.http.get("/api/me/lists").text
    path = f"/api/me/lists/{listed['id']}"
    assert other.delete(path, headers=other_token(other)).status_code == 404  # nobody else's
    assert page.http.delete(path).status_code == 403
    assert page.http.delete(path, headers=token(page)).status_code == 200
    gone = other.get(made["url"])
    assert (gone.status_code, "not shown any more" in gone.text) == (404, True)
    assert gone.headers["x-robots-tag"].startswith("noindex")
    url = make_list(page, days=1)["url"]
    with page.store.backend.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(text("UPDATE links SET expires = :now"), {"now": int(time.time())})
    assert other.get(url).status_code == 404
    assert page.http.get("/api/me/lists").json()["lists"] == []
    for wrong in ("x", "x" * 32, "x" * 33):
        assert other.get(f"/list/{wrong}").status_code in (404, 422), wrong


def test_links_are_bounded_and_go_with_the_person(page: Running, other: httpx.Client) -> None:
    empty = page.http.post("/api/me/lists", json={"kind": "picks"}, headers=token(page))
    assert (empty.status_code, empty.json()["error"]) == (409, "empty")
    rate(page, "80")
    urls = [make_list(page)["url"] for _ in range(shared_lists.MAX_LINKS)]
    refused = page.http.post("/api/me/lists", json={"kind": "picks"}, headers=token(page))
    assert (refused.status_code, refused.json()["error"]) == (409, "links")
    for body in ({"kind": "all"}, {"kind": "picks", "name": "x" * 61}, {"kind": "picks", "days": 3650}):
        assert page.http.post("/api/me/lists", json=body, headers=token(page)).status_code == 422
    assert len(page.http.get("/api/me/everything.json").json()["shared_lists"]) == shared_lists.MAX_LINKS
    assert page.http.delete("/api/me", headers=token(page)).json()["links"] == shared_lists.MAX_LINKS
    assert other.get(urls[0]).status_code == 404


def test_the_card(page: Running) -> None:
    few = page.http.get("/api/me/card.svg")
    assert (few.status_code, few.json()["error"]) == (409, "empty")
    for item, stars in (("10", 5.0), ("20", 4.0), ("50", 2.0)):
        rate(page, item, stars)
    response = page.http.get("/api/me/card.svg", params={"name": "<Zoë> & Co"})
    assert response.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(response.text)
    words = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words[0] == "<Zoë> & Co’s taste in films"
    assert words[1] == "3 films · 3.7 ★ on average"
    # None has three films, so that each counts; they are in the order of their means.
    genres = words[words.index("Favourite genres") + 1 :][:8]
    assert genres == ["Crime", "5.0 ★", "Action", "4.5 ★", "Sci-Fi", "4.0 ★", "Drama", "2.0 ★"]
    assert words[words.index("Decades") + 1 :][:2] == ["1980s", "1990s"]
    (user,) = page.store.users()
    assert user.user_id not in response.text
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))  # three posters, and no id twice
    assert page.http.get("/api/me/card.svg", params={"name": "x" * 41}).status_code == 422


def test_a_card_fits_whatever_it_shows() -> None:
    texts = CardTexts("W" * 200, "s", "g", "d", "f")
    decades = [(f"{decade}s", 1) for decade in range(1880, 2030, 10)]
    svg = taste_card_svg(texts, [("G" * 99, "1.0 ★", 7.0)] * 9, decades, [])
    root = ET.fromstring(svg)
    rects = list(root.iter("{http://www.w3.org/2000/svg}rect"))
    assert all(float(rect.get("x", 0)) + float(rect.get("width", 0)) <= 1200 for rect in rects)
    assert all(float(rect.get("y", 0)) + float(rect.get("height", 0)) <= 630 for rect in rects)
    shown = [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert max(map(len, shown)) == 30


def make_device_link(page: Running) -> str:
    response = page.http.post("/api/me/device", headers={**token(page), "Origin": str(page.http.base_url).rstrip("/")})
    assert response.status_code == 200, response.text
    body = response.json()
    base, _, secret = body["url"].partition("#")
    assert base == str(page.http.base_url).rstrip("/") + "/device"
    assert body["local"] is True
    assert ET.fromstring(body["qr"]).tag.endswith("svg")
    assert 0 < body["expires"] - time.time() <= 600
    return str(secret)


def test_a_session_on_another_device(page: Running, other: httpx.Client) -> None:
    rate(page, "80")
    secret = make_device_link(page)
    body = {"token": secret}
    preview = other.post("/api/me/device/preview", json=body, headers=other_token(other))
    assert preview.json()["theirs"] == {"rated": 1, "seen": 0, "watchlist": 0}
    assert preview.json()["own"] == {"rated": 0, "seen": 0, "watchlist": 0}
    assert "set-cookie" not in preview.headers  # looking changes nothing
    accepted = other.post("/api/me/device/accept", json={**body, "own": "add"}, headers=other_token(other))
    assert accepted.status_code == 200
    assert other.cookies == page.http.cookies
    assert [film["film"]["id"] for film in other.get("/api/me").json()["rated"]] == ["80"]
    again = page.http.post("/api/me/device/accept", json={**body, "own": "add"}, headers=token(page))
    assert (again.status_code, again.json()["error"]) == (404, "unknown-link")  # once


@pytest.mark.parametrize(("own", "expected"), [("add", {"80": 5.0, "10": 3.0}), ("delete", {"80": 5.0})])
def test_what_the_other_browser_had(page: Running, other: httpx.Client, own: str, expected: dict[str, float]) -> None:
    rate(page, "80")
    for item, stars in (("80", 1.0), ("10", 3.0)):
        other.put(f"/api/me/ratings/{item}", json={"stars": stars}, headers=other_token(other))
    other.put("/api/me/watchlist/40", headers=other_token(other))
    body = {"token": make_device_link(page)}
    preview = other.post("/api/me/device/preview", json=body, headers=other_token(other)).json()
    assert preview["own"] == {"rated": 2, "seen": 0, "watchlist": 1}
    assert page.store.counts().users == 2
    other.post("/api/me/device/accept", json={**body, "own": own}, headers=other_token(other))
    (user,) = page.store.users()  # nobody is left behind whom no browser can delete
    person = page.store.person(user.user_id)
    assert person is not None
    assert {item: rating.stars for item, rating in person.ratings.items()} == expected
    assert person.watchlist == ({"40"} if own == "add" else frozenset())


def test_a_link_to_a_device_works_once_and_not_for_long(page: Running, other: httpx.Client) -> None:
    nothing = page.http.post("/api/me/device", headers=token(page))
    assert (nothing.status_code, nothing.json()["error"]) == (409, "empty")
    rate(page, "80")
    old, secret = make_device_link(page), make_device_link(page)
    headers = other_token(other)
    assert other.post("/api/me/device/preview", json={"token": old}, headers=headers).status_code == 404
    with page.store.backend.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(text("UPDATE links SET expires = :now"), {"now": int(time.time())})
    accept = {"token": secret, "own": "delete"}
    assert other.post("/api/me/device/accept", json=accept, headers=headers).status_code == 404
    secret = make_device_link(page)

    def take(_: int) -> int:
        with httpx.Client(base_url=page.http.base_url, timeout=120) as client:
            body = {"token": secret, "own": "add"}
            return client.post("/api/me/device/accept", json=body, headers=other_token(client)).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(take, range(6))) == [200] + [404] * 5


def test_no_other_page_can_plant_a_session(page: Running, other: httpx.Client) -> None:
    rate(page, "80")
    accept = {"token": make_device_link(page), "own": "delete"}
    for headers in ({}, {"X-CSRF-Token": "first", "Sec-Fetch-Site": "cross-site"}, {"X-CSRF-Token": "wrong"}):
        refused = other.post("/api/me/device/accept", json=accept, headers=headers)
        assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
    assert other.get("/device").status_code == 200  # opening the address does nothing
    assert not other.cookies
    assert other.post("/api/me/device/accept", json=accept, headers=other_token(other)).status_code == 200


def test_who_reads_the_store_can_use_neither_session_nor_link(page: Running) -> None:
    rate(page, "80")
    secret = make_device_link(page)
    (cookie,) = page.http.cookies.values()
    with page.store.backend.engine.connect() as connection:  # type: ignore[attr-defined]
        rows = repr(connection.execute(text("SELECT * FROM links")).all())
    assert secret not in rows
    assert cookie not in rows
    sealed = seal(cookie, secret)
    assert unseal(sealed, secret) == cookie
    assert unseal(sealed, secret + "x") != cookie
    with pytest.raises(ApiError):
        seal("x" * 65, secret)
    assert unseal("not base64!", secret) == ""


def test_the_address_behind_a_proxy(page: Running) -> None:
    rate(page, "80")
    host = page.http.base_url.netloc.decode()
    for origin, expected in ((f"https://{host}", f"https://{host}"), ("https://evil.example", f"http://{host}")):
        response = page.http.post("/api/me/device", headers={**token(page), "Origin": origin})
        if response.status_code == 200:  # a foreign origin may be refused altogether
            assert response.json()["url"].startswith(f"{expected}/device#")
    assert device_transfer.LIFETIME == 600
