"""Find similar titles of about the same year by edit distance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reelgraph.core import FloatArray
from reelgraph.core.errors import CapabilityError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.data.titles.title_parsing import numbers_in

_MAX_RESULTS = 5
_MIN_SIMILARITY = 78.0  # 2 x shared letters over all letters, in per cent
_ONE_TYPO_LENGTH, _TWO_TYPOS_LENGTH = 5, 12  # letters from which one or two differences count as typing errors
_FAR_BEHIND = 2  # more differences than the most similar title
_MAX_LENGTH_DIFFERENCE = 2  # letters, for titles without a year: without it there are too many titles to compare
_BATCH = 256


@dataclass(frozen=True)
class SimilarTitle:
    """A movie with a similar title.

    Args:
        row: in the catalogue.
        similarity: 0 to 100.
        is_typo: it may be the same title, with typing errors: numbers same, one or two letters off.
        has_same_numbers: whether both titles have the same numbers.
        is_far_behind: at least `_FAR_BEHIND` more differences than the most similar title.
    """

    row: int
    similarity: float
    is_typo: bool
    has_same_numbers: bool
    is_far_behind: bool


class FuzzyTitleIndex:
    """Searches similar titles by year.

    Args:
        titles: (key, row) of each title.
        years: of each row, 0 where unknown.

    Raises:
        CapabilityError: rapidfuzz is not installed.
    """

    def __init__(self, titles: Sequence[tuple[str, int]], years: Sequence[int]) -> None:
        self._fuzz, self._process, self._edit_distance = _import_rapidfuzz()
        self._years = years
        self._by_year: dict[int, list[tuple[str, int]]] = defaultdict(list)
        self._by_length: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for key, row in sorted(set(titles)):
            self._by_year[years[row]].append((key, row))
            self._by_length[len(key)].append((key, row))

    def search(self, queries: Sequence[tuple[str, int]]) -> list[tuple[SimilarTitle, ...]]:
        """The most similar titles for each (key, year): within a year of it, or of any year if it is 0."""
        results: list[tuple[SimilarTitle, ...]] = [()] * len(queries)
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for position, (key, year) in enumerate(queries):
            groups[year, 0 if year else len(key)].append(position)
        for (year, length), positions in groups.items():
            choices = self._choices(year, length)
            choice_keys = [key for key, _ in choices]
            for start in range(0, len(positions) if choices else 0, _BATCH):
                raise_if_interrupted()
                batch = positions[start : start + _BATCH]
                similarity = self._similarity([queries[position][0] for position in batch], choice_keys)
                for row, position in enumerate(batch):
                    results[position] = self._best(queries[position], choices, similarity[row])
        return results

    def _choices(self, year: int, length: int) -> list[tuple[str, int]]:
        """Titles within a year or without one; for an unknown year, titles of about the same length."""
        if not year:
            lengths = range(length - _MAX_LENGTH_DIFFERENCE, length + _MAX_LENGTH_DIFFERENCE + 1)
            return [title for length in lengths for title in self._by_length.get(length, ())]
        return [title for title_year in (year, year - 1, year + 1, 0) for title in self._by_year.get(title_year, ())]

    def _similarity(self, query_keys: Sequence[str], choice_keys: Sequence[str]) -> FloatArray:
        similarity: FloatArray = self._process.cdist(
            query_keys, choice_keys, scorer=self._fuzz.ratio, score_cutoff=_MIN_SIMILARITY, dtype=np.uint8, workers=1
        )
        return similarity

    def _best(
        self, query: tuple[str, int], choices: Sequence[tuple[str, int]], similarity: FloatArray
    ) -> tuple[SimilarTitle, ...]:
        query_key, query_year = query
        similar = np.flatnonzero(similarity)
        order = similar[np.argsort(-similarity[similar].astype(np.int64), kind="stable")][: 4 * _MAX_RESULTS]
        best_by_row: dict[int, tuple[int, float, str]] = {}
        for position in order.tolist():
            key, row = choices[position]
            distance = self._edit_distance.distance(query_key, key)
            if row not in best_by_row or distance < best_by_row[row][0]:
                best_by_row[row] = (distance, float(similarity[position]), key)
        ranked = sorted(best_by_row, key=lambda row: (best_by_row[row][0], self._years[row] != query_year))
        least = best_by_row[ranked[0]][0] if ranked else 0
        results = []
        for row in ranked[:_MAX_RESULTS]:
            distance, percent, key = best_by_row[row]
            same_numbers = numbers_in(query_key) == numbers_in(key)
            is_typo = same_numbers and _is_typo(query_key, key, distance)
            results.append(SimilarTitle(row, percent, is_typo, same_numbers, distance >= least + _FAR_BEHIND))
        return tuple(results)


def _is_typo(query_key: str, key: str, distance: int) -> bool:
    length = min(len(query_key), len(key))
    max_distance = 2 if length >= _TWO_TYPOS_LENGTH else 1 if length >= _ONE_TYPO_LENGTH else 0
    return distance <= max_distance


def _import_rapidfuzz() -> tuple[Any, Any, Any]:
    """`fuzz`, `process` and an edit distance in which swapping two adjacent letters is one edit."""
    try:
        from rapidfuzz import fuzz, process
        from rapidfuzz.distance import OSA
    except ImportError:
        raise CapabilityError.missing("import of titles spelled differently", "rapidfuzz", extra="import") from None
    return fuzz, process, OSA
