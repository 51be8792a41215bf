"""Lists of films as people and services write them, made from a catalogue, with what cannot be known among them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import Catalogue
from reelgraph.data.readers.metadata import MovieRow, catalogue

HELD_OUT = 0.2
REMAKES = 0.1  # for so many films an invented one of the same title and another year is asked for too
_ROMAN = {"II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "IX": "9", "X": "10"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Row:
    """One film as a person's list has it.

    Args:
        title: as written there.
        year: as written there.
        truth: row of the catalogue, -1 where it has no such film.
        kind: how the title was changed.
    """

    title: str
    year: int
    truth: int
    kind: str


def split_title(title: str) -> tuple[str, list[str], int]:
    """A MovieLens title: how people write it, its other names, its year."""
    found = re.search(r"\s*\((\d{4})\)\s*$", title)
    year = int(found.group(1)) if found else 0
    main = title[: found.start()] if found else title
    others = []
    while bracket := re.search(r"\s+\(([^()]+)\)$", main):
        others.append(_spoken(bracket.group(1).removeprefix("a.k.a. ").strip()))
        main = main[: bracket.start()]
    return _spoken(main.strip()), others, year


def _spoken(title: str) -> str:
    found = re.match(r"^(.*), (The|A|An|La|Le|Les|L'|El|Los|Il|Das|Der|Die)$", title)
    if found is None:
        return title
    return found.group(2) + ("" if found.group(2).endswith("'") else " ") + found.group(1)


def article_moved(title: str, draw: np.random.Generator) -> str:
    """The Matrix -> Matrix, The."""
    return re.sub(r"^(The|A|An|La|Le|Les|El|Il|Der|Die|Das) (.+)$", r"\2, \1", title)


def article_lost(title: str, draw: np.random.Generator) -> str:
    """The Matrix -> Matrix."""
    return re.sub(r"^(The|A|An) (?=.{4})", "", title)


def accents_lost(title: str, draw: np.random.Generator) -> str:
    """Amélie -> Amelie."""
    return "".join(one for one in unicodedata.normalize("NFD", title) if not unicodedata.combining(one))


def punctuation_changed(title: str, draw: np.random.Generator) -> str:
    """Face/Off: it's -> FaceOff its; Spider-Man -> Spider Man; & -> and."""
    changed = title.replace(": ", " - ").replace("'", "").replace("!", "").replace(", ", " ").replace("/", " ")
    changed = changed.replace(" & ", " and ") if "&" in changed else changed.replace(" and ", " & ")
    return re.sub(r"(?<=\w)-(?=\w)", " " if draw.random() < 0.5 else "", changed)


def numeral_changed(title: str, draw: np.random.Generator) -> str:
    """Rocky II -> Rocky 2, and back."""
    turned = {digit: roman for roman, digit in _ROMAN.items()} | _ROMAN
    return re.sub(r"(?<= )(VIII|VII|III|VI|IV|IX|II|V|X|[2-9]|10)(?=$|:)", lambda found: turned[found.group()], title)


def typo(title: str, draw: np.random.Generator) -> str:
    """One letter left out, put in, swapped with its neighbour, or another; never the number of a sequel."""
    places = [n for n in range(1, len(title)) if title[n].isalpha()]
    if len(title) < 4 or not places:
        return title
    at = int(draw.choice(places))
    letter = str(draw.choice(list(_LETTERS)))
    kind = int(draw.integers(4))
    if kind == 0:
        return title[:at] + title[at + 1 :]
    if kind == 1:
        return title[:at] + letter + title[at:]
    if kind == 2:
        return title[: at - 1] + title[at] + title[at - 1] + title[at + 1 :]
    return title[:at] + letter + title[at + 1 :]


def shouted(title: str, draw: np.random.Generator) -> str:
    """The matrix, THE MATRIX."""
    return title.upper() if draw.random() < 0.5 else title.lower()


CHANGES: dict[str, Callable[[str, np.random.Generator], str]] = {
    "article moved": article_moved,
    "article lost": article_lost,
    "accents lost": accents_lost,
    "punctuation": punctuation_changed,
    "numeral": numeral_changed,
    "typo": typo,
    "case": shouted,
}


def deform(title: str, draw: np.random.Generator) -> tuple[str, int, str]:
    """A catalogue's title as a list may have it: title, year and what was changed, drawn among what changes it."""
    main, others, year = split_title(title)
    options: dict[str, tuple[str, int]] = {"as it is": (main, year)}
    for name, change in CHANGES.items():
        changed = change(main, draw)
        if changed != main:
            options[name] = (changed, year)
    off = year + (1 if draw.random() < 0.5 else -1)
    if year:
        options["year off by one"] = (main, off)
        quiet = [name for name in options if name not in ("as it is", "typo", "year off by one")]
        if quiet:
            options["year off by one and another"] = (options[str(draw.choice(quiet))][0], off)
    if others:
        options["alternative title"] = (str(draw.choice(others)), year)
    kind = str(draw.choice(list(options)))
    return *options[kind], kind


def make_list(full: Catalogue, seed: int) -> tuple[Catalogue, list[Row]]:
    """A catalogue with films held out, and a list of all films, changed, with invented remakes."""
    draw = np.random.default_rng(seed)
    titles = full.title.tolist()
    by_name: dict[str, list[int]] = defaultdict(list)
    for row, title in enumerate(titles):
        by_name[split_title(title)[0].casefold()].append(row)
    out = draw.random(len(titles)) < HELD_OUT
    for rows in by_name.values():
        if len(rows) > 1:  # of two films with one title one is always missing
            out[rows] = False
            out[int(draw.choice(rows))] = True
    kept = np.flatnonzero(~out)
    place = {int(row): number for number, row in enumerate(kept)}
    asked = []
    for row, title in enumerate(titles):
        changed, year, kind = deform(title, draw)
        asked.append(Row(changed, year, place.get(row, -1), kind if row in place else "not in the catalogue"))
        main, _, own = split_title(title)
        if own and row in place and draw.random() < REMAKES and len(by_name[main.casefold()]) == 1:
            later = own + int(draw.integers(2, 40)) * (1 if draw.random() < 0.7 else -1)
            asked.append(Row(main, later, -1, "remake"))
    return full.aligned(full.item_id[kept]), asked


_WORDS = (
    "Silent Golden Broken Crimson Winter Burning Lonely Secret",
    "Garden River Señorita Café Königin Étoile Mirror Bride",
    "Berlin Dust Tomorrow Wolves Marrakech Kraków Thunder Ávila",
)


def generated(n: int, seed: int = 0) -> Catalogue:
    """A catalogue of invented titles, with articles, accents, other names, sequels and remakes."""
    draw = np.random.default_rng(seed)
    syllables = [
        one + two for one in "bcdfglmnprstv" for two in ("a", "e", "i", "o", "u", "an", "er", "il", "or", "us")
    ]

    def word() -> str:
        return "".join(
            syllables[place] for place in draw.integers(len(syllables), size=draw.integers(2, 5))
        ).capitalize()

    def one_of(words: Sequence[str]) -> str:
        return words[int(draw.integers(len(words)))]

    lists = [words.split() for words in _WORDS]
    rows: list[MovieRow] = []
    while len(rows) < n:
        first, second, third = map(one_of, lists)
        shape = int(draw.integers(5))
        name = (
            f"{first} {word()}",
            word(),
            f"{word()} & {third}",
            f"{second} of {word()}",
            f"{word()}: {first} {third}",
        )[shape]
        end = one_of(("", ", The", ", A", ""))
        if draw.random() < 0.1:
            end += f" ({word()} {word()})"
        year = int(draw.integers(1920, 2024))
        rows.append(MovieRow(len(rows) + 1, f"{name}{end} ({year})", year))
        again = draw.random()
        if again < 0.05:
            rows.append(MovieRow(len(rows) + 1, f"{name}{end} ({year + 20})", year + 20))
        elif again < 0.1:
            rows.append(MovieRow(len(rows) + 1, f"{name} II{end} ({year + 2})", year + 2))
    return catalogue(rows[:n], np.arange(1))
