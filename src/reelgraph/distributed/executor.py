"""`concurrent.futures` on Ray: what can be given to an executor of threads runs on the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from reelgraph.core.errors import ReelgraphError, WorkerError
from reelgraph.distributed.cluster import Cluster, require_ray

_RETRIES = 3  # of a call whose worker dies


class RayExecutor(Executor):
    """Runs calls on the workers of a Ray cluster; one whose worker dies is repeated on another, three times.

    Args:
        cluster: from `ray_cluster`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._ray = require_ray()
        self._call = self._ray.remote(_call).options(num_cpus=cluster.cpus_per_worker, max_retries=_RETRIES)
        self._functions: dict[int, tuple[object, Any]] = {}  # by id; the function itself is kept, so that ids last
        self._calls: dict[Future[Any], Any] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call ``fn(*args, **kwargs)`` on a worker.

        The function goes into shared memory once, with what it is bound to; its arrays are not copied, and read-only.
        """
        if id(fn) not in self._functions:
            self._functions[id(fn)] = (fn, self._ray.put(fn))
        call = self._call.remote(self._functions[id(fn)][1], args, kwargs)
        future: Future[Any] = Future()
        self._calls[future] = call
        call.future().add_done_callback(lambda ray_future: self._settle(future, ray_future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop the calls that have not ended: who needs their results has waited for them."""
        for call in list(self._calls.values()):
            self._ray.cancel(call, force=True)
        self._calls.clear()
        self._functions.clear()

    def _settle(self, future: Future[Any], ray_future: Future[Any]) -> None:
        self._calls.pop(future, None)
        if not future.set_running_or_notify_cancel():
            return
        error = ray_future.exception()
        if error is not None:
            future.set_exception(worker_error(error))
            return
        value = ray_future.result()
        if isinstance(value, ReelgraphError):
            future.set_exception(value)
        else:
            future.set_result(value)


def worker_error(error: BaseException) -> BaseException:
    """An error of Ray as one of the library; one that the work itself raised stays as it is."""
    exceptions = require_ray().exceptions
    if isinstance(error, exceptions.OutOfMemoryError):
        return WorkerError("a worker ran out of memory, again and again", "use fewer workers, or a larger machine")
    if isinstance(error, exceptions.OutOfDiskError | exceptions.ObjectStoreFullError):
        return WorkerError("Ray has no room left for its objects in memory and on disk", "free space in /tmp")
    if isinstance(error, exceptions.RayError) and not isinstance(error, exceptions.RayTaskError):
        return WorkerError(f"a worker died, again and again: {type(error).__name__}", "see the logs of Ray")
    return error


def _call(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return fn(*args, **kwargs)
    except ReelgraphError as error:  # as a value: Ray would wrap it in a traceback
        return error
