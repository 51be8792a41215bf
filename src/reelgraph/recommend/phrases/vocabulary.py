"""What words mean: one table for each language, and the search for the longest entry at a place."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from reelgraph.core.errors import ConfigError
from reelgraph.recommend.phrases import english, french, german, spanish
from reelgraph.recommend.phrases.words import Word, words_of

Sense = Literal[
    "filler", "clause", "and", "or", "not", "like", "with", "by", "genre", "mood", "decade", "part of decade", "limit",
    "range", "minutes", "number", "duration", "unit", "seen", "watchlist", "dial", "recent", "age", "genres",
]  # fmt: skip
"""The kind of a meaning."""

_TABLES: Mapping[str, Mapping[str, Mapping[object, str]]] = {
    "en": english.TABLE, "de": german.TABLE, "es": spanish.TABLE, "fr": french.TABLE,
}  # fmt: skip
_CHOICE = re.compile(r"\(([^()]*)\)")
_MIN_LETTERS = 5  # of a word that may be misspelt
_ALIKE = 0.84  # of the letters, by difflib.SequenceMatcher
_NEVER_MISSPELT = frozenset(("filler", "clause", "and", "or", "number", "unit", "range"))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What some words mean.

    Args:
        sense: the kind.
        value: what it is, such as the name of a genre.
        length: number of words.
        guessed: the word is misspelt.
    """

    sense: Sense
    value: object
    length: int
    guessed: bool = False


class Vocabulary:
    """The entries of one language, with those of English below them.

    Args:
        tables: sense -> value -> entries, separated by ";", in which ``(a|b|)`` stands for one of them; a later table
            wins.
    """

    def __init__(self, tables: Sequence[Mapping[str, Mapping[object, str]]]) -> None:
        self._entries: dict[tuple[str, ...], tuple[Sense, object]] = {}
        for table in tables:
            for sense, values in table.items():
                for value, texts in values.items():
                    for entry in texts.split(";"):
                        for words in _spellings(entry):
                            self._entries[words] = (sense, value)  # type: ignore[assignment]
        self._longest = max(map(len, self._entries))

    def at(self, words: Sequence[Word], place: int, *, guess: bool = True) -> Meaning | None:
        """What the words from ``place`` mean: the longest entry, else one like a misspelt word, else None."""
        for length in range(min(self._longest, len(words) - place), 0, -1):
            entry = self._entries.get(tuple(word.text for word in words[place : place + length]))
            inner = words[place + 1 : place + length]
            if entry is not None and not any(word.breaks for word in inner):
                return Meaning(*entry, length)
        return self._misspelt(words[place].text) if guess else None

    def _misspelt(self, text: str) -> Meaning | None:
        if len(text) < _MIN_LETTERS and text not in self._swapped:
            return None
        near = [self._swapped[text]] if text in self._swapped else []
        near = near or difflib.get_close_matches(text, self._single_words.get(text[0], ()), n=1, cutoff=_ALIKE)
        return Meaning(*self._entries[near[0],], 1, guessed=True) if near else None

    @cached_property
    def _single_words(self) -> dict[str, list[str]]:
        """Entries of one word that may be misspelt, by their first letter."""
        words_by_letter: dict[str, list[str]] = {}
        for words, (sense, _) in sorted(self._entries.items()):
            if len(words) == 1 and sense not in _NEVER_MISSPELT and words[0].isalpha():
                words_by_letter.setdefault(words[0][0], []).append(words[0])
        return words_by_letter

    @cached_property
    def _swapped(self) -> dict[str, str]:
        """Short words with two letters in the wrong order."""
        short = [word for words in self._single_words.values() for word in words if len(word) == _MIN_LETTERS - 1]
        swapped = {
            word[:place] + word[place + 1] + word[place] + word[place + 2 :]: word
            for word in short
            for place in range(1, len(word) - 1)
        }
        return {text: word for text, word in swapped.items() if (text,) not in self._entries}


@cache
def vocabulary(language: str) -> Vocabulary:
    """The vocabulary of a language, one of "en", "de", "es" and "fr".

    Raises:
        ConfigError: there is none.
    """
    if language not in _TABLES:
        raise ConfigError.unknown(language, _TABLES, "language")
    return Vocabulary([english.TABLE] if language == "en" else [english.TABLE, _TABLES[language]])


def _spellings(entry: str) -> Iterator[tuple[str, ...]]:
    """All that an entry stands for: "a (good|great|) film" is three."""
    parts = _CHOICE.split(entry)
    choices = [[part] if place % 2 == 0 else part.split("|") for place, part in enumerate(parts)]
    for combination in itertools.product(*choices):
        words = tuple(word.text for word in words_of(" ".join(combination)))
        if words:
            yield words
