"""A table of one's own: titles or ids under any of their usual names, with or without ratings."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reelgraph.errors import DataFormatError
from reelgraph.imports.dates import ambiguous, day_first, seconds
from reelgraph.imports.entries import Entry
from reelgraph.imports.names import take_apart
from reelgraph.imports.rows import SERIES, Collected, imdb_id, other_kind, stars, whole, year
from reelgraph.imports.table import Table

NAME = "plain"
_TITLE = ("title", "name", "film", "movietitle", "filmtitle", "movie", "primarytitle", "movienames", "moviename")
_OTHER = ("originaltitle", "originalname", "alternativetitle")
_YEAR = ("year", "releaseyear", "yearreleased", "released", "releasedate")
_RATING = ("yourrating", "userrating", "myrating", "myscore", "rating", "stars", "score", "rating10", "ratings", "vote")
_ITEM = ("movieid", "itemid", "filmid", "item")
_IMDB = ("imdbid", "tconst", "imdburl")
_TMDB = ("tmdbid", "themoviedbid", "moviedbid")
_TIME = ("timestamp", "watcheddate", "daterated", "ratedat", "watchedat", "date", "time", "datewatched", "dateadded")
_USER = ("userid", "user")
_KIND = ("titletype", "mediatype", "type")  # TMDB counts films and series apart: its ids of series are films' too
_EPISODE = ("episodenumber", "seasonnumber", "episode", "season")
_SCALES = (5.0, 10.0, 100.0)


def knows(names: tuple[str, ...]) -> bool:
    """Whether some column names films."""
    return bool({*_TITLE, *_ITEM, *_IMDB, *_TMDB} & set(names))


def read(table: Table, file_name: str, into: Collected) -> None:
    """Take the rows.

    The scale of the ratings is the smallest of 5, 10 and 100 that holds all of them, and 10 for a column
    ``Rating10``; the notes say which.

    Raises:
        DataFormatError: it is the table of several people, or its ratings have no such scale.
    """
    if len({user for user in table.column(*_USER) if user}) > 1:
        raise DataFormatError(table.where, "the ratings of one person", column="user_id", value="several users")
    into.faults(table.where, table.misfits)
    titles, others, years = table.column(*_TITLE), table.column(*_OTHER), table.column(*_YEAR)
    ratings, times = table.column(*_RATING), table.column(*_TIME)
    items, imdbs, tmdbs = table.column(*_ITEM), table.column(*_IMDB), table.column(*_TMDB)
    if not any(items) and all(text.isdecimal() for text in titles):
        titles, items = items, titles  # a column "movie" of numbers
    top = _scale(ratings, "rating10" in table and "rating" not in table, table.where)
    if top != _SCALES[0]:
        into.notes.append(f"ratings are out of {top:g}: divided by {top / 5:g} to make stars")
    if any(items) and not any(titles):
        into.notes.append("ids are taken for the catalogue's own: there are no titles to check them by")
    kinds, episodes = table.column(*_KIND), table.column(*_EPISODE)
    days_first = day_first(times)
    if ambiguous(times):
        into.notes.append("dates such as 3/4/20 are read with the month first; nothing in the file tells")
    for where, row in table.rows():
        other = SERIES if episodes[row] else other_kind(kinds[row])
        if other:
            into.set_aside[other] += 1
            continue
        apart = take_apart(titles[row]) if titles[row] else None
        try:
            rating = stars(ratings[row], top)
        except ValueError:
            into.fault(f"{where}: rating {ratings[row]!r}")
            continue
        entry = Entry(
            where,
            titles[row],
            year(years[row]) or (apart.year if apart else 0),
            rating,
            seconds(times[row], days_first=bool(days_first)),
            others[row],
            imdb_id(imdbs[row]),
            whole(tmdbs[row]),
            items[row].removesuffix(".0"),
            wish="watchlist" in file_name.lower() and rating is None,
            current=True,
        )
        if entry.title or entry.imdb_id or entry.tmdb_id or entry.item_id:
            into.add(entry)
        else:
            into.fault(f"{where}: no title and no id")


def _scale(ratings: Sequence[str], out_of_ten: bool, where: str) -> float:
    values = [value for value in map(_number, ratings) if value is not None and math.isfinite(value)]
    highest = max(values, default=0.0)
    if out_of_ten and highest <= 10:
        return 10.0
    found = next((top for top in _SCALES if highest <= top), None)
    if found is None:
        raise DataFormatError(where, "ratings from 0 to 5, 10 or 100", column="rating", value=f"{highest:g}")
    return found


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
