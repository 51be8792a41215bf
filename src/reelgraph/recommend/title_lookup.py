"""Finding a movie by its id or by its title."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict

from reelgraph.core import Catalogue, IdIndex
from reelgraph.core.errors import UnknownIdError

_YEAR = re.compile(r"\s*\(\d{4}\)\s*$")


class TitleLookup:
    """Looks up item rows by id, by title with year, or by title alone where only one movie has it.

    Args:
        items: the ids.
        catalogue: the titles, aligned with ``items``.
    """

    def __init__(self, items: IdIndex, catalogue: Catalogue) -> None:
        self._items, self._catalogue = items, catalogue
        self._by_name: dict[str, list[int]] = defaultdict(list)
        for row, title in enumerate(catalogue.title.tolist()):
            for name in {_plain(title), _plain(_YEAR.sub("", title))}:
                self._by_name[name].append(row)

    def row(self, wanted: object) -> int:
        """The row of an id or a title.

        Raises:
            UnknownIdError: nothing, or more than one movie, goes by that name; the nearest are named.
        """
        if wanted in self._items:
            return self._items.row(wanted)
        found = self._by_name.get(_plain(str(wanted)), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownIdError(f"{len(found)} movies are called {wanted!r}", f"say which: {self._list(found)}")
        near = difflib.get_close_matches(_plain(str(wanted)), self._by_name, n=3, cutoff=0.6)
        rows = list(dict.fromkeys(row for name in near for row in self._by_name[name]))[:3]
        raise UnknownIdError(
            f"no movie has the id or title {wanted!r}",
            f"nearest: {self._list(rows)}" if rows else "give an item id, or a title with its year",
        )

    def _list(self, rows: list[int]) -> str:
        return ", ".join(f"{self._catalogue.title[row]} (id {self._items.ids[row]})" for row in rows[:5])


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())
