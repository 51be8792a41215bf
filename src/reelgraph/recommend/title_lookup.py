"""Finding an item by its id or by its title."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict

from reelgraph.core import Catalogue, IdIndex
from reelgraph.core.errors import UnknownIdError

_YEAR = re.compile(r"\s*\(\d{4}\)\s*$")


class TitleLookup:
    """Finds item rows by id, by title with year, or by title alone when only one item has it.

    Args:
        items: the ids.
        catalogue: the titles, aligned with ``items``.
    """

    def __init__(self, items: IdIndex, catalogue: Catalogue) -> None:
        self._items, self._catalogue = items, catalogue
        self._rows_by_title: dict[str, list[int]] = defaultdict(list)
        for row, title in enumerate(catalogue.title.tolist()):
            for name in {_normalised(title), _normalised(_YEAR.sub("", title))}:
                self._rows_by_title[name].append(row)

    def row(self, id_or_title: object) -> int:
        """The row of an id or a title.

        Raises:
            UnknownIdError: no item, or more than one, has that id or title; the nearest are named.
        """
        if id_or_title in self._items:
            return self._items.row(id_or_title)
        title = _normalised(str(id_or_title))
        rows = self._rows_by_title.get(title, [])
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise UnknownIdError(
                f"{len(rows)} movies are called {id_or_title!r}", f"say which: {self._described(rows)}"
            )
        near_titles = difflib.get_close_matches(title, self._rows_by_title, n=3, cutoff=0.6)
        near_rows = list(dict.fromkeys(row for name in near_titles for row in self._rows_by_title[name]))[:3]
        raise UnknownIdError(
            f"no movie has the id or title {id_or_title!r}",
            f"nearest: {self._described(near_rows)}" if near_rows else "give an item id, or a title with its year",
        )

    def _described(self, rows: list[int]) -> str:
        return ", ".join(f"{self._catalogue.title[row]} (id {self._items.ids[row]})" for row in rows[:5])


def _normalised(title: str) -> str:
    return " ".join(title.casefold().split())
