"""Letterboxd's export: ratings, watched movies, diary and watchlist; half stars, titles and years, no movie ids."""

from __future__ import annotations

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.times import parse_seconds
from reelgraph.importers.collect import EntryCollector, parse_stars, parse_year
from reelgraph.importers.entry import ExportEntry
from reelgraph.importers.table import ExportTable

NAME = "letterboxd"
_HIGHEST = 5.0


def matches(names: tuple[str, ...]) -> bool:
    """Whether the header is that of a table of movies, which has their Letterboxd URLs."""
    return "letterboxduri" in names and {"name", "year"} & set(names) != set() and "date" in names


def table_kind(names: tuple[str, ...], file_name: str) -> str:
    """``ratings``, ``diary``, ``reviews``, ``watched`` or ``watchlist``; "" if neither columns nor name decide."""
    if "review" in names:
        return "reviews"
    if "watcheddate" in names:
        return "diary"
    if "rating" in names:
        return "ratings"
    # These two have the same columns, so the name of the file decides.
    return next((kind for kind in ("watchlist", "watched") if kind in file_name.lower()), "")


def read(table: ExportTable, file_name: str, collector: EntryCollector) -> None:
    """Add the rows of one table.

    Raises:
        DataFormatError: a column is missing, or it is unclear whether the movies were watched or are on the watchlist.
    """
    table.require("Name", "name")
    table.require("Year", "year")
    kind = table_kind(table.names, file_name)
    if not kind:
        raise DataFormatError(
            table.source,
            "movies without ratings: watched, or a watchlist? Their columns are the same",
            hint="name the file watched.csv or watchlist.csv",
        )
    collector.add_malformed_lines(table.source, table.malformed_lines)
    titles, years, urls = table.column("name"), table.column("year"), table.column("letterboxduri")
    ratings, dates, watch_dates = table.column("rating"), table.column("date"), table.column("watcheddate")
    for where, row in table.rows():
        if not titles[row]:
            collector.add_unreadable(f"{where}: no name")
            continue
        try:
            stars = parse_stars(ratings[row], _HIGHEST)
        except ValueError:
            collector.add_unreadable(f"{where}: rating {ratings[row]!r}")
            continue
        collector.add(
            ExportEntry(
                where,
                titles[row],
                parse_year(years[row]),
                stars,
                parse_seconds(watch_dates[row]) or parse_seconds(dates[row]),
                on_watchlist=kind == "watchlist",
                is_current=kind == "ratings",
                unique_key="" if kind in ("diary", "reviews") else urls[row],  # there it is the URL of the diary entry
            )
        )
