"""The words of a phrase: each with where it stands, in the letters by which it is compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(r"\d+[.,]\d+(?!\d)|[^\W_]+(?:['’][^\W_]+)*")
_BREAK = re.compile(r"[,;.!?:()/]")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "'": "", "’": ""})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a phrase.

    Args:
        text: in lower case, without accents and apostrophes.
        start: of its first letter in the phrase.
        end: behind its last letter.
        gap: what stands between the word before and this one.
    """

    text: str
    start: int
    end: int
    gap: str = ""

    @property
    def breaks(self) -> bool:
        """Whether a mark such as a comma stands before it."""
        return _BREAK.search(self.gap) is not None


def folded(text: str) -> str:
    """Letters by which words are compared: in lower case, without accents and apostrophes."""
    text = text.casefold().translate(_LETTERS)
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def words_of(phrase: str) -> tuple[Word, ...]:
    """The words of a phrase, from left to right.

    Examples:
        >>> [word.text for word in words_of("'90s sci-fi, I haven't seen")]
        ['90s', 'sci', 'fi', 'i', 'havent', 'seen']
    """
    words, end = [], 0
    for match in _WORD.finditer(phrase):
        words.append(Word(folded(match.group()), match.start(), match.end(), phrase[end : match.start()]))
        end = match.end()
    return tuple(words)
