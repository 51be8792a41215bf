"""Years and lengths in a phrase: "late eighties", "1h30", "between 90 and 120 minutes"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reelgraph.recommend.phrases.vocabulary import Vocabulary
from reelgraph.recommend.phrases.words import Word

_YEAR = re.compile(r"(?:18[89]|19\d|20\d)\d")
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?")
_LENGTH = re.compile(r"(\d{1,2})h(?:rs?)?(\d{1,2})?m?|(\d{1,3})(?:mins?|m)")
_PARTS = {"early": (0, 3), "mid": (4, 6), "late": (6, 9)}  # years of a decade
_TO = frozenset(("to", "until", "through", "bis", "a", "hasta", "jusqua", "and", "und", "y", "et"))
_LISTED = frozenset(("and", "or", "und", "oder", "y", "o", "et", "ou"))
_LONGEST = 100_000  # minutes


@dataclass(frozen=True, slots=True)
class Quantity:
    """Years or minutes.

    Args:
        kind: which of them.
        low: first.
        high: last.
        length: number of words.
    """

    kind: Literal["years", "minutes"]
    low: int
    high: int
    length: int


class Quantities:
    """Finds years and lengths at a word.

    Args:
        words: of the phrase.
        vocabulary: of its language.
    """

    def __init__(self, words: Sequence[Word], vocabulary: Vocabulary) -> None:
        self._words, self._vocabulary = words, vocabulary

    def at(self, place: int) -> Quantity | None:
        """One year, decade or length that begins at a word."""
        if place >= len(self._words):
            return None
        return self._decade(place) or self._year(place) or self._minutes(place)

    def after_fillers(self, place: int) -> Quantity | None:
        """As `at`, with words such as "the" before it, which count for its length; a comma ends the search."""
        first = place
        while place < len(self._words) and not (place > first and self._words[place].breaks):
            quantity = self.at(place)
            if quantity is not None:
                return Quantity(quantity.kind, quantity.low, quantity.high, quantity.length + place - first)
            meaning = self._vocabulary.at(self._words, place, guess=False)
            if meaning is None or meaning.sense != "filler":
                return None
            place += meaning.length
        return None

    def range_at(self, place: int) -> Quantity | None:
        """Two of a kind with "to", "and" or a dash between them, the first perhaps without its unit."""
        first = self.at(place)
        start = place + (first.length if first is not None else 1)
        low = first.low if first is not None else self._plain_number(place)
        if low is None or start >= len(self._words):
            return None
        joint = self._words[start]
        dash = "-" in joint.gap or "–" in joint.gap
        if not dash and (joint.text not in _TO or joint.breaks):
            return None
        second = self.after_fillers(start if dash else start + 1)
        if second is None or (first is not None and first.kind != second.kind) or second.high < low:
            return None
        length = start + (0 if dash else 1) + second.length - place
        return Quantity(second.kind, int(low), second.high, length)

    def listed_at(self, place: int) -> Quantity | None:
        """A year or decade, with those that follow it: "80s and 90s"."""
        quantity = self.at(place)
        if quantity is None or quantity.kind != "years":
            return quantity
        while True:
            end = place + quantity.length
            if end >= len(self._words):
                return quantity
            word = self._words[end]
            skip = 1 if word.text in _LISTED else 0
            if not skip and not ({",", "/"} & set(word.gap)):
                return quantity
            following = self.after_fillers(end + skip)
            if following is None or following.kind != "years":
                return quantity
            if following.low > quantity.high + 1 or quantity.low > following.high + 1:
                return quantity
            low, high = min(quantity.low, following.low), max(quantity.high, following.high)
            quantity = Quantity("years", low, high, quantity.length + skip + following.length)

    def _decade(self, place: int) -> Quantity | None:
        part = self._vocabulary.at(self._words, place, guess=False)
        start = place + (part.length if part is not None and part.sense == "part of decade" else 0)
        if start > place and start < len(self._words):
            filler = self._vocabulary.at(self._words, start, guess=False)
            start += filler.length if filler is not None and filler.sense == "filler" else 0
        meaning = self._vocabulary.at(self._words, start) if start < len(self._words) else None
        if meaning is None or meaning.sense != "decade" or not isinstance(meaning.value, int):
            return None
        first, last = _PARTS[str(part.value)] if part is not None and start > place else (0, 9)
        length = start + meaning.length - place
        return Quantity("years", meaning.value + first, meaning.value + last, length)

    def _year(self, place: int) -> Quantity | None:
        text = self._words[place].text
        if not _YEAR.fullmatch(text) or self._unit(place + 1) is not None:
            return None
        return Quantity("years", int(text), int(text), 1)

    def _minutes(self, place: int) -> Quantity | None:
        meaning = self._vocabulary.at(self._words, place, guess=False)
        if meaning is not None and meaning.sense == "duration" and isinstance(meaning.value, int):
            return Quantity("minutes", meaning.value, meaning.value, meaning.length)
        match = _LENGTH.fullmatch(self._words[place].text)
        if match is not None:
            hours, minutes_past_hour, minutes = (int(group or 0) for group in match.groups())
            total, length = 60 * hours + minutes_past_hour + minutes, 1
            if hours and not minutes_past_hour:
                more = self._more_minutes(place + 1)
                total, length = total + more[0], length + more[1]
            return Quantity("minutes", total, total, length)
        number, unit = self._plain_number(place), self._unit(place + 1)
        if number is None or unit is None or number * unit > _LONGEST:
            return None
        more = self._more_minutes(place + 2) if unit > 1 else (0, 0)
        total = round(number * unit) + more[0]
        return Quantity("minutes", total, total, 2 + more[1])

    def _more_minutes(self, place: int) -> tuple[int, int]:
        """The minutes after hours, and their number of words: "1 hour 30", "1 hour and 30 minutes"."""
        skip = 1 if place < len(self._words) and self._words[place].text in _TO else 0
        number = self._plain_number(place + skip)
        if number is None or number >= 60 or self._words[place + skip].breaks:
            return 0, 0
        has_unit = self._unit(place + skip + 1) == 1
        return (int(number), 1 + skip + has_unit) if has_unit or not skip else (0, 0)

    def _plain_number(self, place: int) -> float | None:
        if place >= len(self._words):
            return None
        text = self._words[place].text
        if _NUMBER.fullmatch(text):
            return float(text.replace(",", "."))
        meaning = self._vocabulary.at(self._words, place, guess=False)
        if meaning is not None and meaning.sense == "number" and meaning.length == 1:
            return float(str(meaning.value))
        return None

    def _unit(self, place: int) -> int | None:
        """Minutes of a unit."""
        if place >= len(self._words) or self._words[place].breaks:
            return None
        meaning = self._vocabulary.at(self._words, place, guess=False)
        is_unit = meaning is not None and meaning.sense == "unit" and isinstance(meaning.value, int)
        return meaning.value if is_unit else None  # type: ignore[union-attr, return-value]
