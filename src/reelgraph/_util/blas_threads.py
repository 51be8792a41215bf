"""How many threads the products of NumPy and SciPy take."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from threadpoolctl import threadpool_limits


class _Limit:
    """One limit for all who ask for it, because it belongs to the whole process."""

    def __init__(self) -> None:
        self._changing, self._inside = threading.Lock(), 0
        self._limits: threadpool_limits | None = None

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        with self._changing:
            self._inside += 1
            if self._inside == 1:
                _elsewhere(self._set)
        try:
            yield
        finally:
            with self._changing:
                self._inside -= 1
                if not self._inside and self._limits is not None:
                    _elsewhere(self._limits.restore_original_limits)

    def _set(self) -> None:
        self._limits = threadpool_limits(1, "blas")


def _elsewhere(work: Callable[[], None]) -> None:
    """In a thread that ends: the library lets only the thread that set a limit change it, until that one is gone."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


_LIMIT = _Limit()


def single_threaded_blas() -> contextlib.AbstractContextManager[None]:
    """Products on one thread: for work that is cut up among threads already, and for small products.

    It holds for the whole process until the last who asked for it has left, in whatever order and thread they leave.
    """
    return _LIMIT.hold()
