"""Where the reading of a phrase has come to, and what has to be said of the words behind that place."""

from __future__ import annotations

from collections.abc import Callable

from reelgraph.recommend.phrases.catalogue_names import CatalogueNames
from reelgraph.recommend.phrases.quantities import Quantities
from reelgraph.recommend.phrases.request import Request, Span
from reelgraph.recommend.phrases.vocabulary import Meaning, Vocabulary
from reelgraph.recommend.phrases.words import Word, words_of

_GO_ON = ("genre", "genres", "mood", "dial", "filler")  # what a negation covers behind "and"


class Cursor:
    """Goes through the words of a phrase, and hands them to the request with what introduces them.

    Args:
        text: the phrase.
        vocabulary: of its language.
        names: of the catalogue.
        request: collects what is understood and what is not.
    """

    def __init__(self, text: str, vocabulary: Vocabulary, names: CatalogueNames, request: Request) -> None:
        self._text, self._vocabulary, self._names, self._request = text, vocabulary, names, request
        self._words = words_of(text)
        self._quantities = Quantities(self._words, vocabulary)
        self._place = 0
        self._negative = False
        self._lead: int | None = None  # where words such as "nothing with" begin
        self._unknown_from: int | None = None
        self._person_end = self._after_person_or = -1  # behind a person, and behind "or" after one

    def _take(self, start: int, length: int, add: Callable[[Span], None]) -> bool:
        """Hand words to the request; a negation ends with them, unless "or" or "and" follows."""
        self._end_unknown(start)
        goes_on = self._continues(start + length)
        add(self._span_of(start, length, lead=not goes_on))
        self._place, self._negative, self._lead = start + length, goes_on, None
        return True

    def _reject(self, start: int, length: int, code: str, value: str = "", *, ends_negation: bool = True) -> bool:
        self._end_unknown(start)
        self._request.reject(self._span_of(start, length), code, (value,) if value else ())
        self._place = start + length
        if ends_negation:
            self._negative, self._lead = self._continues(self._place), None
        return True

    def _continues(self, place: int) -> bool:
        """Whether a negation goes on behind the words before ``place``: "no horror or war"."""
        if place >= len(self._words) or not self._negative or self._words[place].breaks:
            return False
        joint = self._vocabulary.at(self._words, place, guess=False)
        if joint is None or joint.sense not in ("and", "or"):
            return False
        following = self._after_fillers(place + joint.length)
        return joint.sense == "or" or following is None or following.sense in _GO_ON

    def _after_fillers(self, place: int) -> Meaning | None:
        """What the first word after fillers means; the last filler if nothing follows it."""
        meaning = None
        while place < len(self._words):
            meaning = self._vocabulary.at(self._words, place, guess=False)
            if self._quantities.at(place) is not None:
                return Meaning("decade", None, 1)
            if meaning is None or meaning.sense != "filler":
                return meaning
            place += meaning.length
        return meaning

    def _segment_end(self, start: int) -> int:
        """The end of words that are a name: at a comma, or where known words begin."""
        place = start + 1
        while place < len(self._words) and not self._words[place].breaks:
            meaning = self._vocabulary.at(self._words, place)
            if meaning is not None and meaning.sense != "filler":
                break
            place += 1
        return place

    def _span_of(self, start: int, length: int, *, lead: bool = False) -> Span:
        """Where words begin and end in the phrase, and their places; with ``lead``, with what introduces them."""
        first, last = self._words[start], self._words[start + length - 1]
        end = last.end + self._closing(first, last)
        begin = first.start - self._opening(first)
        if lead and self._lead is not None:
            begin = self._words[self._lead].start
        return begin, end, start, start + length

    def _closing(self, first: Word, last: Word) -> int:
        inside = self._text[first.start : last.end]
        return int(inside.count("(") > inside.count(")") and self._text[last.end : last.end + 1] == ")")

    def _opening(self, first: Word) -> int:
        return int(first.gap[-1:] in ("'", "’"))

    def _end_unknown(self, end: int | None = None) -> None:
        """Report the words that are not known, up to here."""
        if self._unknown_from is None:
            return
        last = (self._place if end is None else end) - 1
        while last > self._unknown_from and self._is_filler(last):
            last -= 1
        self._request.reject(self._span_of(self._unknown_from, last + 1 - self._unknown_from), "unknown", ())
        self._unknown_from = None

    def _is_filler(self, place: int) -> bool:
        meaning = self._vocabulary.at(self._words, place, guess=False)
        return meaning is not None and meaning.sense in ("filler", "clause")
