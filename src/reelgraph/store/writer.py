"""Group commit: one thread writes, and what waits meanwhile is committed together, with one wait for the disk."""

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
from reelgraph.store.backend import Backend, faults, transaction

T = TypeVar("T")
_TOGETHER = 256  # changes in one transaction


@dataclass(frozen=True)
class _Task:
    change: Callable[[Connection], Any]
    result: Future[Any]


class Writer:
    """Runs changes in the order in which they come; each has been committed when its `run` returns.

    Changes that are committed together know nothing of each other: when the transaction fails and the database itself
    is well, each is tried on its own, so that none suffers for another.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._waiting: SimpleQueue[_Task | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.failed = False  # did the last commit fail?

    def run(self, change: Callable[[Connection], T]) -> T:
        """Have a change committed.

        Args:
            change: gets a connection with an open transaction; may be called twice.

        Returns:
            What the change returned.

        Raises:
            StoreError: nothing of it was kept.
        """
        task = _Task(change, Future())
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._backend.name}: the store is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="reelgraph-store", daemon=True)
                self._thread.start()
            self._waiting.put(task)
        result: T = task.result.result()
        return result

    def close(self) -> None:
        """Commit what waits, and stop."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            tasks, stop = [first], False
            while len(tasks) < _TOGETHER:
                try:
                    task = self._waiting.get_nowait()
                except Empty:
                    break
                if task is None:
                    stop = True
                    break
                tasks.append(task)
            self._commit(tasks)
            if stop:
                return

    def _commit(self, tasks: list[_Task]) -> None:
        try:
            with faults(self._backend), transaction(self._backend) as connection:
                results = [task.change(connection) for task in tasks]
        except Exception as error:
            # A database that does not answer would make each of them wait; all else may be the fault of one.
            if len(tasks) == 1 or isinstance(error.__context__, OperationalError):
                self.failed = isinstance(error, StoreError)
                for task in tasks:  # each caller raises its own, in its own thread
                    task.result.set_exception(copy.copy(error) if len(tasks) > 1 else error)
            else:
                for task in tasks:
                    self._commit([task])
            return
        self.failed = False
        for task, result in zip(tasks, results, strict=True):
            task.result.set_result(result)
