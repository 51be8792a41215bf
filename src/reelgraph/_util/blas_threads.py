"""The number of threads that matrix products of NumPy and SciPy use."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from threadpoolctl import threadpool_limits


class _SharedLimit:
    """One limit for all callers, because it applies to the whole process."""

    def __init__(self) -> None:
        self._lock, self._n_holders = threading.Lock(), 0
        self._limits: threadpool_limits | None = None

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        with self._lock:
            self._n_holders += 1
            if self._n_holders == 1:
                _run_in_new_thread(self._set)
        try:
            yield
        finally:
            with self._lock:
                self._n_holders -= 1
                if not self._n_holders and self._limits is not None:
                    _run_in_new_thread(self._limits.restore_original_limits)

    def _set(self) -> None:
        self._limits = threadpool_limits(1, "blas")


def _run_in_new_thread(function: Callable[[], None]) -> None:
    """The BLAS library lets only the thread that set a limit change it, until that thread has ended."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


_LIMIT = _SharedLimit()


def single_threaded_blas() -> contextlib.AbstractContextManager[None]:
    """Run matrix products on one thread: for work that is already split among threads, and for small products.

    The limit holds for the whole process until the last caller has left, in any order and from any thread.
    """
    return _LIMIT.hold()
