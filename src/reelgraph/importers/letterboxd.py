"""Letterboxd's export: ratings, films watched, diary and watchlist; half stars, titles and years, no ids of films."""

from __future__ import annotations

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.collect import Collected, stars, year
from reelgraph.importers.dates import seconds
from reelgraph.importers.entry import Entry
from reelgraph.importers.table import Table

NAME = "letterboxd"
_TOP = 5.0


def knows(names: tuple[str, ...]) -> bool:
    """Whether the header is one of its tables of films: it has the address of each film."""
    return "letterboxduri" in names and {"name", "year"} & set(names) != set() and "date" in names


def kind(table_names: tuple[str, ...], file_name: str) -> str:
    """``ratings``, ``diary``, ``reviews``, ``watched`` or ``watchlist``; "" where neither columns nor name tell."""
    if "review" in table_names:
        return "reviews"
    if "watcheddate" in table_names:
        return "diary"
    if "rating" in table_names:
        return "ratings"
    # The two have the same columns, so only here the name of the file decides.
    return next((word for word in ("watchlist", "watched") if word in file_name.lower()), "")


def read(table: Table, file_name: str, into: Collected) -> None:
    """Take the rows of one table.

    Raises:
        DataFormatError: a column is missing, or the table may be of films watched or wished for.
    """
    table.require("Name", "name")
    table.require("Year", "year")
    what = kind(table.names, file_name)
    if not what:
        raise DataFormatError(
            table.where,
            "films without ratings: watched, or a watchlist? Their columns are the same",
            hint="name the file watched.csv or watchlist.csv",
        )
    into.faults(table.where, table.misfits)
    names, years, addresses = table.column("name"), table.column("year"), table.column("letterboxduri")
    ratings, dates, watched = table.column("rating"), table.column("date"), table.column("watcheddate")
    for where, row in table.rows():
        if not names[row]:
            into.fault(f"{where}: no name")
            continue
        try:
            rating = stars(ratings[row], _TOP)
        except ValueError:
            into.fault(f"{where}: rating {ratings[row]!r}")
            continue
        into.add(
            Entry(
                where,
                names[row],
                year(years[row]),
                rating,
                seconds(watched[row]) or seconds(dates[row]),
                wish=what == "watchlist",
                current=what == "ratings",
                key="" if what in ("diary", "reviews") else addresses[row],  # there it is that of the diary's own page
            )
        )
