"""Parse and normalise titles, so that different spellings of the title of a movie become equal."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_ARTICLES = """
the a an le la les l un une der die das den dem ein eine el los las una uno il lo gli i o os as um uma det en ett de het
"""
ARTICLES = frozenset(_ARTICLES.split())
"""Articles in the languages of titles; they may be at the front, after a comma, or missing."""

# "Heat (1995)", "Death Note (2006–2007)", "The Land Before Time III (1995) (V)"
_YEAR = re.compile(r"\s*\((\d{4})(?:[-–]\d{0,4})?\)\s*(?:\((?:V|TV|mini)\)\s*)?$")
_BRACKETS = re.compile(r"\s*\(([^()]*)\)\s*$")
_AKA = re.compile(r"^a\.?k\.?a\.?\s+", re.IGNORECASE)
_MOVED_ARTICLE = re.compile(r"^(.+), ([A-Za-zÀ-ÿ]{1,3})(['’]?)(?=$|\s*[:(]|\s+[-–—]\s)(.*)$")
_POSSESSIVE = re.compile(r"^(?:\S+ ){0,3}\S+['’]s? (?=\S)")
_SUBTITLE_SEPARATOR = re.compile(r"\s*:\s+|\s+[-–—]\s+")
_LETTER_MAP = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | {"&": " and ", "+": " and ", "'": "", "’": "", "‘": "", "ʼ": "", "`": "", "´": ""}
)
_NUMBER_WORDS = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12",
    "xiii": "13", "xiv": "14", "xv": "15", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13",
    "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
    "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70",
    "eighty": "80", "ninety": "90", "hundred": "100",
}  # fmt: skip
_ABBREVIATIONS = {"vol": "volume", "pt": "part", "vs": "versus", "dr": "doctor", "mr": "mister"}
# Numerals only before a colon, at the end, or after one of the words below.
_ROMAN_LETTERS = {"i": "1", "v": "5", "x": "10"}
_NUMBERED_WORDS = frozenset(("part", "episode", "chapter", "volume"))
_REWRITTEN_WORDS = frozenset(
    (*ARTICLES, "and", *_NUMBER_WORDS, *_ABBREVIATIONS, *_ABBREVIATIONS.values(), *_ROMAN_LETTERS, *_NUMBERED_WORDS)
)
_EPISODE = re.compile(r"episode (?:\d{1,2}|[ivx]{1,5})", re.IGNORECASE)
_PART_MARK = re.compile("[:'’–—-]")
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class ParsedTitle:
    """The parts of a title.

    Args:
        main: the title without year and brackets.
        alternatives: names in brackets at its end ("a.k.a. ...", original titles), and the title with its brackets.
        year: 0 if it has none.
    """

    main: str
    alternatives: tuple[str, ...]
    year: int


def parse_title(title: str) -> ParsedTitle:
    """Split "Seven (a.k.a. Se7en) (1995)" into the title, alternative titles and the year."""
    text = html.unescape(title).strip()
    year_match = _YEAR.search(text)
    year = int(year_match.group(1)) if year_match else 0
    with_brackets = text = text[: year_match.start()].rstrip() if year_match and year_match.start() else text
    alternatives: list[str] = []
    while (bracket := _BRACKETS.search(text)) and bracket.start() > 0:
        alternatives.insert(0, _AKA.sub("", bracket.group(1)).strip())
        text = text[: bracket.start()].rstrip()
    if alternatives:
        alternatives.append(with_brackets)
    return ParsedTitle(text, tuple(name for name in alternatives if name), year)


def display_title(title: str) -> str:
    """The title as people write it: "Matrix, The (1999)" -> "The Matrix"."""
    return _with_article_first(parse_title(title).main)


def _with_article_first(title: str) -> str:
    match = _MOVED_ARTICLE.match(title)
    if match is None or match.group(2).lower() not in ARTICLES:
        return title
    start, article, apostrophe, end = match.groups()
    return f"{article}{apostrophe}{'' if apostrophe else ' '}{start}{end}"


def normalised_words(title: str) -> tuple[str, ...]:
    """The words of a title in lower case, without accents and punctuation, with a moved article at the front."""
    if ", " in title:
        title = _with_article_first(title)
    text = title.casefold().translate(_LETTER_MAP)
    if not text.isascii():
        # Superscripts become digits and accents are removed; letters of other scripts are kept.
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple(_WORD.findall(text))


def both_words(title: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`normalised_words` and `core_words` of a title."""
    words = normalised_words(title)
    return words, _core_words(title, words)


def match_keys(title: str) -> tuple[str, str]:
    """`exact_key` and `loose_key` of a title."""
    words, core = both_words(title)
    return key_of(words, title), key_of(core, title)


def key_of(words: tuple[str, ...], title: str) -> str:
    """The letters of the words of a title; the title itself if it has no word."""
    return "".join(words) or title.strip().casefold()


def exact_key(title: str) -> str:
    """The letters of a title without spaces: "Spider-Man" and "Spiderman" have the same key."""
    return key_of(normalised_words(title), title)


def core_words(title: str) -> tuple[str, ...]:
    """The words of a title without articles and "and", with numbers as digits: "The Omen, Part III" -> omen 3."""
    return _core_words(title, normalised_words(title))


def numbered_words(title: str) -> tuple[str, ...]:
    """The words of a title with its articles, with numbers as digits."""
    return _core_words(title, normalised_words(title), keep_articles=True)


def _core_words(title: str, words: tuple[str, ...], *, keep_articles: bool = False) -> tuple[str, ...]:
    if _REWRITTEN_WORDS.isdisjoint(words):
        return words
    last = len(words) - 1
    last_positions = {last}
    if _ROMAN_LETTERS.keys() & set(words[1:]):
        main_title = _SUBTITLE_SEPARATOR.split(title, maxsplit=1)[0]
        last_positions.add(len(normalised_words(main_title)) - 1)
    core: list[str] = []
    for position, word in enumerate(words):
        word = _NUMBER_WORDS.get(word, _ABBREVIATIONS.get(word, word))
        if word in _ROMAN_LETTERS and core and (position in last_positions or core[-1] in _NUMBERED_WORDS):
            word = _ROMAN_LETTERS[word]
        if word == "doctor" and position == last and core:
            word = "drive"  # "Mulholland Dr."
        if word.isdecimal() and core and core[-1] in _NUMBERED_WORDS:
            core.pop()
        if keep_articles or (position == last and not core) or not (word in ARTICLES or word == "and"):
            core.append(word)
    return tuple(core)


def loose_key(title: str) -> str:
    """The letters of `core_words` without spaces."""
    return key_of(core_words(title), title)


def numbers_in(key: str) -> tuple[str, ...]:
    """The numbers in a key; titles with different numbers are different movies, not typing errors."""
    return tuple(_DIGITS.findall(key))


def has_parts(title: str) -> bool:
    """Whether a title may have parts: a colon, a dash or an apostrophe."""
    return _PART_MARK.search(title) is not None


def title_parts(title: str) -> tuple[str, ...]:
    """The parts before the first and after the last colon or dash, and after a possessive ("Monty Python's ...")."""
    if not has_parts(title):
        return ()
    pieces = _SUBTITLE_SEPARATOR.split(title)
    candidates = (pieces[0], pieces[-1], _POSSESSIVE.sub("", title))
    return tuple(part for part in dict.fromkeys(candidates) if part not in ("", title))


def has_article(title: str) -> bool:
    """Whether one of the words of a title is an article."""
    return not ARTICLES.isdisjoint(normalised_words(title))


def unnumbered_key(title: str) -> tuple[str, tuple[str, ...]] | None:
    """First and last part of a title without a number, and the numbers; None for a title of one part.

    "Ice Age 2: The Meltdown" -> "iceage:meltdown", ("2",).
    """
    pieces = _SUBTITLE_SEPARATOR.split(title)
    if len(pieces) < 2:
        return None
    first, last = core_words(pieces[0]), core_words(pieces[-1])
    words = tuple(word for word in first if not word.isdecimal())
    middle_numbers = [word for piece in pieces[1:-1] for word in core_words(piece) if word.isdecimal()]
    if not words or not last or all(word.isdecimal() for word in last):
        return None
    numbers = (*(word for word in first if word.isdecimal()), *middle_numbers)
    return f"{''.join(words)}:{''.join(last)}", numbers


def episode_names(title: str) -> tuple[str, ...]:
    """The names by which an episode of a series of movies is known: "Star Wars: Episode IV - A New Hope" has two."""
    pieces = _SUBTITLE_SEPARATOR.split(title)
    return (pieces[0], pieces[2]) if len(pieces) == 3 and _EPISODE.fullmatch(pieces[1]) else ()


def listed_titles(alternatives: Sequence[str]) -> list[str]:
    """Titles that share one pair of brackets: "All I Wanna Do, The Hairy Bird"."""
    return [
        title
        for alternative in alternatives
        if ", " in alternative
        for title in alternative.split(", ")
        if is_distinctive(title)
    ]


def is_distinctive(title: str) -> bool:
    """True for at least two words besides articles and nine letters: movies of other years rarely have such a title."""
    words = core_words(title)
    return len(words) >= 2 and sum(map(len, words)) >= 9
