"""Ctrl-C: what a verb that can go on where it stopped says then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # the exit code: 128 and the number of the signal


class InterruptedVerbError(Exception):
    """A verb was interrupted at the keyboard; the message says how to go on, and is empty where that is not possible.

    typer turns a `KeyboardInterrupt` into an exit code, and what it could tell would be lost.
    """


@contextmanager
def resumable(how: Callable[[], str]) -> Iterator[None]:
    """Let Ctrl-C say how to go on.

    Args:
        how: called after Ctrl-C; says how to go on, or an empty text where nothing is kept.

    Raises:
        InterruptedVerbError: in place of a `KeyboardInterrupt`.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptedVerbError(how()) from None
