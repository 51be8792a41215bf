"""The server process, on uvicorn."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import uvicorn
from fastapi import FastAPI

from reelgraph.bundle import read_manifest
from reelgraph.core.display import counted
from reelgraph.serve import logs
from reelgraph.serve.app import create_app
from reelgraph.serve.connections import ConnectionTable
from reelgraph.serve.protocol import BoundedProtocol
from reelgraph.serve.settings import ServeSettings
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.stored_items import StoredItems
from reelgraph.serve.warm_up import first_answers, further_answers, warm_up
from reelgraph.serve.workers import run_workers
from reelgraph.store import open_store

_KEEP_ALIVE_SECONDS = 20  # of an idle connection
_MAX_CONNECTIONS = 1_000
_RESERVED_CONNECTIONS = 20  # above that number, for health and metrics
_SHUTDOWN_SECONDS = 20  # for the requests in progress
_FIRST_ANSWERS = "preparing the first lists: seconds, or more on a busy machine; pages follow while it answers"

_log = logging.getLogger(__name__)


def config(app: FastAPI, settings: ServeSettings) -> uvicorn.Config:
    """The configuration of uvicorn."""
    metrics = app.state.service.metrics
    connections = ConnectionTable(
        _MAX_CONNECTIONS, settings.client_connections, _RESERVED_CONNECTIONS, metrics.refusals.labels("connections").inc
    )
    metrics.watch(metrics.connections, lambda: len(connections))
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast("Any", partial(BoundedProtocol, connections=connections)),
        ws="none",
        access_log=False,
        server_header=False,
        log_config=None,
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


def _say_nothing(text: str) -> None:
    """No progress."""


def run(
    settings: ServeSettings, started: Callable[[str], None], progress: Callable[[str], None] = _say_nothing
) -> None:
    """Load the bundle, open the store and serve until a signal ends the process, with one worker or several.

    Args:
        settings: of the operator.
        started: called with the address as soon as the service answers.
        progress: called with a line of text before each step of the start, which can take minutes.

    Raises:
        BundleError: the bundle is missing or damaged.
        StoreError: the store cannot be opened.
        ServiceStartError: a worker of several could not start.
    """
    if settings.workers > 1:
        progress(
            f"starting {counted(settings.workers, 'worker')}: reading {settings.bundle} in each, then {_FIRST_ANSWERS}"
        )
        run_workers(serve_on, settings, started)
    else:
        serve_on(settings, None, started, progress)


def _prepare_further_answers(loaded: LoadedBundle) -> None:
    """Prepare the answers that the service can start without."""
    try:
        further_answers(loaded)
    except Exception as error:  # whatever the bundle holds, the lists go on
        _log.error("the bundle cannot give every answer", extra={"reason": f"{type(error).__name__}: {error}"})
    else:
        _log.info("every kind of answer is prepared")


def serve_on(
    settings: ServeSettings,
    listening: socket.socket | None,
    started: Callable[[str], None],
    progress: Callable[[str], None] = _say_nothing,
) -> None:
    """As `run` with one worker, on a socket that listens already, or on a new one.

    Args:
        settings: of the operator.
        listening: the socket; None for a new one on the address of the settings.
        started: called with the address as soon as the service answers.
        progress: called with a line of text before each step.
    """
    logs.set_up(logging.DEBUG if settings.access_log else logging.INFO)
    read_manifest(settings.bundle)  # what is no bundle is refused before a store is made for it
    is_starting = True

    def prepare(loaded: LoadedBundle) -> None:
        if is_starting:
            progress(_FIRST_ANSWERS)
            first_answers(loaded)
        else:  # a bundle that replaces another one is prepared while the service answers
            warm_up(loaded)

    with contextlib.closing(open_store(settings.store)) as store, contextlib.suppress(KeyboardInterrupt):
        progress(f"reading {settings.bundle}")
        bundles = BundleHolder(settings.bundle, prepare, settings.seen_weight, StoredItems(store))
        is_starting = False
        further = threading.Thread(target=_prepare_further_answers, args=[bundles.current], daemon=True)

        def announce(url: str) -> None:
            started(url)
            further.start()

        server = _AnnouncingServer(config(create_app(settings, store, bundles), settings), announce)
        server.run(None if listening is None else [listening])
