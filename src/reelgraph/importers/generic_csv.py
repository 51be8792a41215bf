"""A table of one's own: titles or ids under any of their usual names, with or without ratings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.collect import SERIES, Collected, imdb_id, other_kind, stars, whole, year
from reelgraph.importers.dates import ambiguous, day_first, seconds
from reelgraph.importers.entry import Entry
from reelgraph.importers.table import Table
from reelgraph.importers.title_parsing import take_apart

NAME = "plain"
_COLUMNS = {
    "title": ("title", "name", "film", "movietitle", "filmtitle", "movie", "primarytitle", "moviename"),
    "other": ("originaltitle", "originalname", "alternativetitle"),
    "year": ("year", "releaseyear", "yearreleased", "released", "releasedate"),
    "rating": (
        "yourrating",
        "userrating",
        "myrating",
        "myscore",
        "rating",
        "stars",
        "score",
        "rating10",
        "ratings",
        "vote",
    ),
    "item": ("movieid", "itemid", "filmid", "item"),
    "imdb": ("imdbid", "tconst", "imdburl"),
    "tmdb": ("tmdbid", "themoviedbid", "moviedbid"),
    "time": (
        "timestamp",
        "watcheddate",
        "daterated",
        "ratedat",
        "watchedat",
        "date",
        "time",
        "datewatched",
        "dateadded",
    ),
    "user": ("userid", "user"),
    "kind": ("titletype", "mediatype", "type"),  # TMDB counts films and series apart: its ids of series are films' too
    "episode": ("episodenumber", "seasonnumber", "episode", "season"),
}
_NAMES = frozenset(name for column in ("title", "item", "imdb", "tmdb") for name in _COLUMNS[column])
_SCALES = (5.0, 10.0, 100.0)
_MOST = 0.95  # a scale must hold this share of the ratings; what it does not hold is counted as unreadable


def knows(names: tuple[str, ...]) -> bool:
    """Whether some column names films."""
    return bool(_NAMES & set(names))


def read(table: Table, file_name: str, into: Collected) -> None:
    """Take the rows.

    The scale of the ratings is the smallest of 5, 10 and 100 that holds 95 % of them, and 10 for a column ``Rating10``;
    the notes say which.

    Raises:
        DataFormatError: it is the table of several people, or its ratings have no such scale.
    """
    columns = {name: table.column(*aliases) for name, aliases in _COLUMNS.items()}
    if len({user for user in columns["user"] if user}) > 1:
        raise DataFormatError(table.where, "the ratings of one person", column="user_id", value="several users")
    named = any(name in table for name in ("title", "name"))
    if not named and not any(columns["item"]) and all(text.isdecimal() for text in columns["title"]):
        columns["title"], columns["item"] = columns["item"], columns["title"]  # a column "movie" of numbers
    top = _scale(columns["rating"], "rating10" in table and "rating" not in table, table.where)
    into.faults(table.where, table.misfits)
    into.notes += _assumed(columns, top)
    days_first, wishes = bool(day_first(columns["time"])), "watchlist" in file_name.lower()
    for where, row in table.rows():
        fields = {name: values[row] for name, values in columns.items()}
        other = SERIES if fields["episode"] else other_kind(fields["kind"])
        if other:
            into.set_aside[other] += 1
            continue
        try:
            entry = _entry(where, fields, top, days_first, wishes)
        except ValueError:
            into.fault(f"{where}: rating {fields['rating']!r}")
            continue
        if entry.title or entry.imdb_id or entry.tmdb_id or entry.item_id:
            into.add(entry)
        else:
            into.fault(f"{where}: no title and no id")


def _assumed(columns: Mapping[str, Sequence[str]], top: float) -> list[str]:
    notes = []
    if top != _SCALES[0]:
        notes.append(f"ratings are out of {top:g}: divided by {top / 5:g} to make stars")
    if any(columns["item"]) and not any(columns["title"]):
        notes.append("ids are taken for the catalogue's own: there are no titles to check them by")
    if ambiguous(columns["time"]):
        notes.append("dates such as 3/4/20 are read with the month first; nothing in the file tells")
    return notes


def _entry(where: str, fields: Mapping[str, str], top: float, days_first: bool, wishes: bool) -> Entry:
    """One row; raises ValueError for a rating that is none."""
    rating = stars(fields["rating"], top)
    return Entry(
        where,
        fields["title"],
        year(fields["year"]) or take_apart(fields["title"]).year,
        rating,
        seconds(fields["time"], days_first=days_first),
        fields["other"],
        imdb_id(fields["imdb"]),
        whole(fields["tmdb"]),
        fields["item"].removesuffix(".0"),
        wish=wishes and rating is None,
        current=True,
    )


def _scale(ratings: Sequence[str], out_of_ten: bool, where: str) -> float:
    values = [value for value in map(_number, ratings) if value is not None and math.isfinite(value)]
    for top in _SCALES[1:2] if out_of_ten else _SCALES:
        if sum(value <= top for value in values) >= _MOST * len(values):
            return top
    raise DataFormatError(where, "ratings from 0 to 5, 10 or 100", column="rating", value=f"{max(values):g}")


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
