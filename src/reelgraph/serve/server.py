"""The server process, on uvicorn."""

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
from reelgraph.serve.warm_up import warm_up
from reelgraph.serve.workers import run_workers
from reelgraph.store import open_store

_HEADER_SECONDS = 10.0  # from the first byte of a connection to the end of the request's headers
_KEEP_ALIVE_SECONDS = 20  # of an idle connection
_MAX_CONNECTIONS = 1_000
_SHUTDOWN_SECONDS = 20  # for the requests in progress


class HeaderTimeoutProtocol(HttpToolsProtocol):
    """Closes the connection of a client that does not finish the headers of its request in time."""

    _timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the timeout of the first request."""
        super().connection_made(transport)
        self._start_timeout()

    def on_message_begin(self) -> None:
        """Start the timeout of a further request."""
        super().on_message_begin()
        self._start_timeout()

    def on_headers_complete(self) -> None:
        """The headers are complete: stop the timeout."""
        self._stop_timeout()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed: stop the timeout."""
        self._stop_timeout()
        super().connection_lost(exc)

    def _start_timeout(self) -> None:
        self._stop_timeout()
        self._timeout = self.loop.call_later(_HEADER_SECONDS, self.transport.close)

    def _stop_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()


def config(app: FastAPI, settings: ServeSettings) -> uvicorn.Config:
    """The configuration of uvicorn."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=HeaderTimeoutProtocol,
        access_log=False,
        server_header=False,
        log_config=None,
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


class _AnnouncingServer(uvicorn.Server):
    """Calls ``on_started`` with its address as soon as it answers."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[str], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then announce the address."""
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            self._on_started(f"http://{host}:{port}/")


def run(settings: ServeSettings, started: Callable[[str], None]) -> None:
    """Load the bundle, open the store and serve until a signal ends the process, with one worker or several.

    Args:
        settings: of the operator.
        started: called with the address as soon as the service answers.

    Raises:
        BundleError: the bundle is missing or damaged.
        StoreError: the store cannot be opened.
        WorkerError: a worker of several could not start.
    """
    if settings.workers > 1:
        run_workers(serve_on, settings, started)
    else:
        serve_on(settings, None, started)


def serve_on(settings: ServeSettings, listening: socket.socket | None, started: Callable[[str], None]) -> None:
    """As `run` with one worker, on a socket that listens already, or on a new one.

    Args:
        settings: of the operator.
        listening: the socket; None for a new one on the address of the settings.
        started: called with the address as soon as the service answers.
    """
    logs.set_up(logging.DEBUG if settings.access_log else logging.INFO)
    bundles = BundleHolder(settings.bundle, warm_up, settings.seen_weight)
    with contextlib.closing(open_store(settings.store)) as store, contextlib.suppress(KeyboardInterrupt):
        server = _AnnouncingServer(config(create_app(settings, store, bundles), settings), started)
        server.run(None if listening is None else [listening])
