"""A generic table: titles or ids in columns with any of their usual names, with or without ratings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.times import AMBIGUOUS_DATES, is_ambiguous, is_day_first, parse_seconds
from reelgraph.data.titles.title_parsing import parse_title
from reelgraph.importers.collect import (
    SERIES,
    EntryCollector,
    non_movie_kind,
    parse_imdb_id,
    parse_positive_integer,
    parse_stars,
    parse_year,
)
from reelgraph.importers.entry import ExportEntry
from reelgraph.importers.table import ExportTable

NAME = "plain"
_COLUMNS = {
    "title": ("title", "name", "film", "movietitle", "filmtitle", "movie", "primarytitle", "moviename"),
    "original_title": ("originaltitle", "originalname", "alternativetitle"),
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
    "item_id": ("movieid", "itemid", "filmid", "item"),
    "imdb_id": ("imdbid", "tconst", "imdburl"),
    "tmdb_id": ("tmdbid", "themoviedbid", "moviedbid"),
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
    # TMDB numbers movies and series separately, so an id of a series may also be that of a movie.
    "kind": ("titletype", "mediatype", "type"),
    "episode": ("episodenumber", "seasonnumber", "episode", "season"),
}
_IDENTIFYING_NAMES = frozenset(
    name for column in ("title", "item_id", "imdb_id", "tmdb_id") for name in _COLUMNS[column]
)
_HIGHEST_RATINGS = (5.0, 10.0, 100.0)
_MIN_SHARE = 0.95  # a scale must contain this share of the ratings; others are counted as unreadable


def matches(names: tuple[str, ...]) -> bool:
    """Whether a column identifies movies."""
    return bool(_IDENTIFYING_NAMES & set(names))


def read(table: ExportTable, file_name: str, collector: EntryCollector) -> None:
    """Add the rows of a table.

    The highest rating is the smallest of 5, 10 and 100 that covers 95 % of the ratings, and 10 for a column
    ``Rating10``; the notes report it.

    Raises:
        DataFormatError: the table has ratings of several people, or its ratings have no such scale.
    """
    columns = {name: table.column(*aliases) for name, aliases in _COLUMNS.items()}
    if len({user for user in columns["user"] if user}) > 1:
        raise DataFormatError(table.source, "the ratings of one person", column="user_id", value="several users")
    has_title_column = any(name in table for name in ("title", "name"))
    if not has_title_column and not any(columns["item_id"]) and all(text.isdecimal() for text in columns["title"]):
        columns["title"], columns["item_id"] = columns["item_id"], columns["title"]  # a column "movie" of numbers
    highest = _highest_rating(columns["rating"], "rating10" in table and "rating" not in table, table.source)
    collector.add_malformed_lines(table.source, table.malformed_lines)
    collector.notes += _assumptions(columns, highest)
    day_first, is_watchlist = bool(is_day_first(columns["time"])), "watchlist" in file_name.lower()
    for where, row in table.rows():
        fields = {name: values[row] for name, values in columns.items()}
        other_kind = SERIES if fields["episode"] else non_movie_kind(fields["kind"])
        if other_kind:
            collector.skipped[other_kind] += 1
            continue
        try:
            entry = _to_entry(where, fields, highest, day_first, is_watchlist)
        except ValueError:
            collector.add_unreadable(f"{where}: rating {fields['rating']!r}")
            continue
        if entry.title or entry.imdb_id or entry.tmdb_id or entry.item_id:
            collector.add(entry)
        else:
            collector.add_unreadable(f"{where}: no title and no id")


def _assumptions(columns: Mapping[str, Sequence[str]], highest: float) -> list[str]:
    notes = []
    if highest != _HIGHEST_RATINGS[0]:
        notes.append(f"ratings are out of {highest:g}: divided by {highest / 5:g} to make stars")
    if any(columns["item_id"]) and not any(columns["title"]):
        notes.append("ids are taken for the catalogue's own: there are no titles to check them by")
    if is_ambiguous(columns["time"]):
        notes.append(AMBIGUOUS_DATES)
    return notes


def _to_entry(
    where: str, fields: Mapping[str, str], highest: float, day_first: bool, is_watchlist: bool
) -> ExportEntry:
    """One row; raises ValueError for an invalid rating."""
    stars = parse_stars(fields["rating"], highest)
    return ExportEntry(
        where,
        fields["title"],
        parse_year(fields["year"]) or parse_title(fields["title"]).year,
        stars,
        parse_seconds(fields["time"], day_first=day_first),
        fields["original_title"],
        parse_imdb_id(fields["imdb_id"]),
        parse_positive_integer(fields["tmdb_id"]),
        fields["item_id"].removesuffix(".0"),
        on_watchlist=is_watchlist and stars is None,
        is_current=True,
    )


def _highest_rating(ratings: Sequence[str], is_out_of_ten: bool, source: str) -> float:
    values = [value for value in map(_to_number, ratings) if value is not None and math.isfinite(value)]
    for highest in _HIGHEST_RATINGS[1:2] if is_out_of_ten else _HIGHEST_RATINGS:
        if sum(value <= highest for value in values) >= _MIN_SHARE * len(values):
            return highest
    raise DataFormatError(source, "ratings from 0 to 5, 10 or 100", column="rating", value=f"{max(values):g}")


def _to_number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
