"""IMDb's ratings and lists, in the column layouts of before 2017, of 2017 and of today; 1 to 10, with ids."""

from __future__ import annotations

import dataclasses
import re

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.collect import Collected, imdb_id, other_kind, stars, year
from reelgraph.importers.dates import seconds
from reelgraph.importers.entry import Entry
from reelgraph.importers.table import Table

NAME = "imdb"
_TOP = 10.0
# The layout of today, by which a translated header is read: what the columns hold is checked.
_TODAY = (
    "const", "yourrating", "daterated", "title", "originaltitle", "url", "titletype", "imdbrating", "runtimemins",
    "year", "genres", "numvotes", "releasedate", "directors",
)  # fmt: skip
_CONST = re.compile(r"tt\d{6,10}")


def knows(names: tuple[str, ...]) -> bool:
    """Whether the header is one of its tables: each row has a ``Const``."""
    return "const" in names


def read(table: Table, file_name: str, into: Collected) -> None:
    """Take the rows of one table; a list's rows without a rating are wishes.

    Raises:
        DataFormatError: a column is missing.
    """
    table = _untranslated(table)
    table.require("Const", "const")
    ratings = table.column("yourrating", "yourated")
    listed = "position" in table and "yourated" not in table
    if not listed:
        table.require("Your Rating", "yourrating", "yourated")
    into.faults(table.where, table.misfits)
    keys, titles, originals = table.column("const"), table.column("title"), table.column("originaltitle")
    types, years = table.column("titletype"), table.column("year")
    times = table.column("daterated", "dateadded", "created")
    for where, row in table.rows():
        other = other_kind(types[row])
        if other:
            into.set_aside[other] += 1
            continue
        key = imdb_id(keys[row])
        try:
            rating = stars(ratings[row], _TOP)
        except ValueError:
            rating, key = None, ""
        if not key:
            into.fault(f"{where}: {keys[row]!r}, rating {ratings[row]!r}")
            continue
        wish = listed and rating is None
        when = seconds(times[row])
        into.add(
            Entry(
                where, titles[row], year(years[row]), rating, when, originals[row], imdb_id=key, wish=wish, current=True
            )
        )


def _untranslated(table: Table) -> Table:
    """A table whose header is in another language has the columns of today's layout, if they hold what they should."""
    if "yourrating" in table or "yourated" in table or "position" in table:
        return table
    if len(table.names) != len(_TODAY) or table.names[0] != "const" or not len(table):
        return table
    columns = {name: table.columns[own] for name, own in zip(_TODAY, table.names, strict=True)}
    rated = all(text.isdecimal() and 1 <= int(text) <= 10 for text in columns["yourrating"])
    if not (rated and all(_CONST.fullmatch(text) for text in columns["const"]) and any(map(year, columns["year"]))):
        raise DataFormatError(table.where, "the column 'Your Rating' (1 to 10)", line=1, value=",".join(table.names))
    return dataclasses.replace(table, names=_TODAY, columns=columns)
