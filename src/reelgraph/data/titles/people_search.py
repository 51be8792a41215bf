"""Search for movies by the people who made them or play in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import BoolArray, IntArray
from reelgraph.data.titles import title_parsing
from reelgraph.data.titles.word_index import WordIndex


@dataclass(frozen=True, slots=True)
class PeopleMatches:
    """Movies of the people that a query may mean.

    Args:
        rows: ``(m,)`` of movies, ascending, each once.
        is_whole: every word of the query is a whole word of the name, not the beginning of one.
    """

    rows: IntArray
    is_whole: bool = False


_NOBODY = PeopleMatches(np.empty(0, np.int64))


class PeopleSearch:
    """Finds people in whose names every word of a query is a word, begins one, or is spelled nearly so.

    Args:
        people: names of the people of each movie.

    Cost: O(letters of all names) to build; a search reads the people who have one of its words.
    """

    def __init__(self, people: Sequence[Sequence[str]]) -> None:
        numbers: dict[str, int] = {}
        pairs = [(numbers.setdefault(name, len(numbers)), row) for row, names in enumerate(people) for name in names]
        words = [title_parsing.normalised_words(name) for name in numbers]
        self._words = WordIndex(words)
        self._n_words = np.array([len(name) for name in words], np.int64)
        table = np.array(pairs, np.int64).reshape(-1, 2)
        table = table[np.argsort(table[:, 0], kind="stable")]
        self._rows, self._starts = table[:, 1], np.searchsorted(table[:, 0], np.arange(len(numbers) + 1))

    def find(self, words: Sequence[str]) -> PeopleMatches:
        """The movies of people with all the words; of those whose whole name they are, where there are any."""
        if not len(self._n_words) or not words:
            return _NOBODY
        is_match = self._with_all([self._mask(self._words.rows(word)) for word in words])
        if is_match.any():
            is_name = is_match & (self._n_words == len(words))
            return PeopleMatches(self._movies(is_name if is_name.any() else is_match), is_whole=True)
        return PeopleMatches(self._movies(self._with_all([self._mask(self._words.rows_with_prefix(w)) for w in words])))

    def misspelt(self, words: Sequence[str]) -> PeopleMatches:
        """The movies of the people whose names differ from the words in fewest letters, each word in one or two.

        Raises:
            ImportError: rapidfuzz is not installed.
        """
        if not len(self._n_words) or not words:
            return _NOBODY
        errors = np.zeros(len(self._n_words))
        for word in words:
            least = np.full(len(self._n_words), np.inf)
            least[self._words.rows_with_prefix(word)] = 0
            for neighbour, distance in sorted(self._words.neighbours(word), key=lambda pair: -pair[1]):
                people = self._words.rows(neighbour)
                least[people] = np.minimum(least[people], distance)
            errors += least
        best = errors.min()
        return PeopleMatches(self._movies(errors == best)) if np.isfinite(best) else _NOBODY

    def _mask(self, people: IntArray) -> BoolArray:
        mask = np.zeros(len(self._n_words), np.bool_)
        mask[people] = True
        return mask

    def _with_all(self, masks: Sequence[BoolArray]) -> BoolArray:
        mask = np.ones(len(self._n_words), np.bool_)
        for other in masks:
            mask &= other
        return mask

    def _movies(self, is_match: BoolArray) -> IntArray:
        spans = [self._rows[self._starts[person] : self._starts[person + 1]] for person in np.flatnonzero(is_match)]
        return np.unique(np.concatenate(spans)) if spans else np.empty(0, np.int64)
