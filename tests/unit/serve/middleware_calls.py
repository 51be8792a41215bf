"""Requests through one part of the middleware, and what the application behind it saw."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
