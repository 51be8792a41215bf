"""What all services' rows have in common: years, stars, ids, and what cannot be read."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.entry import MAX_ROWS, MAX_TITLE, Entry

UNREADABLE = "rows that cannot be read"
SERIES = "series, seasons and episodes"
GAMES = "video games, podcasts and music videos"
_EXAMPLES = 5
_NO_LETTER = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # what steers a shell, and halves of letters
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_YEAR = re.compile(r"(\d{4})")
_IMDB = re.compile(r"(?:[^?#]*/)?(?:tt)?(\d{5,10})/?(?:[?#].*)?", re.DOTALL)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", _CAPITAL.sub(" ", text).casefold())
    return "".join(one for one in text if not unicodedata.combining(one))


# Beginnings of words in the languages of IMDb and in the short forms of others.
_SERIES = re.compile(
    _plain(
        r"serie|\bserial|episod|folge|puntata|minis?erie|sitcom|season|staffel|temporada|saison|stagione|tv ?pilot"
        r"|सीरीज|एपिसोड|^(?:tv|shows?|tv ?shows?|anime)$"
    )
)
_OTHER = re.compile(r"game|spiel|juego|jeu|gioco|jogo|podcast|music|musik|musique|musica")


def other_kind(title_type: str) -> str:
    """Why a row is not about a film, "" where it is: "TV Series", "tvEpisode", "Série télévisée", "Episodio TV"."""
    text = _plain(title_type.strip())
    if _SERIES.search(text):
        return SERIES
    return GAMES if _OTHER.search(text) else ""


@dataclass
class Collected:
    """Entries as they are found, and what was not taken.

    Args:
        entries: those taken.
        set_aside: why rows were not taken -> how many.
        unreadable: up to five rows that could not be read.
        notes: what was assumed.
    """

    entries: list[Entry] = field(default_factory=list)
    set_aside: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Take a row; one with a title of more than `MAX_TITLE` letters is a fault.

        Raises:
            DataFormatError: there are more than `MAX_ROWS`.
        """
        if max(len(entry.title), len(entry.other_title)) > MAX_TITLE:
            self.fault(f"{entry.where}: a title of {len(entry.title):,} letters")
            return
        self.entries.append(_shown(entry))
        if len(self.entries) > MAX_ROWS:
            raise DataFormatError(entry.where, f"refused: more than {MAX_ROWS:,} rows in all")

    @property
    def rows(self) -> int:
        """All rows found so far."""
        return len(self.entries) + self.set_aside.total()

    def fault(self, text: str) -> None:
        """Count a row that cannot be read."""
        self.set_aside[UNREADABLE] += 1
        if len(self.unreadable) < _EXAMPLES:
            self.unreadable.append(text)

    def faults(self, where: str, misfits: Sequence[str]) -> None:
        """Count the lines of a table that do not fit."""
        for text in misfits:
            self.fault(f"{where}, {text}")


def _shown(entry: Entry) -> Entry:
    """The entry with titles that can be written and shown anywhere."""
    titles = [_NO_LETTER.sub("\ufffd", title) for title in (entry.title, entry.other_title)]
    if titles == [entry.title, entry.other_title]:
        return entry
    return replace(entry, title=titles[0], other_title=titles[1])


def year(text: str) -> int:
    """The first four digits of a year or a date; 0 where there are none."""
    found = _YEAR.match(text.strip())
    return int(found.group(1)) if found else 0


def imdb_id(text: str) -> str:
    """An IMDb id as "tt0114709", from the id, its number, or the address of its page; "" where it is none.

    What follows ``?`` or ``#`` in an address ("?ref_=ttls_li_i") says where its reader came from.
    """
    found = _IMDB.fullmatch(text.strip())
    return f"tt{int(found.group(1)):07d}" if found and int(found.group(1)) else ""


def whole(text: str) -> int:
    """A whole number above 0, "862.0" too; 0 where it is none."""
    text = text.strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def stars(text: str, top: float) -> float | None:
    """A rating on a scale that ends at ``top`` as stars, ``rating * 5 / top``: IMDb's 10 is 5, its 1 is 0.5.

    Args:
        text: a number; with a decimal comma too. Empty and 0 mean unrated.
        top: the highest rating of the service.

    Returns:
        Stars above 0 and up to 5, None when unrated.

    Raises:
        ValueError: it is no such number.
    """
    text = text.strip().replace(",", ".")
    if not text:
        return None
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= top):
        raise ValueError(text)
    return value * 5 / top or None
