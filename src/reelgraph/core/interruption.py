"""Stop long work in progress: at a deadline, or when nobody waits for its result any more.

Whoever starts the work sets an `Interruption` with `interruptible`; the long loops of the library call
`raise_if_interrupted`, which costs some hundred nanoseconds and does nothing where none is set.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from reelgraph.core.errors import WorkInterruptedError


class Interruption:
    """Interrupts the work for which it is set; may be used from another thread."""

    def __init__(self) -> None:
        self._deadline: float | None = None
        self._seconds = 0.0
        self._is_cancelled = False

    def stop_after(self, seconds: float) -> None:
        """Interrupt the work when it takes longer than these seconds from now."""
        self._seconds, self._deadline = seconds, time.monotonic() + seconds

    def cancel(self) -> None:
        """Interrupt the work at once."""
        self._is_cancelled = True

    def check(self) -> None:
        """Raise if the work is to stop.

        Raises:
            WorkInterruptedError: it was cancelled, or its time is over.
        """
        if self._is_cancelled:
            raise WorkInterruptedError("nobody waits for the answer any more")
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise WorkInterruptedError(f"the answer took longer than {self._seconds:g} seconds", "ask for less at once")


_current: ContextVar[Interruption | None] = ContextVar("interruption", default=None)


@contextmanager
def interruptible(interruption: Interruption) -> Iterator[None]:
    """Let an interruption stop the work of the block.

    Examples:
        >>> interruption = Interruption()
        >>> interruption.cancel()
        >>> with interruptible(interruption):
        ...     raise_if_interrupted()
        Traceback (most recent call last):
        ...
        reelgraph.core.errors.WorkInterruptedError: nobody waits for the answer any more
    """
    token = _current.set(interruption)
    try:
        yield
    finally:
        _current.reset(token)


def raise_if_interrupted() -> None:
    """Stop here if the work in progress is to stop.

    Raises:
        WorkInterruptedError: it is.
    """
    interruption = _current.get()
    if interruption is not None:
        interruption.check()
