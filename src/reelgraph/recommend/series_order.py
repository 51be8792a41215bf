"""One film of a series at a time: which films of a series come after another that a person has not seen either."""

from __future__ import annotations

from collections import Counter

import numpy as np

from reelgraph.core import BoolArray, Catalogue, IntArray

LATER_PARTS_NOTE = "no other movie is left: further movies of series come last"
_NO_YEAR = np.iinfo(np.int64).max  # an unknown year comes last


class SeriesOrder:
    """The films of each series in the order in which they came out; films of one year by item row.

    Args:
        catalogue: its `Catalogue.series` are the names, in upper or lower case; a name of one film is no series.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        names = [name.casefold() for name in catalogue.series]
        counts = Counter(names)
        code_of = {name: code for code, name in enumerate(name for name, n in counts.items() if name and n > 1)}
        rows: IntArray = np.array([row for row, name in enumerate(names) if name in code_of], np.int64)
        codes = np.array([code_of[names[row]] for row in rows.tolist()], np.int64)
        years = np.where(catalogue.year[rows] > 0, catalogue.year[rows], _NO_YEAR)
        order = np.lexsort((rows, years, codes))
        self.rows = rows[order]
        self.starts: IntArray = np.searchsorted(codes[order], codes[order])  # of the series of each film

    def __bool__(self) -> bool:
        return bool(len(self.rows))

    def among(self, mask: BoolArray) -> OpenSeries:
        """The series with those films alone that pass a ``mask``, ``(n_items,)``."""
        return OpenSeries(self, mask)


class OpenSeries:
    """The series with the films that pass filters, for any person.

    Args:
        order: of the films.
        mask: ``(n_items,)`` films that pass.
    """

    def __init__(self, order: SeriesOrder, mask: BoolArray) -> None:
        self._rows, self._starts, self._is_open = order.rows, order.starts, mask[order.rows]
        self._position = np.full(len(mask), -1, np.int64)
        self._position[order.rows] = np.arange(len(order.rows))

    def later(self, seen: IntArray) -> tuple[IntArray, IntArray]:
        """The films that come after another one of their series, both not seen.

        Args:
            seen: ``(m,)`` item rows that a person has rated or seen; some may occur twice.

        Returns:
            Item rows ``(n,)``, and how many films come before each, ``(n,)``, 1 or more.

        Cost: O(films of series).
        """
        is_open = self._is_open.copy()
        positions = self._position[seen]
        is_open[positions[positions >= 0]] = False
        before: IntArray = np.cumsum(is_open) - is_open
        places: IntArray = before - before[self._starts]
        is_later = is_open & (places > 0)
        return self._rows[is_later], places[is_later]
