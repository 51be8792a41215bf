"""Group commit: one thread writes, and commits all pending writes together, waiting for the disk only once."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from reelgraph.core.errors import StoreError
from reelgraph.store.backend import Backend, transaction, translated_errors

_Result = TypeVar("_Result")
_MAX_BATCH = 256  # writes in one transaction


@dataclass(frozen=True)
class _PendingWrite:
    write: Callable[[Connection], Any]
    result: Future[Any]


class GroupCommitWriter:
    """Runs writes in the order of their arrival; each is committed when its `run` returns.

    Writes that are committed together are independent: if the transaction fails although the database works, each is
    run on its own, so that none fails because of another.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._queue: SimpleQueue[_PendingWrite | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.failed = False  # whether the last commit failed

    def run(self, write: Callable[[Connection], _Result]) -> _Result:
        """Run and commit a write.

        Args:
            write: called with a connection in an open transaction; may be called twice.

        Returns:
            The result of ``write``.

        Raises:
            StoreError: nothing was written.
        """
        pending = _PendingWrite(write, Future())
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._backend.name}: the store is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="reelgraph-store", daemon=True)
                self._thread.start()
            self._queue.put(pending)
        result: _Result = pending.result.result()
        return result

    def close(self) -> None:
        """Commit pending writes and stop."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, is_closing = [first], False
            while len(batch) < _MAX_BATCH:
                try:
                    pending = self._queue.get_nowait()
                except Empty:
                    break
                if pending is None:
                    is_closing = True
                    break
                batch.append(pending)
            self._commit(batch)
            if is_closing:
                return

    def _commit(self, batch: list[_PendingWrite]) -> None:
        try:
            with translated_errors(self._backend), transaction(self._backend) as connection:
                results = [pending.write(connection) for pending in batch]
        except Exception as error:
            # If the database does not answer, each write would wait in vain; other errors may be due to one write.
            if len(batch) == 1 or isinstance(error.__context__, OperationalError):
                self.failed = isinstance(error, StoreError)
                for pending in batch:  # each caller raises its own copy in its own thread
                    pending.result.set_exception(copy.copy(error) if len(batch) > 1 else error)
            else:
                for pending in batch:
                    self._commit([pending])
            return
        self.failed = False
        for pending, result in zip(batch, results, strict=True):
            pending.result.set_result(result)
