"""Titles in a form in which the same film has the same letters, whoever wrote it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_ARTICLES = """
the a an le la les l un une der die das den dem ein eine el los las una uno il lo gli i o os as um uma det en ett de het
"""
ARTICLES = frozenset(_ARTICLES.split())
"""Articles of the languages that titles are written in: in front, behind a comma, or missing."""

# "Heat (1995)", "Death Note (2006–2007)", "The Land Before Time III (1995) (V)"
_YEAR = re.compile(r"\s*\((\d{4})(?:[-–]\d{0,4})?\)\s*(?:\((?:V|TV|mini)\)\s*)?$")
_BRACKETS = re.compile(r"\s*\(([^()]*)\)\s*$")
_AKA = re.compile(r"^a\.?k\.?a\.?\s+", re.IGNORECASE)
_MOVED = re.compile(r"^(.+), ([A-Za-zÀ-ÿ]{1,3})(['’]?)(?=$|\s*[:(]|\s+[-–—]\s)(.*)$")
_OWNER = re.compile(r"^(?:\S+ ){0,3}\S+['’]s? (?=\S)")
_PARTS = re.compile(r"\s*:\s+|\s+[-–—]\s+")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | {"&": " and ", "+": " and ", "'": "", "’": "", "‘": "", "ʼ": "", "`": "", "´": ""}
)
_NUMBERS = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12",
    "xiii": "13", "xiv": "14", "xv": "15", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_SHORT = {"vol": "volume", "pt": "part", "vs": "versus", "dr": "doctor", "mr": "mister"}
_SINGLE = {"i": "1", "v": "5", "x": "10"}  # numerals only before a colon, at the end, or behind one of these words
_COUNTED = frozenset(("part", "episode", "chapter", "volume"))
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Title:
    """A title taken apart.

    Args:
        main: the title itself, without year and brackets.
        others: names in brackets at its end ("a.k.a. ...", original titles), and the title with its brackets.
        year: 0 where it has none.
    """

    main: str
    others: tuple[str, ...]
    year: int


def take_apart(title: str) -> Title:
    """Split "Seven (a.k.a. Se7en) (1995)" into its title, its other names and its year."""
    text = title.strip()
    found = _YEAR.search(text)
    year = int(found.group(1)) if found else 0
    whole = text = text[: found.start()].rstrip() if found and found.start() else text
    others: list[str] = []
    while (bracket := _BRACKETS.search(text)) and bracket.start() > 0:
        others.insert(0, _AKA.sub("", bracket.group(1)).strip())
        text = text[: bracket.start()].rstrip()
    if others:
        others.append(whole)
    return Title(text, tuple(name for name in others if name), year)


def natural(title: str) -> str:
    """The title as people write it: "Matrix, The (1999)" -> "The Matrix"."""
    main = take_apart(title).main
    moved = _MOVED.match(main)
    if moved is None or moved.group(2).lower() not in ARTICLES:
        return main
    rest, article, mark, tail = moved.groups()
    return f"{article}{mark}{'' if mark else ' '}{rest}{tail}"


def words(title: str) -> tuple[str, ...]:
    """The words of a title: lower case, no accents, no punctuation, a moved article in front again."""
    if ", " in title:
        title = natural(title)
    text = title.casefold().translate(_LETTERS)
    if not text.isascii():
        # Superscripts become digits, accents fall off; letters of other scripts stay.
        text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return tuple(_WORD.findall(text))


def keys(title: str) -> tuple[str, str]:
    """`exact` and `loose` of a title."""
    found = words(title)
    bare = title.strip().casefold()
    return "".join(found) or bare, "".join(_core(title, found)) or bare


def exact(title: str) -> str:
    """The letters of a title, without spaces: "Spider-Man" and "Spiderman" are one."""
    return "".join(words(title)) or title.strip().casefold()


def core(title: str) -> tuple[str, ...]:
    """The words of a title without its first article, numbers as digits: "The Omen, Part III" -> omen 3."""
    return _core(title, words(title))


def _core(title: str, found: tuple[str, ...]) -> tuple[str, ...]:
    cut = int(len(found) > 1 and found[0] in ARTICLES)
    found = found[cut:]
    ends = {len(found) - 1}
    if _SINGLE.keys() & set(found[1:]):
        ends.add(len(words(_PARTS.split(title, maxsplit=1)[0])) - 1 - cut)
    changed: list[str] = []
    for place, word in enumerate(found):
        word = _SHORT.get(word, _NUMBERS.get(word, word))
        if word in _SINGLE and place and (place in ends or changed[-1] in _COUNTED):
            word = _SINGLE[word]
        if word.isdecimal() and changed and changed[-1] in _COUNTED:
            changed.pop()
        changed.append(word)
    return tuple(changed)


def loose(title: str) -> str:
    """The letters of `core`, without spaces."""
    return "".join(core(title)) or title.strip().casefold()


def numbers(letters: str) -> tuple[str, ...]:
    """The numbers in a title; two titles that differ in them are two films, never a typing error."""
    return tuple(_DIGITS.findall(letters))


def parts(title: str) -> tuple[str, ...]:
    """What stands before the first and after the last colon or dash, and behind an owner ("Monty Python's ...")."""
    pieces = _PARTS.split(title)
    found = (pieces[0], pieces[-1], _OWNER.sub("", title))
    return tuple(piece for piece in dict.fromkeys(found) if piece not in ("", title))


def telling(title: str) -> bool:
    """Two words or more beside articles, and nine letters: films of other years seldom share such a name."""
    found = core(title)
    return len(found) >= 2 and sum(map(len, found)) >= 9


def half(title: str) -> bool:
    """Two words or more beside articles: enough, within one year, to know a film by half of its title."""
    found = core(title)
    return len(found) >= 2 and sum(map(len, found)) >= 8
