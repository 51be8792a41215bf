"""Several processes on one port: they share the listening socket and the store, and each has the bundle."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType

from prometheus_client.multiprocess import mark_process_dead

from reelgraph.core.errors import ConfigError, ReelgraphError
from reelgraph.serve import logs
from reelgraph.serve.settings import ServeSettings
from reelgraph.serve.state.metrics import SHARED_FOLDER

ServeOn = Callable[[ServeSettings, socket.socket, Callable[[str], None]], None]

_log = logging.getLogger("reelgraph.serve")
_BACKLOG = 2048
_STOP_SECONDS = 30.0
_LOOK_SECONDS = 0.5  # after a signal, at most
_RESTART_SECONDS = 1.0  # between the end of a worker and the start of the next


class ServiceStartError(ReelgraphError):
    """A worker ended before it could answer."""


class _Worker:
    """A process, and the end of a pipe on which it says that it answers, or why it does not."""

    def __init__(self, serve_on: ServeOn, settings: ServeSettings, listening: socket.socket) -> None:
        context = multiprocessing.get_context("spawn")
        self.messages, sender = context.Pipe(duplex=False)
        parent, self._alive = context.Pipe(duplex=False)  # closed by the end of this process, however it ends
        self.process: SpawnProcess = context.Process(
            target=_work, args=(serve_on, settings, listening, sender, parent), name="reelgraph-worker"
        )
        self.process.start()
        sender.close()
        parent.close()
        self.address, self.reason = "", ""  # of its answers; why there are none


def run_workers(serve_on: ServeOn, settings: ServeSettings, started: Callable[[str], None]) -> None:
    """Serve with ``settings.workers`` processes until a signal ends this one; a worker that dies is replaced.

    Args:
        serve_on: serves on a socket, and calls its last argument when it answers; a function of a module.
        settings: of the operator.
        started: called with the address as soon as every worker answers.

    Raises:
        ConfigError: the port cannot be listened on.
        ServiceStartError: a worker could not start the first time; with the reason.
    """
    logs.set_up()
    stopping: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.append(number)

    with _listen(settings) as listening, tempfile.TemporaryDirectory(prefix="reelgraph-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        workers = [_Worker(serve_on, settings, listening) for _ in range(settings.workers)]
        try:
            _supervise(workers, lambda: _Worker(serve_on, settings, listening), started, stopping)
        finally:
            _end(workers)


def _supervise(
    workers: list[_Worker], new_worker: Callable[[], _Worker], started: Callable[[str], None], stopping: list[int]
) -> None:
    """Replace workers that end, until a signal came."""
    is_announced = False
    while not stopping:
        wait(
            [worker.process.sentinel for worker in workers]
            + [worker.messages for worker in workers if not worker.address],
            0.5,
        )
        for position, worker in enumerate(workers):
            _read_message(worker)
            if not is_announced and all(started_worker.address for started_worker in workers):
                is_announced = True
                started(worker.address)
            if worker.process.is_alive() or stopping:
                continue
            worker.process.join()
            mark_process_dead(worker.process.pid)  # type: ignore[no-untyped-call]
            if not is_announced:
                code = worker.process.exitcode
                raise ServiceStartError(worker.reason or f"a worker ended with {code} before it could answer")
            _log.error("a worker ended and is replaced", extra={"exit_code": worker.process.exitcode})
            time.sleep(_RESTART_SECONDS)
            workers[position] = new_worker()


def _read_message(worker: _Worker) -> None:
    """The address at which a worker answers, or the reason why it does not."""
    with suppress(EOFError, OSError):
        if not worker.address and worker.messages.poll():
            worker.address, worker.reason = worker.messages.recv()


def _end(workers: list[_Worker]) -> None:
    """End the workers, which finish their requests first."""
    for worker in workers:
        if worker.process.is_alive():
            worker.process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for worker in workers:
        worker.process.join(max(deadline - time.monotonic(), 0.1))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _work(
    serve_on: ServeOn, settings: ServeSettings, listening: socket.socket, sender: Connection, parent: Connection
) -> None:
    """A worker: serve, say when, and end with the parent."""

    def end_with_parent() -> None:
        with suppress(EOFError, OSError):
            parent.recv()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_parent, name="parent-watch", daemon=True).start()
    try:
        serve_on(settings, listening, lambda address: sender.send((address, "")))
    except ReelgraphError as error:
        sender.send(("", str(error)))
        raise SystemExit(2) from None


def _listen(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise ConfigError("port", f"cannot listen on {settings.host}, port {settings.port}: {error.strerror}") from None
    listening.listen(_BACKLOG)
    listening.set_inheritable(True)
    return listening
