"""The entries of an export, one per row, before they are matched to a catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_ROWS = 200_000
"""Maximum number of rows of an export; a movie a day for fifty years is 18,000."""

MAX_TITLE = 500
"""Maximum number of letters of a title; the longest title of any movie has 210."""


@dataclass(frozen=True)
class ExportEntry:
    """One row of an export, about one movie.

    Args:
        where: file and line, or file and position in a list.
        title: as in the export; "" if the row has only an id.
        year: of release, 0 where unknown.
        stars: 0.5 to 5, or None when not rated.
        timestamp: Unix seconds UTC of the rating or of watching, None where unknown.
        original_title: "" if there is none.
        imdb_id: such as "tt0114709", "" if there is none.
        tmdb_id: 0 if there is none.
        item_id: id of the catalogue itself, "" if there is none.
        on_watchlist: the movie is on the watchlist and was not seen.
        is_current: the rating is the current one, not one from a diary.
        unique_key: distinguishes movies of the export with the same title and year, "" if there is none.
        show: the name before a colon in the title, if the row may be about an episode; otherwise "".
        is_series: several titles of the export begin with ``show``.
    """

    where: str
    title: str
    year: int = 0
    stars: float | None = None
    timestamp: int | None = None
    original_title: str = ""
    imdb_id: str = ""
    tmdb_id: int = 0
    item_id: str = ""
    on_watchlist: bool = False
    is_current: bool = False
    unique_key: str = ""
    show: str = ""
    is_series: bool = False


@dataclass(frozen=True)
class ParsedExport:
    """The contents of an export.

    Args:
        service: such as ``letterboxd``, ``imdb`` or ``trakt``; ``plain`` for a table or list of no known service.
        entries: in the order of the files.
        skipped: reason -> number of rows that were skipped.
        unreadable: up to five rows that could not be read, with their positions.
        files: names of the files read.
        notes: assumptions made while reading.
        item_id_column: name of the column that may have ids of the catalogue, "" if there is none.
    """

    service: str
    entries: tuple[ExportEntry, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    item_id_column: str = ""
