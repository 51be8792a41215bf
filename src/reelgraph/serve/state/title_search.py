"""Search for movies by the words of their titles, while the query is being typed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.core import BoolArray, Catalogue, IntArray
from reelgraph.data.titles import title_parsing

_MAX_WORDS = 8  # of a query; further words are ignored
_MIN_SIMILARITY, _MAX_SIMILAR = 80.0, 20  # of a misspelt title, from 0 to 100; number of titles listed


@dataclass(frozen=True, slots=True)
class TitleMatches:
    """One page of search results.

    Args:
        rows: ``(m,)`` item rows.
        total: number of movies on all pages.
        approximate: no title has the words; these titles are similar to the query.
    """

    rows: IntArray
    total: int
    approximate: bool


class TitleSearch:
    """Finds titles in which every word of a query begins a word.

    Titles that begin with the query come first, then those with more ratings. Accents, case, punctuation and a moved
    article ("Matrix, The") do not matter; the year counts as a word.

    Args:
        catalogue: the movies.
        rating_counts: ``(n_items,)`` number of ratings.
    """

    def __init__(self, catalogue: Catalogue, rating_counts: IntArray) -> None:
        self.rows_by_popularity: IntArray = np.argsort(-rating_counts, kind="stable")
        titles, years = catalogue.title.tolist(), catalogue.year.tolist()
        texts = [_searchable_text(titles[row], years[row]) for row in self.rows_by_popularity.tolist()]
        self._texts = pl.Series(texts, dtype=pl.String)

    def find(self, query: str, n: int, offset: int = 0) -> TitleMatches:
        """One page of the movies that match a query.

        Args:
            query: words; without a word all movies match, those with most ratings first.
            n: length of the page.
            offset: number of matches before the page.

        Cost: O(letters of all titles).
        """
        page = slice(offset, offset + n)
        words = title_parsing.normalised_words(query)[:_MAX_WORDS]
        if not words:
            return TitleMatches(self.rows_by_popularity[page], len(self.rows_by_popularity), approximate=False)
        matches = np.flatnonzero(self._contains_all(words))
        if not len(matches):
            similar = self._similar(" ".join(words))
            return TitleMatches(similar[page], len(similar), approximate=True)
        is_prefix = self._texts.gather(matches).str.starts_with(f" {' '.join(words)}").to_numpy()
        ordered = matches[np.argsort(~is_prefix, kind="stable")]
        return TitleMatches(self.rows_by_popularity[ordered[page]], len(matches), approximate=False)

    def _contains_all(self, words: tuple[str, ...]) -> BoolArray:
        mask = np.ones(len(self._texts), np.bool_)
        for word in sorted(words, key=len, reverse=True):
            mask &= self._texts.str.contains(f" {word}", literal=True).to_numpy()
        return mask

    def _similar(self, query: str) -> IntArray:
        from rapidfuzz import fuzz, process

        matches = process.extract(
            query, self._texts.to_list(), scorer=fuzz.ratio, score_cutoff=_MIN_SIMILARITY, limit=_MAX_SIMILAR
        )
        return self.rows_by_popularity[[position for _, _, position in matches]]


def _searchable_text(title: str, year: int) -> str:
    """The words of a title, of its alternative titles and the year, each after a space."""
    parsed = title_parsing.parse_title(title)
    variants = [" ".join(title_parsing.normalised_words(variant)) for variant in (parsed.main, *parsed.alternatives)]
    text = " ".join(dict.fromkeys(filter(None, variants)))
    return f" {text} {year or parsed.year or ''}".rstrip()
