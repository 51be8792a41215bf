"""Movies by the words of their titles, as they are typed."""

from __future__ import annotations

import numpy as np
import polars as pl

from reelgraph.core import BoolArray, Catalogue, IntArray
from reelgraph.importers import title_parsing

_WORDS = 8  # of a query; what follows is not looked at
_NEAR, _NEAR_AMONG = 80.0, 20  # how alike a mistyped title must be, of 100, and how many are named at most


class TitleSearch:
    """Finds titles in which every word of a query begins a word.

    Titles that begin with the query come first, then the more rated ones. Accents, case, punctuation and moved articles
    ("Matrix, The") do not matter; the year counts as a word.

    Args:
        catalogue: the movies.
        viewers: ``(n_items,)`` how many people rated each.
    """

    def __init__(self, catalogue: Catalogue, viewers: IntArray) -> None:
        self.by_viewers: IntArray = np.argsort(-viewers, kind="stable")
        titles, years = catalogue.title.tolist(), catalogue.year.tolist()
        self._texts = pl.Series([_text(titles[row], years[row]) for row in self.by_viewers.tolist()], dtype=pl.String)

    def find(self, query: str, n: int, offset: int = 0) -> tuple[IntArray, int, bool]:
        """Item rows on one page, how many there are in all, and whether they are only near to what was typed.

        Args:
            query: words; all movies, the most rated first, where it has none.
            n: length of the page.
            offset: lines before it.

        Cost: O(letters of all titles).
        """
        words = title_parsing.words(query)[:_WORDS]
        if not words:
            return self.by_viewers[offset : offset + n], len(self.by_viewers), False
        found = np.flatnonzero(self._all_in(words))
        if not len(found):
            near = self._near(" ".join(words))
            return near[offset : offset + n], len(near), True
        first = self._texts.gather(found).str.starts_with(f" {' '.join(words)}").to_numpy()
        ordered = found[np.argsort(~first, kind="stable")]
        return self.by_viewers[ordered[offset : offset + n]], len(found), False

    def _all_in(self, words: tuple[str, ...]) -> BoolArray:
        left = np.ones(len(self._texts), np.bool_)
        for word in sorted(words, key=len, reverse=True):
            left &= self._texts.str.contains(f" {word}", literal=True).to_numpy()
        return left

    def _near(self, query: str) -> IntArray:
        from rapidfuzz import fuzz, process

        found = process.extract(query, self._texts.to_list(), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=_NEAR_AMONG)
        return self.by_viewers[[place for _, _, place in found]]


def _text(title: str, year: int) -> str:
    """What is searched: each word behind a blank, the year too, and other names the movie goes by."""
    found = title_parsing.take_apart(title)
    spoken = [
        " ".join(title_parsing.words(found.main)),
        *(" ".join(title_parsing.words(other)) for other in found.others),
    ]
    text = " ".join(dict.fromkeys(filter(None, spoken)))
    known = str(year or found.year or "")
    return f" {text} {known}".rstrip()
