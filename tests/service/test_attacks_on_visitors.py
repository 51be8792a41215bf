"""Pages of other sites, planted sessions, deletions in a race, and visitors without end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from reelgraph.serve.middleware.client import client_network
from reelgraph.serve.web.session import VisitorSession
from tests.service.conftest import Running, Start
from tests.service.test_safety import problem, send

EVIL = "https://evil.example"
HTTPS = {"X-Forwarded-Proto": "https"}  # of the proxy on this machine, which is trusted


Visitor = Callable[..., httpx.Client]


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    """Makes browsers with sessions of their own."""
    with contextlib.ExitStack() as stack:

        def new_visitor(service: Running, **headers: str) -> httpx.Client:
            client = httpx.Client(base_url=service.http.base_url, timeout=120, headers=headers)
            return stack.enter_context(client)

        yield new_visitor


def rate(client: httpx.Client, item: str = "30", **headers: str) -> httpx.Response:
    token = client.get("/api/me/count").json()["csrf"]
    return client.put(f"/api/me/ratings/{item}", json={"stars": 5}, headers={"X-CSRF-Token": token, **headers})


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/admin/reload", {}),
    ("POST", "/api/import", {"files": {"file": ("mine.csv", b"Name,Year,Rating\nHeat,1995,4.5\n")}}),
    ("POST", "/api/session/recommend", {"json": {}}),
    ("DELETE", "/api/users/ann", {}),
    ("PUT", "/api/users/ann/seen/10", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_page_of_another_site_changes_nothing_in_open_mode(
    service: Running, method: str, path: str, body: dict[str, Any]
) -> None:
    own = f"http://{service.http.base_url.netloc.decode()}"
    for foreign in (
        {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:1"},
        {"Origin": EVIL},  # an old browser
        {"Origin": "null"},
        {"Origin": f"{own}0"},
        {"Origin": "http://["},
    ):
        refused = service.http.request(method, path, headers=foreign, **body)
        assert problem(refused, 403)["error"] == "cross-site", foreign
    for allowed in ({}, {"Origin": own}, {"Sec-Fetch-Site": "same-origin", "Origin": own}, {"Sec-Fetch-Site": "none"}):
        assert service.http.request(method, path, headers=allowed, **body).status_code == 200, allowed


def test_the_public_name_is_an_origin_of_its_own(start: Start) -> None:
    service = start(open=True, hosts=("films.example", "127.0.0.1"))
    for origin, status in (("https://films.example", 200), ("https://films.example:444", 403), (EVIL, 403)):
        assert service.http.post("/api/admin/reload", headers={"Origin": origin}).status_code == status


def test_the_token_is_checked_before_the_body_is_read(service: Running) -> None:
    head = (
        b"POST /api/me/import HTTP/1.1\r\nHost: localhost\r\nX-CSRF-Token: guessed\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 30000000\r\n\r\n"
    )
    assert send(service, head).startswith(b"HTTP/1.1 403 ")  # and nothing of the body was sent


@pytest.mark.parametrize(
    "secret", ["a", "x" * 42, "x" * 44, "x" * 42 + "b", "x" * 42 + "=", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 43]
)
def test_a_cookie_that_the_service_cannot_have_made_is_no_session(service: Running, secret: str) -> None:
    headers = {"Cookie": f"reelgraph={secret}".encode(), "X-CSRF-Token": VisitorSession(secret).csrf_token.encode()}
    refused = service.http.put("/api/me/ratings/30", json={"stars": 5}, headers=headers)  # type: ignore[arg-type]
    assert problem(refused, 403)["error"] == "csrf"
    assert service.http.get("/api/me/count", headers=headers).json()["csrf"] == "first"  # type: ignore[arg-type]
    assert service.store.counts().users == 0


def test_over_https_the_cookie_is_bound_to_the_host(service: Running, visitor: Visitor) -> None:
    response = rate(visitor(service, **HTTPS))
    name_and_value, *attributes = response.headers["set-cookie"].split("; ")
    name, secret = name_and_value.split("=")
    assert name == "__Host-reelgraph"
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(attributes)
    assert not [attribute for attribute in attributes if attribute.startswith("Domain")]
    for cookie, is_known in (("__Host-reelgraph", True), ("reelgraph", False)):
        known = service.http.get("/api/me", headers={**HTTPS, "Cookie": f"{cookie}={secret}"}).json()["known"]
        assert known == is_known, cookie


def test_https_is_kept_to_and_plain_http_does_not_speak_of_it(service: Running) -> None:
    assert service.http.get("/", headers=HTTPS).headers["strict-transport-security"] == "max-age=31536000"
    assert service.http.get("/nowhere", headers=HTTPS).headers["strict-transport-security"]
    assert "strict-transport-security" not in service.http.get("/").headers


def test_after_a_deletion_the_old_session_writes_nothing(service: Running, visitor: Visitor) -> None:
    browser = visitor(service)
    rate(browser)
    cookie = {"Cookie": f"reelgraph={browser.cookies['reelgraph']}"}
    token = {"X-CSRF-Token": VisitorSession(browser.cookies["reelgraph"]).csrf_token}
    assert browser.delete("/api/me", headers=token).json()["ratings"] == 1
    for method, path, body in (
        ("PUT", "/api/me/ratings/30", {"json": {"stars": 5}}),
        ("PUT", "/api/me/watchlist/30", {}),
        ("POST", "/api/me/import", {"files": {"file": ("mine.csv", b"Name,Year,Rating\nHeat,1995,4.5\n")}}),
    ):
        late = service.http.request(method, path, headers={**cookie, **token}, **body)  # type: ignore[arg-type]
        assert problem(late, 410)["error"] == "deleted"
        assert "set-cookie" not in late.headers  # the browser is told at its next request why
    assert service.store.counts().users == 0
    assert rate(browser).status_code == 200  # as somebody new
    assert service.store.counts().ratings == 1


def test_ratings_in_flight_with_a_deletion_are_gone(start: Start, visitor: Visitor) -> None:
    service = start(open=True, threads=8)
    for _ in range(12):
        browser = visitor(service)
        rate(browser)
        headers = {
            "Cookie": f"reelgraph={browser.cookies['reelgraph']}",
            "X-CSRF-Token": VisitorSession(browser.cookies["reelgraph"]).csrf_token,
        }
        together, statuses = threading.Barrier(9), list[int]()

        def write(item: int, headers: dict[str, str] = headers, together: threading.Barrier = together) -> None:
            with httpx.Client(base_url=service.http.base_url, timeout=120, headers=headers) as client:
                client.get("/api/health/live")
                together.wait()
                response = client.put(f"/api/me/ratings/{item}", json={"stars": 5})
                statuses.append(response.status_code)  # noqa: B023

        threads = [threading.Thread(target=write, args=(10 * item,)) for item in range(1, 9)]
        for thread in threads:
            thread.start()
        together.wait()
        assert service.http.request("DELETE", "/api/me", headers=headers).status_code == 200
        for thread in threads:
            thread.join()
        assert set(statuses) <= {200, 410}
        assert service.store.counts().users == 0


def test_a_visitor_whom_the_operator_deleted_does_not_come_back(service: Running, visitor: Visitor) -> None:
    browser = visitor(service)
    rate(browser)
    (user,) = service.store.users()
    assert service.http.delete(f"/api/users/{user.user_id}").status_code == 200
    problem(rate(browser), 410)
    rating = {"user_id": user.user_id, "item_id": "50", "stars": 5}
    problem(service.http.post("/api/ratings", json=[rating]), 410)
    assert service.http.post("/api/ratings", json=[{**rating, "user_id": "ann"}]).status_code == 200
    service.http.delete("/api/users/ann")
    assert service.http.post("/api/ratings", json=[{**rating, "user_id": "ann"}]).status_code == 200  # its own ids


def test_one_address_brings_so_many_new_visitors_and_no_more(start: Start, visitor: Visitor) -> None:
    service = start(guests_per_hour=3)
    regular = visitor(service)
    assert rate(regular).status_code == 200
    first = {"X-CSRF-Token": "first"}
    assert [rate(visitor(service)).status_code for _ in range(2)] == [200, 200]
    made_up = VisitorSession.new()
    cookies = {"Cookie": f"reelgraph={made_up.secret}", "X-CSRF-Token": made_up.csrf_token}
    export = {"file": ("mine.csv", b"Name,Year,Rating\nHeat,1995,4.5\n")}
    for response in (
        rate(visitor(service)),
        service.http.put("/api/me/ratings/30", json={"stars": 5}, headers=cookies),
        service.http.put("/api/me/watchlist/30", headers=first),
        service.http.post("/api/me/import", files=export, headers=first),
    ):
        assert problem(response, 429)["error"] == "too-many-guests"
        assert int(response.headers["retry-after"]) > 60
        assert "set-cookie" not in response.headers
    assert service.store.counts().users == 3
    assert rate(regular, "40").status_code == 200  # who is known already is not counted
    other = visitor(service, **{"X-Forwarded-For": "203.0.113.9"})
    assert rate(other).status_code == 200


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("x" * 1000, "x" * 100),
    ],
)
def test_one_client_is_an_address_or_the_smallest_network_of_ipv6(address: str, client: str) -> None:
    assert client_network(address) == client


def test_every_answer_to_a_deleted_person_says_so_until_they_have_let_go(service: Running, visitor: Visitor) -> None:
    """A second device with the same session: it is to drop its copies at its next contact, whatever it asks for."""
    browser, other = visitor(service), visitor(service)
    rate(browser)
    secret = browser.cookies["reelgraph"]
    session = {"Cookie": f"reelgraph={secret}"}
    paths = ("/api/me", "/api/me/count", "/api/me/picks", "/api/me/diary", "/api/me/map", "/api/me/tonight")
    for path in paths:
        assert "x-session-ended" not in other.get(path, headers=session).headers, path
        assert "x-session-ended" not in other.get(path).headers, path  # of nobody
    token = {"X-CSRF-Token": VisitorSession(secret).csrf_token}
    browser.delete("/api/me", headers=token)
    for path in paths:
        assert other.get(path, headers=session).headers["x-session-ended"] == token["X-CSRF-Token"], path
    let_go = other.delete("/api/me", headers={**session, **token})
    assert (let_go.json()["ratings"], let_go.headers["set-cookie"][:12]) == (0, 'reelgraph=""')
    assert "x-session-ended" not in other.get("/api/me", headers={"Cookie": "reelgraph=short"}).headers
