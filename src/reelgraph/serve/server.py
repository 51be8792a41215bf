"""The server process: one worker, on uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reelgraph.serve import logs
from reelgraph.serve.app import create_app
from reelgraph.serve.settings import ServeSettings
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.store import open_store

_HEAD_SECONDS = 10.0  # from the first byte of a connection to the end of a request's head
_KEEP_SECONDS = 20  # an idle connection is kept
_CONNECTIONS = 1_000  # at once
_LAST_SECONDS = 20  # for requests under way when told to stop


class HeaderTimeoutProtocol(HttpToolsProtocol):
    """Lets go of clients that connect and do not finish the head of a request."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait so long for the first head."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """A request begins: its head has so long to come."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._calm()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for."""
        self._calm()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._calm()
        self._late = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()


def config(app: FastAPI, settings: ServeSettings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=HeaderTimeoutProtocol,
        access_log=False,
        server_header=False,
        log_config=None,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_KEEP_SECONDS,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )


class _AnnouncingServer(uvicorn.Server):
    """Tells its address once it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[str], None]) -> None:
        super().__init__(config)
        self._told = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            self._told(f"http://{host}:{port}/")


def run(settings: ServeSettings, started: Callable[[str], None]) -> None:
    """Load the bundle, open the store and serve until told to stop.

    Args:
        settings: of the operator.
        started: told the address once it answers.

    Raises:
        BundleError: the bundle is missing or damaged.
        StoreError: the store cannot be opened.
    """
    logs.set_up(logging.DEBUG if settings.access_log else logging.INFO)
    models = BundleHolder(settings.bundle)
    with contextlib.closing(open_store(settings.store)) as store, contextlib.suppress(KeyboardInterrupt):
        _AnnouncingServer(config(create_app(settings, store, models), settings), started).run()
