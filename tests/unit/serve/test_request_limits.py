"""Requests, bodies and uploads are bounded, for each client and in all."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.types import Message, Receive, Scope, Send

from reelgraph.serve.errors import ApiError
from reelgraph.serve.middleware.client import scope_network
from reelgraph.serve.middleware.limits import BodyLimit, RateLimit
from reelgraph.serve.middleware.upload_limit import UploadLimit
from tests.unit.serve.middleware_calls import Answer, Inner, answer_of, ask, pass_lifespan, scope_of


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
