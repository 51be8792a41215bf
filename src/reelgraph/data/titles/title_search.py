"""Search for movies by what people type: words and unfinished words of a title, numerals, typing errors."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reelgraph.core import BoolArray, FloatArray, IntArray
from reelgraph.data.titles import title_parsing
from reelgraph.data.titles.people_search import PeopleSearch
from reelgraph.data.titles.title_index import Agreement, TitleIndex
from reelgraph.data.titles.word_index import WordIndex

_MAX_WORDS = 10  # of a query; further words are ignored
_MAX_GUESSES = 20  # movies listed where no title has the words
_MAX_SERIES = 20  # highest number of a movie in a series
_SURE_LETTERS = 5  # of a misspelt query, for a guess that may be taken
_PREFIX_QUALITY, _TYPO_QUALITY = 0.95, {1: 0.8, 2: 0.6}  # of a word, if 1 is the same word
_MIN_COVERAGE = 0.6  # of the words of a query, weighted by their rarity
_COMMON_WORDS = ("the", "a", "an", "and", "of")  # are not misspelt, and often left out
_JOINTS, _JOINED = "-.·", re.compile(r"\w[-.·]\w")
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_SAME_NAME, _SAME_LOOSE_NAME, _SAME_OTHER_NAME, _BEGINS, _WHOLE_WORDS, _BEGINS_UNFINISHED, _PARTS_OF_WORDS = range(7)
_MAX_COMPARED = 2_000  # titles compared with the query as a whole, most rated first


@dataclass(frozen=True, slots=True)
class TitleMatches:
    """One page of search results.

    Args:
        rows: ``(m,)`` item rows.
        total: number of movies on all pages.
        approximate: no title has the words; these titles are guesses.
        is_unambiguous: the first movie is the only one that fits so well.
    """

    rows: IntArray
    total: int
    approximate: bool
    is_unambiguous: bool = False


@dataclass(frozen=True, slots=True)
class _Ranking:
    rows: IntArray
    approximate: bool = False
    is_unambiguous: bool = False


class TitleSearch:
    """Finds titles, and people, in whose names every word of a query begins a word.

    Titles that are the query come first, then those that are it in another language, then those that begin with it and
    movies of people of this name, then those with more ratings. Accents, case, punctuation, a moved article and the way
    a number is written do not matter; the year counts as a word. Where no title and nobody has all words, movies are
    guessed: the n-th of a series, or titles and people with other letters.

    Args:
        index: the titles.
        rating_counts: ``(n_items,)`` number of ratings; all movies alike by default.

    Cost: O(letters of all titles) to build, on the first search; a search reads the movies of its words, and the
    vocabulary where a word is misspelt.
    """

    def __init__(self, index: TitleIndex, rating_counts: IntArray | None = None) -> None:
        self._index = index
        counts = np.zeros(len(index.titles), np.int64) if rating_counts is None else rating_counts
        self.rows_by_popularity: IntArray = np.argsort(-counts, kind="stable")
        self._popularity_rank = np.empty(len(counts), np.int64)
        self._popularity_rank[self.rows_by_popularity] = np.arange(len(counts))

    @property
    def finds_typing_errors(self) -> bool:
        """Whether rapidfuzz is installed."""
        return sys.modules.get("rapidfuzz", True) is not None and importlib.util.find_spec("rapidfuzz") is not None

    def find(self, query: str, n: int, offset: int = 0) -> TitleMatches:
        """One page of the movies that match a query.

        Args:
            query: words; without a word all movies match, those with most ratings first.
            n: length of the page.
            offset: number of matches before the page.
        """
        parsed = title_parsing.parse_title(query)
        words = title_parsing.normalised_words(parsed.main)[:_MAX_WORDS]
        if not words:
            every = self.rows_by_popularity
            return TitleMatches(every[offset : offset + n], len(every), approximate=False)
        ranking = self._of_year(self._ranked(parsed.main, words), parsed.year)
        page = ranking.rows[offset : offset + n]
        return TitleMatches(page, len(ranking.rows), ranking.approximate, ranking.is_unambiguous)

    def _ranked(self, title: str, words: tuple[str, ...]) -> _Ranking:
        core_words = title_parsing.core_words(title)[:_MAX_WORDS]
        rows = self._rows_with(words)
        if not len(rows):
            rows = self._rows_with(core_words)
        same = {hit.row: hit.agreement for hit in sorted(self._index.same_title(title), key=lambda hit: -hit.agreement)}
        rows = np.union1d(rows, np.array([*same, *self._index.with_key_prefix(title)], np.int64))
        all_words = title_parsing.numbered_words(title)[:_MAX_WORDS]
        part = self._part_of_series(core_words)
        people = self._people.find(words)
        if len(rows) or len(people.rows) or part >= 0:
            tiers = self._tiers(rows, words, core_words)
            for row, agreement in same.items():
                place = np.searchsorted(rows, row)
                tiers[place] = min(tiers[place], self._tier_of_same(row, agreement, core_words))
            best = tiers.min(initial=_PARTS_OF_WORDS)
            is_alone = len(rows) == 1 or (best <= _SAME_OTHER_NAME and bool(np.count_nonzero(tiers == best) == 1))
            tiers = np.concatenate([tiers, np.full(len(people.rows), _BEGINS if people.is_whole else _PARTS_OF_WORDS)])
            rows = np.concatenate([rows, people.rows])
            if part >= 0:
                rows, tiers = np.append(rows, part), np.append(tiers, _SAME_OTHER_NAME)
            order = np.lexsort((self._popularity_rank[rows], tiers))
            return _Ranking(_first_of_each(rows[order]), is_unambiguous=is_alone and not (len(people.rows) and best))
        rare_words = tuple(word for word in all_words if word not in _COMMON_WORDS) or all_words
        return self._of_series(all_words[all_words[0] in _COMMON_WORDS :]) or self._misspelt(rare_words, words)

    def _tier_of_same(self, row: int, agreement: Agreement, core_words: tuple[str, ...]) -> int:
        """The tier of a movie that has the title, as its own or in another language."""
        if agreement == Agreement.LOOSE_TITLE:
            return _SAME_LOOSE_NAME
        is_other = (
            agreement == Agreement.ALTERNATIVE_TITLE and f"\n{' '.join(core_words)}\n" in self._index.other_names[row]
        )
        return _SAME_OTHER_NAME if is_other else _SAME_NAME

    def _part_of_series(self, words: tuple[str, ...]) -> int:
        """The row of the n-th movie of a series by its name and n; -1 if there is none: "bourne 3"."""
        if len(words) < 2 or not words[-1].isdecimal() or not 1 <= int(words[-1]) <= _MAX_SERIES:
            return -1
        rows = self._series.get(words[:-1], [])
        return rows[int(words[-1]) - 1] if int(words[-1]) <= len(rows) else -1

    def _of_year(self, ranking: _Ranking, year: int) -> _Ranking:
        """The movies of the year that a query has in brackets, if there is one."""
        if not year:
            return ranking
        is_of_year = np.array([self._index.years[row] == year for row in ranking.rows.tolist()], np.bool_)
        if not is_of_year.any():
            return _Ranking(ranking.rows, approximate=True)
        return _Ranking(ranking.rows[is_of_year], ranking.approximate, np.count_nonzero(is_of_year) == 1)

    def _rows_with(self, words: Sequence[str]) -> IntArray:
        """Movies that have all words, or words that begin so."""
        mask = np.ones(self._words.n_rows, np.bool_)
        for word in words:
            mask &= self._has(word)
        return np.flatnonzero(mask)

    def _has_whole(self, word: str) -> BoolArray:
        mask = np.zeros(self._words.n_rows, np.bool_)
        for spelling in {word, *title_parsing.core_words(word)}:
            mask[self._words.rows(spelling)] = True
        return mask

    def _has(self, word: str) -> BoolArray:
        mask = self._has_whole(word)
        if not (word.isdecimal() and len(word) < 3):
            mask[self._words.rows_with_prefix(word)] = True
        return mask

    def _tiers(self, rows: IntArray, words: tuple[str, ...], core_words: tuple[str, ...]) -> IntArray:
        """How well each title fits, `_SAME_NAME` (best) to `_PARTS_OF_WORDS`."""
        year = int(words[-1]) if len(words) > 1 and _YEAR.fullmatch(words[-1]) else 0
        texts = (" ".join(words), " ".join(core_words))
        without_year = (" ".join(words[:-1]), " ".join(core_words[:-1])) if year else texts
        whole_words = np.ones(self._words.n_rows, np.bool_)
        for word in words:
            whole_words &= self._has_whole(word)
        tiers = np.where(whole_words[rows], _WHOLE_WORDS, _PARTS_OF_WORDS)
        for place in np.argsort(self._popularity_rank[rows])[:_MAX_COMPARED].tolist():
            row = int(rows[place])
            raw, core = without_year if year and self._index.years[row] == year else texts
            names = self._index.names[row]
            if f"\n{raw}\n" in names:
                tiers[place] = _SAME_NAME
            elif f"\n{core}\n" in names:
                tiers[place] = _SAME_LOOSE_NAME
            elif f"\n{raw} " in names or f"\n{core} " in names:
                tiers[place] = _BEGINS
            elif tiers[place] > _WHOLE_WORDS and f"\n{raw}" in names:
                tiers[place] = _BEGINS_UNFINISHED
        return tiers

    def _of_series(self, words: tuple[str, ...]) -> _Ranking | None:
        """The n-th movie of a series whose titles have no numbers: "harry potter 3"."""
        if len(words) < 2 or not words[-1].isdecimal() or not 1 <= int(words[-1]) <= _MAX_SERIES:
            return None
        number, name = int(words[-1]), " ".join(words[:-1])
        rows = self._rows_with(words[:-1]).tolist()
        rows.sort(key=lambda row: (self._index.years[row], row))
        named = [row for row in rows if self._begins(row, f"{name}\n")]
        if number == 1 and named:
            return _Ranking(np.array(named, np.int64), approximate=True, is_unambiguous=len(named) == 1)
        longer = [row for row in rows if self._begins(row, f"{name} ") and row not in named]
        has_numbers = any(re.search(rf"\n{re.escape(name)} \d+\b", self._index.names[row]) for row in longer)
        series = sorted([*named, *longer], key=rows.index) if has_numbers else longer
        if len(series) < number:
            return None
        chosen = series[number - 1]
        others = [row for row in rows if row != chosen]
        return _Ranking(np.array([chosen, *others], np.int64), approximate=True)

    def _begins(self, row: int, text: str) -> bool:
        return f"\n{text}" in self._index.names[row] or f"\nthe {text}" in self._index.names[row]

    def _misspelt(self, words: tuple[str, ...], name: tuple[str, ...]) -> _Ranking:
        """Movies that have most of the words, or words with other letters, and those of people with such a name."""
        titles, has_all = self._misspelt_titles(words)
        people = self._people.misspelt(name).rows if self.finds_typing_errors else self._people.find(()).rows
        if not len(people):
            return titles
        people = people[np.argsort(self._popularity_rank[people])]
        rows = (titles.rows, people) if has_all else (people, titles.rows)
        return _Ranking(_first_of_each(np.concatenate(rows)), approximate=True)

    def _misspelt_titles(self, words: tuple[str, ...]) -> tuple[_Ranking, bool]:
        """Movies with such titles, and whether one has all of the words."""
        scores, best_possible = np.zeros(self._words.n_rows), 0.0
        has_all = np.ones(self._words.n_rows, np.bool_)
        for word in words:
            quality = self._word_quality(word)
            weight = float(np.log1p(self._words.n_rows / max(int(np.count_nonzero(quality)), 1)))
            scores += weight * quality
            best_possible += weight
            has_all &= quality > 0
        is_complete = bool(has_all.any())
        if is_complete:
            scores[~has_all] = 0.0
        elif scores.max(initial=0.0) < _MIN_COVERAGE * best_possible or not best_possible:
            return _Ranking(np.empty(0, np.int64), approximate=True), False
        rows = np.flatnonzero(scores >= scores.max() * 0.9)
        rows = rows[np.argsort(self._popularity_rank[rows])][:_MAX_COMPARED]
        has_no_other = np.array([self._has_name_of(row, len(words)) for row in rows.tolist()])
        scores = scores[rows] * (1 + 0.2 * has_no_other)
        order = np.argsort(-scores, kind="stable")[:_MAX_GUESSES]
        is_alone = len(order) == 1 or scores[order[0]] > scores[order[1]] * 1.05
        is_long = sum(map(len, words)) >= _SURE_LETTERS
        is_unambiguous = bool(is_complete and is_alone and is_long)
        return _Ranking(rows[order], approximate=True, is_unambiguous=is_unambiguous), is_complete

    def _has_name_of(self, row: int, n_words: int) -> bool:
        """Whether a name of a movie has so many words."""
        return any(name.count(" ") + 1 == n_words for name in self._index.names[row].split("\n") if name)

    def _word_quality(self, word: str) -> FloatArray:
        """How well each movie has a word, from 0 to 1."""
        quality = np.zeros(self._words.n_rows)
        neighbours = self._words.neighbours(word) if self.finds_typing_errors else []
        for neighbour, distance in sorted(neighbours, key=lambda pair: -pair[1]):
            quality[self._words.rows(neighbour)] = _TYPO_QUALITY[distance]
        if not (word.isdecimal() and len(word) < 3):
            quality[self._words.rows_with_prefix(word)] = _PREFIX_QUALITY
        quality[self._words.rows(word)] = 1.0
        return quality

    @cached_property
    def _words(self) -> WordIndex:
        index = self._index
        return WordIndex(
            [
                [*names.split(), *others.split(), *_joined_words(title), *([str(year)] if year else [])]
                for names, others, title, year in zip(
                    index.names, index.other_names, index.titles, index.years, strict=True
                )
            ]
        )

    @cached_property
    def _people(self) -> PeopleSearch:
        return PeopleSearch(self._index.people)

    @cached_property
    def _series(self) -> dict[tuple[str, ...], list[int]]:
        """The movies of each series, by the words of its name, in the order of their years."""
        series: dict[tuple[str, ...], list[int]] = {}
        for row in sorted(range(len(self._index.titles)), key=lambda row: (self._index.years[row], row)):
            if self._index.series[row]:
                series.setdefault(title_parsing.core_words(self._index.series[row]), []).append(row)
        return series


def _first_of_each(rows: IntArray) -> IntArray:
    """The rows, each once, where it is first."""
    return rows[np.sort(np.unique(rows, return_index=True)[1])]


def _joined_words(title: str) -> list[str]:
    """Words with a hyphen or a dot as one word: "Spider-Man" is also "spiderman"."""
    if not any(mark in title for mark in _JOINTS):
        return []
    return ["".join(title_parsing.normalised_words(word)) for word in title.split() if _JOINED.search(word)]
