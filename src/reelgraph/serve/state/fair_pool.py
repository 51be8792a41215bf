"""Threads for long work that clients share fairly."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from reelgraph.core.errors import WorkInterruptedError
from reelgraph.core.interruption import Interruption, interruptible
from reelgraph.serve.errors import ApiError

_T = TypeVar("_T")


class FairPool:
    """Runs work in threads. A free thread takes the next task of the client that has fewest running.

    Among these clients the one served longest ago comes first, so that whoever has many tasks waiting delays others by
    the task in progress, not by all of them. Work stops at a deadline, and when its caller is cancelled. Used by one
    event loop.

    Args:
        name: of the threads.
        n_threads: number of threads.
        max_tasks: tasks running and waiting, at most.
        max_per_client: of one client, at most.
        seconds: time for one task, from its start.
        on_refusal: called with ``busy`` or ``time`` for each task that was refused or stopped.
    """

    def __init__(
        self,
        name: str,
        n_threads: int,
        max_tasks: int,
        max_per_client: int,
        seconds: float,
        on_refusal: Callable[[str], None] = lambda limit: None,
    ) -> None:
        self.max_tasks, self.max_per_client = max_tasks, max_per_client
        self._n_threads, self._seconds, self._on_refusal = n_threads, seconds, on_refusal
        self._threads = ThreadPoolExecutor(n_threads, name)
        self._waiting: OrderedDict[str, deque[_Task]] = OrderedDict()  # the client served longest ago first
        self._running: dict[_Task, None] = {}
        self._n_of_client: Counter[str] = Counter()

    def __len__(self) -> int:
        """Number of tasks running and waiting."""
        return self._n_of_client.total()

    @property
    def n_running(self) -> int:
        """Number of tasks running."""
        return len(self._running)

    async def run(self, client: str, work: Callable[[], _T]) -> _T:
        """Run work in a thread when it is the client's turn.

        Args:
            client: for whom.
            work: calls `reelgraph.core.interruption.raise_if_interrupted` now and then.

        Raises:
            ApiError: 429, there are too many tasks, of this client or of all.
            WorkInterruptedError: it took too long.
        """
        if len(self) >= self.max_tasks or self._n_of_client[client] >= self.max_per_client:
            self._on_refusal("busy")
            raise ApiError(429, "busy", "too many long requests at once", "try again", {"Retry-After": "2"})
        task = _Task(client, work)
        self._n_of_client[client] += 1
        self._waiting.setdefault(client, deque()).append(task)
        self._start_tasks()
        try:
            result: _T = await task.result
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        return result

    def close(self) -> None:
        """Stop the work in progress and end the threads."""
        for task in [*self._running, *(task for tasks in self._waiting.values() for task in tasks)]:
            task.interruption.cancel()
        self._threads.shutdown(cancel_futures=True)

    def _start_tasks(self) -> None:
        while self._waiting and len(self._running) < self._n_threads:
            n_running = Counter(task.client for task in self._running)
            client = min(self._waiting, key=n_running.__getitem__)  # the first of equals
            task = self._take_from(client)
            self._running[task] = None
            future = asyncio.get_running_loop().run_in_executor(self._threads, task.call, self._seconds)
            future.add_done_callback(lambda done, task=task: self._finish(task, done))  # type: ignore[misc]

    def _take_from(self, client: str) -> _Task:
        tasks = self._waiting.pop(client)
        task = tasks.popleft()
        if tasks:
            self._waiting[client] = tasks  # at the end
        return task

    def _finish(self, task: _Task, done: asyncio.Future[Any]) -> None:
        del self._running[task]
        self._uncount(task)
        error = None if done.cancelled() else done.exception()
        if isinstance(error, WorkInterruptedError) and not task.result.done():
            self._on_refusal("time")
        if not task.result.done():
            if done.cancelled():
                task.result.cancel()
            elif error is not None:
                task.result.set_exception(error)
            else:
                task.result.set_result(done.result())
        self._start_tasks()

    def _abandon(self, task: _Task) -> None:
        """Nobody waits for the result: stop the work, or do not begin it."""
        task.interruption.cancel()
        tasks = self._waiting.get(task.client)
        if tasks is not None and task in tasks:
            tasks.remove(task)
            if not tasks:
                del self._waiting[task.client]
            self._uncount(task)

    def _uncount(self, task: _Task) -> None:
        self._n_of_client[task.client] -= 1
        if not self._n_of_client[task.client]:
            del self._n_of_client[task.client]


class _Task:
    """Work that waits for its turn, or runs."""

    def __init__(self, client: str, work: Callable[[], Any]) -> None:
        self.client, self._work = client, work
        self.interruption = Interruption()
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def call(self, seconds: float) -> Any:
        """Do the work, in a thread."""
        self.interruption.stop_after(seconds)
        with interruptible(self.interruption):
            self.interruption.check()
            return self._work()
