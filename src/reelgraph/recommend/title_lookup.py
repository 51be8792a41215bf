"""Finding items by what people call them: an id, a title, a part of a title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reelgraph.core import Catalogue, IdIndex, IntArray
from reelgraph.core.argument_checks import require_id
from reelgraph.core.errors import UnknownIdError
from reelgraph.data.titles import title_parsing
from reelgraph.data.titles.title_index import Agreement, TitleIndex
from reelgraph.data.titles.title_search import TitleMatches, TitleSearch

_N_SUGGESTIONS = 3
_HINT = "give an item id, or a title with its year"
_HINT_WITHOUT_RAPIDFUZZ = f'{_HINT}; pip install "reelgraph[import]" finds titles with typing errors'
_MAX_NAMED = 5  # movies that an error names, of those with one title


@dataclass(frozen=True, slots=True)
class ItemLookup:
    """An item found by what somebody called it.

    Args:
        row: of the item.
        note: what was guessed, in one sentence; "" if the id or the title is the item's own.
    """

    row: int
    note: str = ""


class TitleLookup:
    """Finds items by id or title, for lists of search results and for single items.

    Args:
        items: the ids.
        catalogue: the titles, aligned with ``items``.
        rating_counts: ``(n_items,)`` number of ratings, which order search results; all alike by default.

    Cost: titles are indexed on first use: 2 s and 67 MiB for 87,000 titles, then milliseconds for each search.
    """

    def __init__(self, items: IdIndex, catalogue: Catalogue, rating_counts: IntArray | None = None) -> None:
        self._items, self._catalogue, self._rating_counts = items, catalogue, rating_counts

    def row(self, id_or_title: object) -> int:
        """The row of an id, or of a title that only one item has, with or without its year.

        Capitals, accents, punctuation and the place of an article do not matter; titles in brackets are titles too.

        Raises:
            UnknownIdError: no item, or more than one, has that id or title; the nearest are named.
        """
        row = self._exact_row(id_or_title)
        if row is None:
            raise self._unknown(id_or_title)
        return row

    def rows(self, ids_or_titles: Sequence[object]) -> IntArray:
        """The row of each of several ids or titles, ``(n,)``; raises as `row`."""
        if not any(isinstance(name, str) for name in ids_or_titles):
            return self._items.rows(ids_or_titles)
        return np.array([self.row(name) for name in ids_or_titles], np.int64)

    def find(self, id_or_title: object) -> ItemLookup:
        """The item of an id or title, as `row`; or the only one that fits a part of a title or a misspelt title.

        Raises:
            UnknownIdError: no item fits, or several do; the nearest are named.
        """
        row = self._exact_row(id_or_title)
        if row is not None:
            return ItemLookup(row)
        matches = self._similar(id_or_title)
        if matches is None or not matches.is_unambiguous:
            raise self._unknown(id_or_title)
        row = int(matches.rows[0])
        return ItemLookup(row, f"{str(id_or_title)!r} is taken to be {self._described([row])}")

    def search(self, query: str, n: int, offset: int = 0) -> TitleMatches:
        """One page of the movies that match a query, see `TitleSearch.find`."""
        return self._search.find(query, n, offset)

    @property
    def rows_by_popularity(self) -> IntArray:
        """All items, those with most ratings first, ``(n_items,)``."""
        return self._search.rows_by_popularity

    @cached_property
    def index(self) -> TitleIndex:
        """The titles, for `reelgraph.import_export` too."""
        return TitleIndex(self._catalogue)

    @cached_property
    def _search(self) -> TitleSearch:
        return TitleSearch(self.index, self._rating_counts)

    def _exact_row(self, id_or_title: object) -> int | None:
        """The item with an id or title; None if no item has it.

        Raises:
            UnknownIdError: more than one has it.
        """
        require_id("recommender", "item", id_or_title)
        if id_or_title in self._items:
            return self._items.row(id_or_title)
        rows = self.rows_called(id_or_title) if isinstance(id_or_title, str) else []
        if len(rows) > 1:
            described = self._described(rows)
            raise UnknownIdError(f"{len(rows)} movies are called {id_or_title!r}", f"say which: {described}")
        return rows[0] if rows else None

    def rows_called(self, title: str) -> list[int]:
        """The rows of all items with a title, with or without its year, ascending; as for `row`."""
        parsed = title_parsing.parse_title(title)
        hits = [hit for hit in self.index.same_title(parsed.main) if hit.agreement != Agreement.LOOSE_TITLE]
        for alternative in parsed.alternatives:
            hits += [hit for hit in self.index.same_title(alternative) if hit.agreement == Agreement.ALTERNATIVE_TITLE]
        if parsed.year:
            hits = [hit for hit in hits if self.index.years[hit.row] == parsed.year]
        best = min((hit.agreement for hit in hits), default=None)
        return sorted({hit.row for hit in hits if hit.agreement == best})

    def _similar(self, title: object) -> TitleMatches | None:
        """Titles like a text; None for ids, which are not like one another."""
        if not isinstance(title, str) or title.isdecimal() or not title_parsing.normalised_words(title):
            return None
        return self._search.find(title, _N_SUGGESTIONS)

    def _unknown(self, id_or_title: object) -> UnknownIdError:
        if not isinstance(id_or_title, str):
            return UnknownIdError(f"unknown item {id_or_title}", _HINT)
        message, matches = f"no movie has the id or title {id_or_title!r}", self._similar(id_or_title)
        if matches is not None and len(matches.rows):
            return UnknownIdError(message, f"did you mean: {self._described(matches.rows.tolist())}?")
        return UnknownIdError(message, _HINT if self._search.finds_typing_errors else _HINT_WITHOUT_RAPIDFUZZ)

    def _described(self, rows: Sequence[int]) -> str:
        """The titles and ids of items, of five at most."""
        return ", ".join(f"{self._catalogue.title[row]} (id {self._items.ids[row]})" for row in rows[:_MAX_NAMED])
