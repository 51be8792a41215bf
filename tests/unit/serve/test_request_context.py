"""What is known of the request in progress, and what it says when it fails or its client is gone."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from reelgraph.serve.errors import ApiError
from reelgraph.serve.middleware.client import client_network, scope_network
from reelgraph.serve.middleware.head_requests import HeadRequests
from reelgraph.serve.middleware.request_context import RequestContext, RequestContextMiddleware, current_request
from reelgraph.serve.middleware.unhandled_errors import UnhandledErrorMiddleware
from tests.unit.serve.middleware_calls import Inner, ask, pass_lifespan


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
