"""What an export says, one entry a row, before anything is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_ROWS = 200_000
"""Rows that one export may have in all; a film a day for fifty years is 18,000."""

MAX_TITLE = 500
"""Letters that a title may have; the longest ever given to a film has 210."""


@dataclass(frozen=True)
class Entry:
    """One row about one film.

    Args:
        where: file and line, or file and place in a list.
        title: as written; "" where the row has only an id.
        year: of release, 0 where unknown.
        stars: 0.5 to 5, or None when it was not rated.
        timestamp: Unix seconds UTC of the rating or of watching, None where unknown.
        other_title: the original title, "" where there is none.
        imdb_id: such as "tt0114709", "" where there is none.
        tmdb_id: 0 where there is none.
        item_id: id of the catalogue itself, "" where there is none.
        wish: the film is on the watchlist, not seen.
        current: the rating is the one in force, not one of a diary.
        key: what tells two films of one title and year apart in this export, "" where nothing does.
    """

    where: str
    title: str
    year: int = 0
    stars: float | None = None
    timestamp: int | None = None
    other_title: str = ""
    imdb_id: str = ""
    tmdb_id: int = 0
    item_id: str = ""
    wish: bool = False
    current: bool = False
    key: str = ""


@dataclass(frozen=True)
class Export:
    """An export as read.

    Args:
        service: ``letterboxd``, ``imdb``, ``trakt``, ``netflix`` or ``plain``.
        entries: in the order of the files.
        set_aside: why rows were not taken -> how many.
        unreadable: up to five rows that could not be read, with their places.
        files: the files read.
        notes: what was assumed.
    """

    service: str
    entries: tuple[Entry, ...]
    set_aside: Mapping[str, int] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
