"""Each guard of the service alone, in front of an application of three lines: what passes, and what is answered."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgraph.serve.errors import ApiError
from reelgraph.serve.middleware.client import client_network, scope_network
from reelgraph.serve.middleware.cross_site import CrossSiteGuard
from reelgraph.serve.middleware.head_requests import HeadRequests
from reelgraph.serve.middleware.limits import AllowedHosts, BodyLimit, RateLimit
from reelgraph.serve.middleware.request_context import RequestContext, RequestContextMiddleware, current_request
from reelgraph.serve.middleware.security_headers import CONTENT_SECURITY_POLICY, SecurityHeaders
from reelgraph.serve.middleware.unhandled_errors import UnhandledErrorMiddleware
from reelgraph.serve.middleware.upload_limit import UploadLimit
from reelgraph.serve.web.session import COOKIE, SECURE_COOKIE, CsrfGuard, VisitorSession

HOST = ("host", "films.example")


@dataclass
class Inner:
    """An application that reads the body, answers 200 and counts."""

    headers: dict[str, str] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    received: bytes = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] != "http":
            return
        more = True
        while more:
            message = await receive()
            self.received += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"fine"})


@dataclass
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """The body of an error."""
        assert self.headers["content-type"] == "application/json"
        return dict(json.loads(self.body))


def scope_of(method: str, path: str, headers: tuple[tuple[str, str], ...], scheme: str, client: str) -> Scope:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {
        "type": "http", "method": method, "path": path, "headers": raw, "scheme": scheme, "client": (client, 1),
        "server": ("films.example", 80), "query_string": b"", "http_version": "1.1", "root_path": "",
    }  # fmt: skip


async def answer_of(app: ASGIApp, scope: Scope, *chunks: bytes) -> Answer:
    messages: list[Message] = []
    parts = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    parts = [*parts[:-1], {"type": "http.request", "body": chunks[-1] if chunks else b"", "more_body": False}]

    async def receive() -> Message:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    assert [message["type"] for message in messages] == ["http.response.start", "http.response.body"]
    headers = {name.decode().lower(): value.decode() for name, value in messages[0]["headers"]}
    assert len(headers) == len(messages[0]["headers"])  # none twice
    return Answer(messages[0]["status"], headers, messages[1]["body"])


def ask(
    app: ASGIApp, method: str = "GET", path: str = "/", *headers: tuple[str, str], body: tuple[bytes, ...] = (),
    scheme: str = "http", client: str = "10.0.0.1",
) -> Answer:  # fmt: skip
    return asyncio.run(answer_of(app, scope_of(method, path, headers, scheme, client), *body))


def pass_lifespan(guard: Any, inner: Inner) -> None:
    """What is no HTTP request is passed on as it is."""
    scope = {"type": "lifespan"}
    asyncio.run(guard(scope, None, None))
    assert inner.scopes[-1] is scope


@pytest.mark.parametrize(
    ("method", "headers", "passes"),
    [
        ("POST", (), True),  # a program
        ("POST", (("sec-fetch-site", "same-origin"),), True),
        ("POST", (("sec-fetch-site", "none"),), True),
        ("POST", (("sec-fetch-site", "cross-site"),), False),
        ("DELETE", (("sec-fetch-site", "same-site"),), False),
        ("GET", (("sec-fetch-site", "cross-site"),), True),
        ("HEAD", (("origin", "https://evil.example"),), True),
        ("OPTIONS", (("origin", "https://evil.example"),), True),
        ("POST", (("origin", "https://evil.example"),), False),
        ("POST", (("origin", "https://films.example"),), True),
        ("POST", (("origin", "https://FILMS.example"),), True),
        ("POST", (("origin", "https://films.example:8443"),), False),  # another port is another origin
        ("PUT", (("origin", "https://watch.example"),), True),  # a public name
        ("PUT", (("origin", "null"),), False),
        ("PUT", (("origin", "https://[broken"),), False),
        ("PUT", (("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")), True),  # the first decides
        ("PUT", (("sec-fetch-site", "cross-site"), ("origin", "https://films.example")), False),
    ],
)
def test_changes_from_pages_of_other_sites_are_refused(method: str, headers: Any, passes: bool) -> None:
    inner = Inner()
    answer = ask(CrossSiteGuard(inner, ["Watch.Example"]), method, "/api/ratings", HOST, *headers)
    assert (answer.status == 200) is passes is bool(inner.scopes)
    if not passes:
        assert answer.status == 403
        assert answer.headers["connection"] == "close"  # the body is not read
        assert answer.error == {
            "error": "cross-site", "detail": "this change does not come from a page of this service",
            "hint": "load the page again",
        }  # fmt: skip


def test_a_request_without_a_host_has_no_origin_of_its_own() -> None:
    assert ask(CrossSiteGuard(Inner(), []), "POST", "/", ("origin", "https://films.example")).status == 403
    inner = Inner()
    pass_lifespan(CrossSiteGuard(inner, []), inner)


@pytest.mark.parametrize(
    ("host", "path", "passes"),
    [
        ("films.example", "/", True),
        ("Films.EXAMPLE:8000", "/", True),
        ("[::1]:8000", "/", True),
        ("[::1]", "/", True),
        ("evil.example", "/", False),
        ("films.example.evil", "/", False),
        ("", "/", False),
        ("evil.example", "/metrics", True),
        ("evil.example", "/api/health/live", True),
        ("evil.example", "/api/health/ready", True),
        ("evil.example", "/metrics/", False),
    ],
)
def test_host_names(host: str, path: str, passes: bool) -> None:
    inner = Inner()
    answer = ask(AllowedHosts(inner, ("FILMS.example", "[::1]")), "GET", path, ("accept", "*/*"), ("host", host))
    assert (answer.status == 200) is passes is bool(inner.scopes)
    if not passes:
        assert answer.status == 421
        assert answer.error == {
            "error": "misdirected", "detail": "this service has another host name", "hint": "see the option --host-name"
        }  # fmt: skip


def test_without_names_any_host_is_answered() -> None:
    inner = Inner()
    assert ask(AllowedHosts(inner, ()), "GET", "/", ("host", "any.example")).status == 200
    assert ask(AllowedHosts(inner, ("films.example",)), "GET", "/").status == 421  # no header at all
    pass_lifespan(AllowedHosts(inner, ("films.example",)), inner)


def test_requests_above_the_rate_are_refused_until_the_bucket_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("reelgraph.serve.middleware.limits.time.monotonic", lambda: now[0])
    refusals: list[int] = []
    inner = Inner()
    limit = RateLimit(inner, 0.5, 2, lambda scope: str(scope["client"][0]), lambda: refusals.append(1))
    assert [ask(limit).status for _ in range(3)] == [200, 200, 429]
    answer = ask(limit)
    assert answer.headers["retry-after"] == "2"  # seconds for one request at half a request a second
    assert answer.error == {
        "error": "too-many-requests", "detail": "more requests than allowed", "hint": "wait a little"
    }  # fmt: skip
    assert len(refusals) == 2
    assert ask(limit, client="10.0.0.2").status == 200
    now[0] += 2
    assert [ask(limit).status for _ in range(2)] == [200, 429]
    pass_lifespan(limit, inner)
    assert ask(RateLimit(inner, 0, 2, scope_network, lambda: refusals.append(1))).status == 200  # no limit
    assert len(refusals) == 3


def test_bodies_are_bounded_by_their_declared_and_their_real_length() -> None:
    limit = BodyLimit(Inner(), 10, 20, 60.0)
    assert ask(limit, "POST", "/a", body=(b"12345", b"67890")).status == 200
    assert ask(limit, "POST", "/a", ("content-length", "10"), body=(b"1234567890",)).status == 200
    too_long = [
        ask(limit, "POST", "/a", body=(b"12345", b"678901")),
        ask(limit, "POST", "/a", ("content-length", "11"), body=(b"12345678901",)),
        ask(limit, "DELETE", "/a", ("content-length", "many"), body=(b"12345678901",)),
    ]
    for answer in too_long:
        assert answer.status == 413
        assert answer.headers["connection"] == "close"
        assert answer.error == {
            "error": "too-large", "detail": "the body has more than 10 bytes", "hint": "send less at once"
        }  # fmt: skip
    assert ask(limit, "POST", "/api/import", body=(b"x" * 20,)).status == 200
    assert ask(limit, "POST", "/api/me/import", body=(b"x" * 20,)).status == 200
    assert "more than 20 bytes" in ask(limit, "POST", "/api/import", body=(b"x" * 21,)).error["detail"]
    assert ask(limit, "GET", "/a", ("content-length", "11")).status == 200  # nothing of it is read
    inner = Inner()
    pass_lifespan(BodyLimit(inner, 10, 20, 60.0), inner)


def test_a_body_that_takes_too_long_is_refused() -> None:
    async def run(seconds: float, wait: float) -> list[Message]:
        messages: list[Message] = []

        async def receive() -> Message:
            await asyncio.sleep(wait)
            return {"type": "http.request", "body": b"x", "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await BodyLimit(Inner(), 10, 20, seconds)(scope_of("POST", "/a", (), "http", "a"), receive, send)
        return messages

    start, body = asyncio.run(run(0.01, 5.0))
    assert start["status"] == 408
    assert json.loads(body["body"])["error"] == "slow"
    assert json.loads(body["body"])["detail"] == "the body took too long to arrive"
    assert (b"connection", b"close") in start["headers"]
    assert asyncio.run(run(30.0, 0.0))[0]["status"] == 200


def test_after_the_body_the_end_of_the_connection_is_waited_for_without_a_limit() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b"x"
        assert (await receive())["type"] == "http.disconnect"
        raise ApiError(499, "gone", "gone")

    answer = ask(BodyLimit(late, 1, 1, 60.0), "POST", "/a", body=(b"x",))
    assert (answer.status, answer.error["error"]) == (499, "gone")

    async def begun(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ApiError(413, "late", "late")

    with pytest.raises(ApiError, match="late"):  # a response that has begun cannot become another
        ask(BodyLimit(begun, 1, 1, 60.0), "POST", "/a")


def test_uploads_under_way_are_bounded_in_all_and_for_each_client() -> None:
    refusals: list[int] = []
    release = [asyncio.Event]

    async def run() -> None:
        gate = release[0]()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await gate.wait()
            await Inner()(scope, receive, send)

        limit = UploadLimit(slow, 4, lambda scope: str(scope["client"][0]), lambda: refusals.append(1))

        def upload(client: str, path: str = "/api/import", method: str = "POST") -> asyncio.Task[Answer]:
            return asyncio.ensure_future(answer_of(limit, scope_of(method, path, (), "http", client)))

        running = [upload("a"), upload("a", "/api/me/import"), upload("b")]
        await asyncio.sleep(0)
        busy = await upload("a")  # two of four are one client's share
        assert busy.status == 429
        assert (busy.headers["retry-after"], busy.headers["connection"]) == ("5", "close")
        assert busy.error == {
            "error": "busy", "detail": "too many uploads at once", "hint": "try again in a moment"
        }  # fmt: skip
        running.append(upload("b"))
        await asyncio.sleep(0)
        assert (await upload("c")).status == 429  # four of four
        assert len(refusals) == 2
        running += [upload("a", "/api/ratings"), upload("a", method="PUT")]  # no uploads
        gate.set()
        assert [(await task).status for task in running] == [200] * 6
        assert [(await upload("a")).status for _ in range(3)] == [200] * 3  # their places are free again

    asyncio.run(run())
    inner = Inner()
    pass_lifespan(UploadLimit(inner, 1, scope_network, lambda: None), inner)
    assert ask(UploadLimit(inner, 1, scope_network, lambda: None), "POST", "/api/import").status == 200  # at least one


def test_security_headers_of_pages_files_and_https() -> None:
    page = ask(SecurityHeaders(Inner({"Content-Type": "text/html"})), "GET", "/films")
    assert page.headers == {
        "content-type": "text/html",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "cache-control": "no-store",
    }
    file = ask(SecurityHeaders(Inner({"cache-control": "max-age=60"})), "GET", "/static/page.js", scheme="https")
    assert file.headers == {
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": "default-src 'none'; img-src 'self'; frame-ancestors 'none'",
        "cache-control": "max-age=60",
    }
    https = ask(SecurityHeaders(Inner()), "GET", "/", scheme="https")
    assert https.headers["strict-transport-security"] == "max-age=31536000"
    inner = Inner()
    pass_lifespan(SecurityHeaders(inner), inner)


def test_head_is_get_without_a_body() -> None:
    inner = Inner({"x-kept": "1"})
    answer = ask(HeadRequests(inner), "HEAD", "/a")
    assert (answer.status, answer.headers, answer.body) == (200, {"x-kept": "1"}, b"")
    assert (inner.scopes[-1]["method"], inner.scopes[-1]["path"]) == ("GET", "/a")
    assert ask(HeadRequests(inner), "GET", "/a").body == b"fine"
    pass_lifespan(HeadRequests(inner), inner)


def test_an_unhandled_error_is_500_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/late":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError("a secret")

    answer = ask(UnhandledErrorMiddleware(broken), "GET", "/early")
    assert answer.status == 500
    assert answer.error == {
        "error": "internal", "detail": "an internal error occurred", "hint": "the log of the service has the details"
    }  # fmt: skip
    assert [record.message for record in caplog.records] == ["unhandled error"]
    assert "a secret" in caplog.text
    with pytest.raises(ZeroDivisionError):
        ask(UnhandledErrorMiddleware(broken), "GET", "/late")
    with pytest.raises(ZeroDivisionError):
        asyncio.run(UnhandledErrorMiddleware(broken)({"type": "lifespan", "path": "/"}, None, None))  # type: ignore[arg-type]
    assert ask(UnhandledErrorMiddleware(Inner())).body == b"fine"


def test_a_client_is_an_address_or_the_network_of_a_customer() -> None:
    assert client_network("192.0.2.7") == "192.0.2.7"
    assert client_network("2001:db8:1:2:3:4:5:6") == client_network("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert client_network("fe80::1%eth0") == "fe80::/64"
    assert client_network("::ffff:192.0.2.7") == "192.0.2.7"
    assert client_network("x" * 300) == "x" * 100
    assert scope_network({"client": ("192.0.2.7", 80)}) == "192.0.2.7"
    assert scope_network({"client": None}) == scope_network({}) == ""


def test_the_request_in_progress_is_known_within_it() -> None:
    seen: list[RequestContext] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(current_request.get())
        assert seen[-1].receive is receive
        await Inner()(scope, receive, send)

    assert ask(RequestContextMiddleware(app, scope_network), client="192.0.2.7").status == 200
    assert seen[0].client == "192.0.2.7"
    inner = Inner()
    pass_lifespan(RequestContextMiddleware(inner, scope_network), inner)


def test_work_ends_when_the_client_hangs_up() -> None:
    async def run() -> None:
        hung_up, ended = asyncio.Event(), []

        async def receive() -> Message:
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def work(seconds: float) -> str:
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise
            return "done"

        context = RequestContext("a", receive)
        assert await context.unless_hung_up(work(0.0)) == "done"
        asyncio.get_running_loop().call_later(0.01, hung_up.set)
        with pytest.raises(ApiError, match="the client closed the connection") as raised:
            await context.unless_hung_up(work(30.0))
        assert (raised.value.status_code, raised.value.error) == (499, "hung-up")
        await asyncio.sleep(0)
        assert ended == ["cancelled"]

    asyncio.run(run())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_visitor_changes_with_the_token_of_their_session_only(scheme: str) -> None:
    inner, session, other = Inner(), VisitorSession.new(), VisitorSession.new()
    name, wrong_name = (SECURE_COOKIE, COOKIE) if scheme == "https" else (COOKIE, SECURE_COOKIE)
    cookie = ("cookie", f"{name}={session.secret}")

    def change(*headers: tuple[str, str], method: str = "PUT", path: str = "/api/me/ratings/1") -> Answer:
        return ask(CsrfGuard(inner), method, path, *headers, scheme=scheme)

    assert change(cookie, ("x-csrf-token", session.csrf_token)).status == 200
    refused = [
        change(cookie),
        change(cookie, ("x-csrf-token", other.csrf_token)),
        change(cookie, ("x-csrf-token", "first")),  # the token before there is a session
        change(cookie, ("x-csrf-token", "\xe9")),
        change(("cookie", f"{wrong_name}={session.secret}"), ("x-csrf-token", session.csrf_token)),
        change(("cookie", f"{name}=chosen"), ("x-csrf-token", VisitorSession("chosen").csrf_token)),  # not of ours
    ]
    for answer in refused:
        assert answer.status == 403
        assert answer.headers["connection"] == "close"
        assert answer.error == {
            "error": "csrf", "detail": "this change does not come from the page", "hint": "load the page again"
        }  # fmt: skip
    assert change(("x-csrf-token", "first")).status == 200  # no session yet
    assert change(cookie, method="GET").status == 200
    assert change(cookie, path="/api/ratings").status == 200  # not a visitor's route; it has keys
    pass_lifespan(CsrfGuard(inner), inner)
