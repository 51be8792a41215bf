"""Collect the entries of an export, and parse the fields that all services have: years, stars and ids."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.entry import MAX_ROWS, MAX_TITLE, ExportEntry

UNREADABLE = "rows that cannot be read"
SERIES = "series, seasons and episodes"
GAMES = "video games, podcasts and music videos"
_EXAMPLES = 5
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters and surrogates
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_YEAR = re.compile(r"(\d{4})")
_IMDB = re.compile(r"(?:[^?#]*/)?(?:tt)?(\d{5,10})/?(?:[?#].*)?", re.DOTALL)


def _simplify(text: str) -> str:
    """Lower case without accents, with camel case split into words."""
    text = unicodedata.normalize("NFKD", _INNER_CAPITAL.sub(" ", text).casefold())
    return "".join(letter for letter in text if not unicodedata.combining(letter))


# Word beginnings in the languages of IMDb, and the abbreviations of other services.
_SERIES_TYPE = re.compile(
    _simplify(
        r"serie|\bserial|episod|folge|puntata|minis?erie|sitcom|season|staffel|temporada|saison|stagione|tv ?pilot"
        r"|सीरीज|एपिसोड|^(?:tv|shows?|tv ?shows?|anime)$"
    )
)
_OTHER_TYPE = re.compile(r"game|spiel|juego|jeu|gioco|jogo|podcast|music|musik|musique|musica")


def non_movie_kind(title_type: str) -> str:
    """The kind of a row that is not about a movie, "" for a movie; recognises "TV Series", "Série télévisée", ..."""
    text = _simplify(title_type.strip())
    if _SERIES_TYPE.search(text):
        return SERIES
    return GAMES if _OTHER_TYPE.search(text) else ""


@dataclass
class EntryCollector:
    """Collects the entries of an export, and counts the rows that are skipped.

    Args:
        entries: the entries so far.
        skipped: reason -> number of rows that were skipped.
        unreadable: up to five rows that could not be read.
        notes: assumptions made while reading.
    """

    entries: list[ExportEntry] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, entry: ExportEntry) -> None:
        """Add an entry; one with a title of more than `MAX_TITLE` letters is counted as unreadable.

        Raises:
            DataFormatError: there are more than `MAX_ROWS`.
        """
        if max(len(entry.title), len(entry.original_title)) > MAX_TITLE:
            self.add_unreadable(f"{entry.where}: a title of {len(entry.title):,} letters")
            return
        self.entries.append(_printable(entry))
        if len(self.entries) > MAX_ROWS:
            raise DataFormatError(entry.where, f"refused: more than {MAX_ROWS:,} rows in total")

    @property
    def n_rows(self) -> int:
        """Number of rows so far, including skipped ones."""
        return len(self.entries) + self.skipped.total()

    def add_unreadable(self, description: str) -> None:
        """Count a row that cannot be read."""
        self.skipped[UNREADABLE] += 1
        if len(self.unreadable) < _EXAMPLES:
            self.unreadable.append(description)

    def add_malformed_lines(self, source: str, lines: Sequence[str]) -> None:
        """Count the malformed lines of a table."""
        for line in lines:
            self.add_unreadable(f"{source}, {line}")


def _printable(entry: ExportEntry) -> ExportEntry:
    """The entry with unprintable characters of the titles replaced."""
    titles = [_UNPRINTABLE.sub("\ufffd", title) for title in (entry.title, entry.original_title)]
    if titles == [entry.title, entry.original_title]:
        return entry
    return replace(entry, title=titles[0], original_title=titles[1])


def parse_year(text: str) -> int:
    """The first four digits of a year or a date; 0 if there are none."""
    match = _YEAR.match(text.strip())
    return int(match.group(1)) if match else 0


def parse_imdb_id(text: str) -> str:
    """An IMDb id as "tt0114709", from the id, its number, or the URL of its page; "" if it is not one.

    The query and fragment of a URL ("?ref_=ttls_li_i") are ignored.
    """
    match = _IMDB.fullmatch(text.strip())
    return f"tt{int(match.group(1)):07d}" if match and int(match.group(1)) else ""


def parse_positive_integer(text: str) -> int:
    """A positive integer, also as "862.0"; 0 if it is not one."""
    text = text.strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def parse_stars(text: str, highest: float) -> float | None:
    """A rating as stars, ``rating * 5 / highest``: IMDb's 10 is 5 stars, its 1 is 0.5.

    Args:
        text: a number, also with a decimal comma. Empty text and 0 mean unrated.
        highest: the highest rating of the service.

    Returns:
        Stars above 0 and up to 5, None when unrated.

    Raises:
        ValueError: it is not a number from 0 to ``highest``.
    """
    text = text.strip().replace(",", ".")
    if not text:
        return None
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= highest):
        raise ValueError(text)
    return value * 5 / highest or None
