"""What of a source is not taken over, counted by its kind, so that nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Refuse = Callable[[str, str], None]
"""Counts a value that is not taken over: its kind in the plural, and the value."""

_MAX_EXAMPLE = 60  # letters


@dataclass(frozen=True)
class RefusedValues:
    """Values of one kind that were not taken over.

    Args:
        source: that has them.
        what: their kind, in the plural.
        count: how many there are.
        example: the first of them.
    """

    source: str
    what: str
    count: int
    example: str

    def __str__(self) -> str:
        return f"{self.source}: left out {self.what}: {self.count:,}, such as {self.example!r}"


class Refusals:
    """Counts what is not taken over."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[int, str]] = {}

    def of(self, source: str) -> Refuse:
        """Counts values of one source."""

        def refuse(what: str, example: str) -> None:
            count, first = self._found.get((source, what), (0, example[:_MAX_EXAMPLE]))
            self._found[source, what] = count + 1, first

        return refuse

    def report(self) -> tuple[RefusedValues, ...]:
        """The values so far by source and kind, in the order in which they were found."""
        return tuple(
            RefusedValues(source, what, count, example) for (source, what), (count, example) in self._found.items()
        )
