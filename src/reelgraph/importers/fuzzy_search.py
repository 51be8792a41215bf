"""The nearest titles of about the same year, by letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reelgraph.core import FloatArray
from reelgraph.core.errors import CapabilityError
from reelgraph.importers.title_parsing import numbers

_SHOWN = 5
_LIKE = 78.0  # likeness (2 x shared letters over all letters, in per cent) from which a title is worth showing
_ONE_LETTER, _TWO_LETTERS = 5, 12  # letters from which on one or two wrong ones are taken for typing errors
_GAP = 2  # wrong letters by which the next film must be further away
_LENGTHS = 2  # letters by which titles of no year may differ in length: all years are many films
_BATCH = 256


@dataclass(frozen=True)
class Near:
    """A film with a name that is like the one sought.

    Args:
        row: of the catalogue.
        likeness: 0 to 100.
        typo: the two may be one film with typing errors: the same year, the same numbers, a letter or two apart.
        far_behind: at least `_GAP` letters further away than the nearest.
    """

    row: int
    likeness: float
    typo: bool
    far_behind: bool


class Search:
    """Searches names by year.

    Args:
        names: letters -> rows of the films of that name, and what kind of name it is; with and without articles.
        years: of each row, 0 where unknown.

    Raises:
        CapabilityError: rapidfuzz is not installed.
    """

    def __init__(self, names: Sequence[Mapping[str, Sequence[tuple[int, int]]]], years: Sequence[int]) -> None:
        self._tools = _rapidfuzz()
        self._years = years
        self._by_year: dict[int, list[tuple[str, int]]] = defaultdict(list)
        self._by_length: dict[int, list[tuple[str, int]]] = defaultdict(list)
        known = {(name, row) for some in names for name, rows in some.items() for row, _ in rows}
        for name, row in sorted(known):
            self._by_year[years[row]].append((name, row))
            self._by_length[len(name)].append((name, row))

    def near(self, questions: Sequence[tuple[str, int]]) -> list[tuple[Near, ...]]:
        """The films most like each (letters, year); within a year of it, or of any year where that is 0."""
        answers: list[tuple[Near, ...]] = [()] * len(questions)
        together: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place, (letters, year) in enumerate(questions):
            together[year, 0 if year else len(letters)].append(place)
        for (year, length), places in together.items():
            choices = self._choices(year, length)
            names = [name for name, _ in choices]
            for start in range(0, len(places) if choices else 0, _BATCH):
                batch = places[start : start + _BATCH]
                like = self._likeness([questions[place][0] for place in batch], names)
                for line, place in enumerate(batch):
                    answers[place] = self._best(questions[place], choices, like[line])
        return answers

    def _choices(self, year: int, length: int) -> list[tuple[str, int]]:
        """Names of the year, of those beside it and of none; for no year, those of about the length."""
        if not year:
            near = range(length - _LENGTHS, length + _LENGTHS + 1)
            return [one for own in near for one in self._by_length.get(own, ())]
        return [one for own in (year, year - 1, year + 1, 0) for one in self._by_year.get(own, ())]

    def _likeness(self, asked: Sequence[str], names: Sequence[str]) -> FloatArray:
        fuzz, process, _ = self._tools
        like: FloatArray = process.cdist(asked, names, scorer=fuzz.ratio, score_cutoff=_LIKE, dtype=np.uint8, workers=1)
        return like

    def _best(
        self, question: tuple[str, int], choices: Sequence[tuple[str, int]], like: FloatArray
    ) -> tuple[Near, ...]:
        asked, year = question
        found = np.flatnonzero(like)
        order = found[np.argsort(-like[found].astype(np.int64), kind="stable")][: 4 * _SHOWN]
        apart: dict[int, tuple[int, float, str]] = {}
        for place in order.tolist():
            name, row = choices[place]
            distance = self._tools[2].distance(asked, name)
            if row not in apart or distance < apart[row][0]:
                apart[row] = (distance, float(like[place]), name)
        ranked = sorted(apart.items(), key=lambda one: (one[1][0], self._years[one[0]] != year))[:_SHOWN]
        nearest = ranked[0][1][0] if ranked else 0
        return tuple(
            Near(
                row,
                likeness,
                self._is_typo(asked, name, distance, year == self._years[row]),
                distance >= nearest + _GAP,
            )
            for row, (distance, likeness, name) in ranked
        )

    def _is_typo(self, asked: str, name: str, distance: int, same_year: bool) -> bool:
        letters = min(len(asked), len(name))
        allowed = 2 if letters >= _TWO_LETTERS else 1 if letters >= _ONE_LETTER else 0
        return same_year and distance <= allowed and numbers(asked) == numbers(name)


def _rapidfuzz() -> tuple[Any, Any, Any]:
    """`fuzz`, `process` and the distance that counts a swap of neighbours as one error."""
    try:
        from rapidfuzz import fuzz, process
        from rapidfuzz.distance import OSA
    except ImportError:
        raise CapabilityError(
            "titles that are not written as in the catalogue need rapidfuzz", 'pip install "reelgraph[import]"'
        ) from None
    return fuzz, process, OSA
