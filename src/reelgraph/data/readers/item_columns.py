"""Columns about movies: in every row of a table of ratings, or in a table of movies of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, BoolArray, Catalogue
from reelgraph.data.readers import metadata

_YEAR = re.compile(r"(?<!\d)(18[7-9]\d|19\d\d|20\d\d|2100)(?!\d)")
_IMDB = re.compile(r"tt(\d+)|^(\d+)(?:\.0)?$")
_WHOLE = re.compile(r"(\d+)(?:\.0)?")
_GENRE_SEPARATORS = ("|", ";", ",", "/")
_LIST_MARKS = "[](){}'\""
_MAX_TITLES_PER_ITEM = 1.1  # more, on average, and the column does not hold titles of movies


def as_text(column: pl.Series) -> pl.Series:
    """The column as text without surrounding spaces; the entries of lists are joined by "|"."""
    if isinstance(column.dtype, pl.List):
        column = column.list.eval(pl.element().cast(pl.String)).list.join("|")
    return column.cast(pl.String).str.strip_chars()


def has_titles(item_id: AnyArray, titles: pl.Series, is_readable: BoolArray) -> bool:
    """True if a column, ``(n,)``, holds titles: one for each movie, and not only numbers."""
    frame = pl.DataFrame({"item_id": item_id, "title": as_text(titles).fill_null("")})
    return _describes_items(frame.filter(pl.Series(is_readable)))


def item_keys(columns: Mapping[str, pl.Series]) -> pl.Series:
    """Ids for movies without an id of their own: IMDb's, TMDB's, or the title with its year.

    Args:
        columns: at least one of ``imdb_id``, ``tmdb_id`` and ``title``; possibly ``year``. Where more than half of the
            ids of a site are missing, they are used only if there is no title.
    """
    ids = [columns[name] for name in ("imdb_id", "tmdb_id") if name in columns]
    best = next((column for column in ids if column.null_count() * 2 < len(column)), None)
    if best is None and "title" not in columns:
        best = min(ids, key=pl.Series.null_count)
    if best is not None:
        return as_text(best)
    titles = as_text(columns["title"])
    if "year" not in columns:
        return titles
    years = [_year(text) for text in as_text(columns["year"]).fill_null("").to_list()]
    keys = [
        title if title is None or not year or f"({year}" in title else f"{title} ({year})"
        for title, year in zip(titles.to_list(), years, strict=True)
    ]
    return pl.Series(keys, dtype=pl.String)


def catalogue_of_rows(item_id: AnyArray, columns: Mapping[str, pl.Series], is_readable: BoolArray) -> Catalogue | None:
    """The catalogue of the movies that the rows are about; None if the columns do not describe them.

    Args:
        item_id: ``(n,)`` of the rows.
        columns: standard name (``title``, ``year``, ``genres``, ``imdb_id``, ``tmdb_id``, ``runtime``) -> ``(n,)``
            values. The first value of each movie counts.
        is_readable: ``(n,)`` bool, rows to read.
    """
    texts = {name: as_text(column).fill_null("") for name, column in columns.items()}
    frame = pl.DataFrame({"item_id": item_id, **texts}).filter(pl.Series(is_readable))
    if "title" in texts and not _describes_items(frame):
        return None
    first_values = [
        pl.col(name).filter(pl.col(name) != "").first().fill_null("").alias(name)  # the first that is not empty
        for name in texts
    ]
    by_item = frame.group_by("item_id").agg(first_values).sort("item_id")
    separator = _genre_separator(by_item["genres"]) if "genres" in texts else "|"
    rows = [_movie(values.pop("item_id"), values, separator) for values in by_item.iter_rows(named=True)]
    return metadata.catalogue(rows, like=item_id)


def _describes_items(frame: pl.DataFrame) -> bool:
    """True if a movie has one title, apart from a few errors, and titles are not all numbers."""
    titles = frame["title"].filter(frame["title"] != "")
    if titles.n_unique() > 1 and titles.str.contains(r"^[\d.]+$").all():
        return False
    n_pairs = frame.filter(pl.col("title") != "").select("item_id", "title").unique().height
    return n_pairs <= _MAX_TITLES_PER_ITEM * max(frame["item_id"].n_unique(), 1)


def _movie(item_id: int | str, values: Mapping[str, str], separator: str) -> metadata.MovieRow:
    title = values.get("title", "")
    return metadata.MovieRow(
        item_id,
        title,
        _year(values.get("year", "")) or metadata.year_of(title),
        tuple(name for name in (_genre(name) for name in values.get("genres", "").split(separator)) if name),
        imdb_id=_imdb_id(values.get("imdb_id", "")),
        tmdb_id=_whole_number(values.get("tmdb_id", "")),
        runtime=_whole_number(values.get("runtime", "")),
    )


def _year(text: str) -> int:
    match = _YEAR.search(text)
    return int(match.group(1)) if match else 0


def _genre(name: str) -> str:
    return next(iter(metadata.genres_of(name.strip().strip(_LIST_MARKS).strip())), "")


def _genre_separator(genres: pl.Series) -> str:
    sample = "\n".join(genres.head(1000).to_list())
    return next((separator for separator in _GENRE_SEPARATORS if separator in sample), "|")


def _imdb_id(text: str) -> str:
    match = _IMDB.search(text)
    return f"tt{(match.group(1) or match.group(2)).zfill(7)}" if match else ""


def _whole_number(text: str) -> int:
    match = _WHOLE.fullmatch(text)
    return int(match.group(1)) if match and len(match.group(1)) < 16 else 0


def matching_ids(ids: pl.Series, like: AnyArray) -> tuple[AnyArray, BoolArray]:
    """Ids of a table of movies or people in the form of those of the ratings.

    Args:
        ids: ``(n,)`` as the table has them.
        like: ids of the same kind, numbers or text, as the result shall have.

    Returns:
        The ids, ``(n,)``, and whether each row has one, ``(n,)`` bool; an id without meaning stands where it has not.
    """
    if ids.dtype.is_float():
        integers = ids.cast(pl.Int64, strict=False)
        ids = integers.set(ids != integers, None)  # 2.5 is no id, and not that of 2
    texts = as_text(ids)
    if like.dtype.kind == "i":
        numbers = texts.cast(pl.Int64, strict=False)
        numbers = numbers.set((numbers.cast(pl.String) != texts).fill_null(False), None)  # "007" is not 7
        return numbers.fill_null(0).to_numpy(), numbers.is_not_null().to_numpy()
    texts = texts.fill_null("")
    return np.array(texts.to_list(), dtype=str), (texts != "").to_numpy()
