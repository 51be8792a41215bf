"""Titles as services and people write them, made from the titles of a catalogue."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

import numpy as np

_ROMAN = {"II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "IX": "9", "X": "10"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


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


def article_moved(title: str, generator: np.random.Generator) -> str:
    """The Matrix -> Matrix, The."""
    return re.sub(r"^(The|A|An|La|Le|Les|El|Il|Der|Die|Das) (.+)$", r"\2, \1", title)


def article_lost(title: str, generator: np.random.Generator) -> str:
    """The Matrix -> Matrix."""
    return re.sub(r"^(The|A|An) (?=.{4})", "", title)


def accents_lost(title: str, generator: np.random.Generator) -> str:
    """Amélie -> Amelie."""
    return "".join(one for one in unicodedata.normalize("NFD", title) if not unicodedata.combining(one))


def punctuation_changed(title: str, generator: np.random.Generator) -> str:
    """Face/Off: it's -> FaceOff its; Spider-Man -> Spider Man; & -> and."""
    changed = title.replace(": ", " - ").replace("'", "").replace("!", "").replace(", ", " ").replace("/", " ")
    changed = changed.replace(" & ", " and ") if "&" in changed else changed.replace(" and ", " & ")
    return re.sub(r"(?<=\w)-(?=\w)", " " if generator.random() < 0.5 else "", changed)


def numeral_changed(title: str, generator: np.random.Generator) -> str:
    """Rocky II -> Rocky 2, and back."""
    turned = {digit: roman for roman, digit in _ROMAN.items()} | _ROMAN
    return re.sub(r"(?<= )(VIII|VII|III|VI|IV|IX|II|V|X|[2-9]|10)(?=$|:)", lambda found: turned[found.group()], title)


def typo(title: str, generator: np.random.Generator) -> str:
    """One letter left out, put in, swapped with its neighbour, or another; never the number of a sequel."""
    places = [n for n in range(1, len(title)) if title[n].isalpha()]
    if len(title) < 4 or not places:
        return title
    at = int(generator.choice(places))
    letter = str(generator.choice(list(_LETTERS)))
    kind = int(generator.integers(4))
    if kind == 0:
        return title[:at] + title[at + 1 :]
    if kind == 1:
        return title[:at] + letter + title[at:]
    if kind == 2:
        return title[: at - 1] + title[at] + title[at - 1] + title[at + 1 :]
    return title[:at] + letter + title[at + 1 :]


def shouted(title: str, generator: np.random.Generator) -> str:
    """The matrix, THE MATRIX."""
    return title.upper() if generator.random() < 0.5 else title.lower()


def number_dropped(title: str, generator: np.random.Generator) -> str:
    """Ice Age 2: The Meltdown -> Ice Age: The Meltdown."""
    return re.sub(r" (?:[IVX]+|\d+)(?=: )", "", title)


def subtitle_alone(title: str, generator: np.random.Generator) -> str:
    """Star Wars: Episode V - The Empire Strikes Back -> The Empire Strikes Back."""
    return re.split(r": | - ", title)[-1]


def first_part_alone(title: str, generator: np.random.Generator) -> str:
    """Orca: The Killer Whale -> Orca."""
    return title.split(": ")[0]


def dash(title: str, generator: np.random.Generator) -> str:
    """Alien: Covenant -> Alien - Covenant."""
    return title.replace(": ", " - ")


def as_html(title: str, generator: np.random.Generator) -> str:
    """Lilo & Stitch -> Lilo &amp; Stitch."""
    return html.escape(title, quote=False)


Change = Callable[[str, np.random.Generator], str]

BY_SERVICES: dict[str, Change] = {
    "article moved": article_moved,
    "accents lost": accents_lost,
    "punctuation": punctuation_changed,
    "numeral": numeral_changed,
    "number dropped": number_dropped,
    "subtitle alone": subtitle_alone,
    "first part alone": first_part_alone,
    "dash": dash,
    "HTML": as_html,
}
"""What services change."""

BY_PEOPLE: dict[str, Change] = {**BY_SERVICES, "article lost": article_lost, "case": shouted}
"""What people change in lists of their own."""


def write(title: str, changes: dict[str, Change], generator: np.random.Generator) -> tuple[str, str]:
    """A title with one of the changes that apply, and the name of the change."""
    changed = {name: change(title, generator) for name, change in changes.items()}
    names = [name for name, text in changed.items() if text not in ("", title)]
    if not names:
        return title, "as it is"
    name = str(generator.choice(names))
    return changed[name], name
