"""Guards against other sites, other hosts and other sessions, in front of an application of three lines."""

from __future__ import annotations

from typing import Any

import pytest

from reelgraph.serve.middleware.cross_site import CrossSiteGuard
from reelgraph.serve.middleware.limits import AllowedHosts
from reelgraph.serve.middleware.security_headers import CONTENT_SECURITY_POLICY, SecurityHeaders
from reelgraph.serve.web.session import COOKIE, SECURE_COOKIE, CsrfGuard, VisitorSession
from tests.unit.serve.middleware_calls import HOST, Answer, Inner, ask, pass_lifespan


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
