"""Reads a phrase from left to right, word by word, and collects what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from reelgraph.recommend.phrases.catalogue_names import CatalogueNames
from reelgraph.recommend.phrases.cursor import Cursor
from reelgraph.recommend.phrases.parsed import ParsedPhrase
from reelgraph.recommend.phrases.quantities import Quantity
from reelgraph.recommend.phrases.request import Abilities, Request, require_phrase
from reelgraph.recommend.phrases.vocabulary import Meaning, vocabulary
from reelgraph.recommend.tonight.moods import MoodName

_OLD_UNTIL, _NEW_YEARS = 1979, 5  # "old" is up to that year, "new" the last years of the catalogue
_ABOUT = 15  # minutes around a length that is named without "under" or "over"
_LAST_NAME = 4  # letters of a last name on its own, at least

_Title = tuple[int, int, int]
"""The first word of a title, its number of words, and the item row."""


class Reader(Cursor):
    """Reads one phrase.

    Args:
        text: the phrase.
        vocabulary: of its language.
        names: of the catalogue.
        request: collects what is understood and what is not.

    Cost: O(words of the phrase), each looked up with the few that follow it.
    """

    def read(self) -> None:
        """Read the whole phrase."""
        while self._place < len(self._words):
            if self._words[self._place].breaks:
                self._end_unknown()
                self._negative, self._lead = False, None
            before = self._place
            is_read = self._read_quantity() or self._read_name() or self._read_meaning()
            if not is_read:
                self._unknown_from = before if self._unknown_from is None else self._unknown_from
                self._place = before + 1
        self._end_unknown()

    def _read_quantity(self) -> bool:
        """A year, a decade, a length, or a span of them."""
        start = self._place
        meaning = self._vocabulary.at(self._words, start, guess=False)
        is_range = meaning is not None and meaning.sense == "range"
        quantity = self._quantities.range_at(start + 1 if is_range else start)
        if quantity is not None:
            return self._narrow(start, quantity, quantity.length + is_range)
        quantity = self._quantities.listed_at(start)
        if quantity is None:
            return False
        end = start + quantity.length
        limit = self._vocabulary.at(self._words, end, guess=False) if end < len(self._words) else None
        follows = limit is not None and limit.sense == "limit" and not self._words[end].breaks
        if limit is not None and follows and self._quantities.after_fillers(end + limit.length) is None:
            return self._limit(start, limit, quantity, quantity.length + limit.length)
        if quantity.kind == "minutes":
            quantity = Quantity("minutes", max(quantity.low - _ABOUT, 1), quantity.high + _ABOUT, quantity.length)
        return self._narrow(start, quantity, quantity.length)

    def _read_name(self) -> bool:
        """A person by their full name, or a genre of the catalogue that the vocabulary does not have."""
        person = self._names.person(self._words, self._place)
        if person is not None:
            self._add_person(self._place, person[0], person[1])
            return True
        meaning = self._vocabulary.at(self._words, self._place, guess=False)
        genre = self._names.own_genre(self._words, self._place) if meaning is None else None
        if genre is not None:
            self._take(self._place, genre[1], lambda words: self._request.add_genre(words, (genre[0],), self._negative))
        return genre is not None

    def _read_meaning(self) -> bool:
        """An entry of the vocabulary, or a last name that only one person has."""
        meaning = self._vocabulary.at(self._words, self._place, guess=False)
        if meaning is None:
            word = self._words[self._place].text
            called = self._names.people_called([word]) if len(word) >= _LAST_NAME else []
            if len(called) == 1 and called[0].casefold().endswith(word):
                self._add_person(self._place, called[0], 1)
                return True
            meaning = self._vocabulary.at(self._words, self._place)
        if meaning is None:
            return False
        return self._readers[meaning.sense](self, meaning)

    def _filler(self, meaning: Meaning) -> bool:
        self._request.pass_filler(self._place, meaning.length)
        self._place += meaning.length
        if self._unknown_from is not None and meaning.sense != "filler":
            self._end_unknown(self._place - meaning.length)
        return True

    def _joint(self, meaning: Meaning) -> bool:
        self._end_unknown()
        self._request.join(self._place, meaning.length)
        follows_person = meaning.sense == "or" and self._place == self._person_end
        self._place += meaning.length
        self._after_person_or = self._place if follows_person else -1
        return True

    def _not(self, meaning: Meaning) -> bool:
        self._introduce(meaning)
        self._negative = True
        return True

    def _genre(self, meaning: Meaning) -> bool:
        values = meaning.value if isinstance(meaning.value, tuple) else (meaning.value,)
        names = [self._names.genre(str(value)) for value in values]
        missing = [str(value) for value, name in zip(values, names, strict=True) if name is None]
        if missing:
            return self._reject(self._place, meaning.length, "genre", missing[0])
        genre_names = tuple(name for name in names if name is not None)
        return self._take(
            self._place, meaning.length, lambda words: self._request.add_genre(words, genre_names, self._negative)
        )

    def _mood(self, meaning: Meaning) -> bool:
        mood = cast(MoodName, meaning.value)
        if not self._names.has_mood(mood):
            return self._reject(self._place, meaning.length, "mood", mood)
        return self._take(
            self._place, meaning.length, lambda words: self._request.add_mood(words, mood, self._negative)
        )

    def _age(self, meaning: Meaning) -> bool:
        low, high = (max(self._names.last_year - _NEW_YEARS + 1, 1), 0) if meaning.value == "new" else (0, _OLD_UNTIL)
        return self._span(self._place, meaning.length, "years", low, high)

    def _minutes(self, meaning: Meaning) -> bool:
        low, high = cast("tuple[int, int]", meaning.value)
        return self._span(self._place, meaning.length, "minutes", low, high)

    def _limit_before(self, meaning: Meaning) -> bool:
        quantity = self._quantities.after_fillers(self._place + meaning.length)
        if quantity is None:
            return False
        return self._limit(self._place, meaning, quantity, meaning.length + quantity.length)

    def _dial(self, meaning: Meaning) -> bool:
        name, weight = cast("tuple[str, float]", meaning.value)
        weight = -weight if self._negative else weight
        return self._take(self._place, meaning.length, lambda words: self._request.set_dial(words, name, weight))

    def _seen(self, meaning: Meaning) -> bool:
        value = {"only": "hidden"}.get(str(meaning.value), str(meaning.value)) if self._negative else str(meaning.value)
        return self._take(self._place, meaning.length, lambda words: self._request.set_seen(words, value))

    def _watchlist(self, meaning: Meaning) -> bool:
        return self._take(self._place, meaning.length, self._request.set_watchlist)

    def _recent(self, meaning: Meaning) -> bool:
        return self._take(self._place, meaning.length, self._request.set_recent)

    def _with(self, meaning: Meaning) -> bool:
        """People, after "with"; other words that are known may follow it, too: "with romance"."""
        first = self._place
        self._introduce(meaning)
        start = self._place
        if start >= len(self._words) or self._words[start].breaks:
            return self._reject(first, meaning.length, "nothing_named")
        if self._names.person(self._words, start) is not None:
            return True  # read next, as a full name
        following = self._after_fillers(start)
        if following is not None and following.sense != "filler":
            return True
        end = self._segment_end(start)
        called = self._names.people_called([word.text for word in self._words[start:end]])
        if not called:
            return self._reject(start, end - start, "person" if self._names.has_people else "no_people")
        if len(called) > 1:
            return self._reject(start, end - start, "people", ", ".join(called[:5]))
        self._add_person(start, called[0], end - start)
        return True

    def _like(self, meaning: Meaning) -> bool:
        """Titles after "like"; other words that are known may follow it, too: "something like a comedy"."""
        first = self._place
        self._introduce(meaning)
        self._negative = self._negative or meaning.value == "not"
        if self._place >= len(self._words) or self._words[self._place].breaks:
            return self._reject(first, meaning.length, "nothing_named")
        titles: list[_Title] = []
        if not self._read_exact_title(titles, in_list=False):
            following = self._after_fillers(self._place)
            if following is not None and following.sense != "filler":
                return True
            self._read_misspelt_title(titles)
        self._read_more_titles(titles)
        for start, length, row in titles:
            span = self._span_of(start, length, lead=len(titles) == 1)
            self._request.add_title(span, row, self._names.title_of(row), self._negative)
        self._negative = self._continues(self._place)
        self._lead = None
        return True

    def _introduce(self, meaning: Meaning) -> None:
        """Pass words such as "nothing" or "with", which belong to what follows."""
        self._end_unknown()
        self._lead = self._place if self._lead is None else self._lead
        self._place += meaning.length

    def _read_more_titles(self, titles: list[_Title]) -> None:
        """The titles that follow one, each after "and", "or" or a comma."""
        while self._place < len(self._words):
            word = self._words[self._place]
            joint = self._vocabulary.at(self._words, self._place, guess=False)
            is_joint = joint is not None and joint.sense in ("and", "or") and not word.breaks
            before = self._place
            if is_joint and joint is not None:
                self._place += joint.length
            elif not ({",", "/", "&", "+"} & set(word.gap)):
                return
            if self._place < len(self._words) and self._read_exact_title(titles, in_list=True):
                continue
            at_end = self._place >= len(self._words)
            if at_end or not is_joint or self._vocabulary.at(self._words, self._place) is not None:
                self._place = before
                return
            if self._names.person(self._words, self._place) is not None:
                self._place = before
                return
            self._read_misspelt_title(titles)

    def _read_exact_title(self, titles: list[_Title], *, in_list: bool) -> bool:
        start = self._place
        rows, length = self._names.exact_title(self._text, self._words, start)
        meaning = self._vocabulary.at(self._words, start, guess=False)
        if not rows or (in_list and meaning is not None and meaning.sense != "filler" and meaning.length >= length):
            return False
        if len(rows) > 1:
            return self._reject(start, length, "title", self._names.which_title(rows), ends_negation=False)
        titles.append((start, length, rows[0]))
        self._place = start + length
        return True

    def _read_misspelt_title(self, titles: list[_Title]) -> None:
        start = self._place
        end = self._segment_end(start)
        row, problem = self._names.title_like(self._text[self._words[start].start : self._words[end - 1].end])
        if row is None:
            self._reject(start, end - start, "title", problem, ends_negation=False)
        else:
            titles.append((start, end - start, row))
            self._place = end

    def _add_person(self, start: int, name: str, length: int) -> None:
        if not self._negative and self._after_person_or == start:
            self._reject(start, length, "people_or")
        else:
            self._take(start, length, lambda words: self._request.add_person(words, name, self._negative))
        self._person_end = self._place

    def _limit(self, start: int, meaning: Meaning, quantity: Quantity, length: int) -> bool:
        """A quantity with "before", "at most", "since" or "about"."""
        side, offset = cast("tuple[str, int]", meaning.value)
        if side == "about":
            width = _ABOUT if quantity.kind == "minutes" else 2 if quantity.low == quantity.high else 0
            return self._span(start, length, quantity.kind, max(quantity.low - width, 1), quantity.high + width)
        edge = quantity.low if (side == "to") == (offset != 0) else quantity.high
        low, high = (0, edge + offset) if side == "to" else (edge + offset, 0)
        return self._span(start, length, quantity.kind, low, high)

    def _narrow(self, start: int, quantity: Quantity, length: int) -> bool:
        return self._span(start, length, quantity.kind, quantity.low, quantity.high)

    def _span(self, start: int, length: int, kind: str, low: int, high: int) -> bool:
        """From ``low`` to ``high``, 0 where open; what is left of it where it is negated."""
        if self._negative:
            if low and high:
                return self._reject(start, length, "not_years")
            low, high = (high + 1, 0) if high else (0, low - 1)
        return self._take(start, length, lambda words: self._request.narrow(words, kind, low, high))

    _readers: Mapping[str, Callable[[Reader, Meaning], bool]] = {
        "filler": _filler, "clause": _filler, "range": _filler, "and": _joint, "or": _joint, "not": _not,
        "genre": _genre, "genres": _genre, "mood": _mood, "age": _age, "minutes": _minutes, "limit": _limit_before,
        "dial": _dial,
        "seen": _seen, "watchlist": _watchlist, "recent": _recent, "with": _with, "by": _with, "like": _like,
        "decade": lambda *_: False, "part of decade": lambda *_: False, "number": lambda *_: False,
        "duration": lambda *_: False, "unit": lambda *_: False,
    }  # fmt: skip


def read_phrase(text: str, names: CatalogueNames, can: Abilities, language: str = "en") -> ParsedPhrase:
    """What a phrase asks for; see `parse_phrase`.

    Args:
        text: the phrase.
        names: of the catalogue.
        can: what a phrase may ask for.
        language: of the phrase.

    Raises:
        ConfigError: the phrase is too long, or the language is unknown.
    """
    require_phrase(text)
    request = Request(text, can)
    Reader(text, vocabulary(language), names, request).read()
    return request.parsed()
