"""MovieLens latest, 20m, 25m and 32m: CSV files with headers. The tag genome is not read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from reelgraph.core import Catalogue, Dataset, Ratings, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import movies, text
from reelgraph.data.readers.columns import bare_catalogue
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.tabular import read_delimited

MAIN = "ratings.csv"


def knows(files: FileSet) -> bool:
    """True for a folder with ``ratings.csv``."""
    return MAIN in files


def read(files: FileSet, scale: RatingScale | None = None) -> Dataset:
    """The whole data set; ``movies.csv``, ``links.csv`` and ``tags.csv`` are read where they are.

    Beside the published columns ``movies.csv`` may have ``runtime``, minutes, and ``people``, names with | between.

    Args:
        files: the folder.
        scale: the scale; 0.5 to 5 by 0.5 when None and the header is that of MovieLens.

    Raises:
        DataFormatError: a file cannot be read; names file, line, column and value.

    Source: README of ml-latest-small.
    """
    ratings = read_delimited(files, MAIN, scale)
    if "movies.csv" not in files:
        return Dataset("ml-latest", ratings, bare_catalogue(ratings), None, files.sha256())
    tags = _tags(files, ratings)
    catalogue = _catalogue(files, ratings, tags)
    return Dataset("ml-latest", ratings, catalogue, None, files.sha256(), tags.total)


def _rows(
    files: FileSet, name: str, columns: Sequence[str], maybe: Sequence[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """Line number and the fields of ``columns`` and ``maybe`` for each row below the header; "" where not there."""
    where = files.where(name)
    reader = csv.reader(io.StringIO(text.decode(files.read(name), where).decode(), newline=""))
    try:
        yield from _picked(reader, columns, maybe, where)
    except csv.Error as error:
        raise DataFormatError(where, f"expected a CSV file: {error}", line=reader.line_num) from None


def _picked(reader: Any, columns: Sequence[str], maybe: Sequence[str], where: str) -> Iterator[tuple[int, list[str]]]:
    header = next(reader)
    lacking = [column for column in columns if column not in header]
    if lacking:
        raise DataFormatError(where, f"a column {lacking[0]}", line=1, value=",".join(header))
    places = [header.index(column) if column in header else None for column in (*columns, *maybe)]
    for fields in reader:
        if not fields:
            continue  # a blank line names no movie
        if len(fields) != len(header):
            expected = f"{len(header)} fields separated by commas"
            raise DataFormatError(where, expected, line=reader.line_num, value=",".join(fields))
        yield reader.line_num, ["" if place is None else fields[place] for place in places]


def _item_id(value: str, ratings: Ratings, where: str, line: int) -> int | str:
    return movies.whole_number(value, where, line, "movieId") if ratings.item_id.dtype.kind == "i" else value


def _catalogue(files: FileSet, ratings: Ratings, tags: movies.TagCounts) -> Catalogue:
    where = files.where("movies.csv")
    links = _links(files, ratings)
    rows: list[movies.MovieRow] = []
    columns, maybe = ("movieId", "title", "genres"), ("runtime", "people")
    for line, (key, title, genres, runtime, people) in _rows(files, "movies.csv", columns, maybe):
        item_id = _item_id(key, ratings, where, line)
        imdb_id, tmdb_id = links.get(item_id, ("", 0))
        rows.append(
            movies.MovieRow(
                item_id,
                title,
                movies.year_of(title),
                movies.genres_of(genres),
                tags.of(item_id),
                tuple(name.strip() for name in people.split("|") if name.strip()),
                imdb_id,
                tmdb_id,
                movies.whole_number(runtime, where, line, "runtime") if runtime else 0,
            )
        )
    return movies.catalogue(rows, like=ratings.item_id)


def _links(files: FileSet, ratings: Ratings) -> dict[int | str, tuple[str, int]]:
    if "links.csv" not in files:
        return {}
    where = files.where("links.csv")
    links: dict[int | str, tuple[str, int]] = {}
    for line, (key, imdb, tmdb) in _rows(files, "links.csv", ("movieId", "imdbId", "tmdbId")):
        # IMDb writes its ids with seven digits at least: 114709 is tt0114709.
        imdb_id = f"tt{imdb.removeprefix('tt').zfill(7)}" if imdb else ""
        tmdb_id = movies.whole_number(tmdb, where, line, "tmdbId") if tmdb else 0
        links[_item_id(key, ratings, where, line)] = imdb_id, tmdb_id
    return links


def _tags(files: FileSet, ratings: Ratings) -> movies.TagCounts:
    tags = movies.TagCounts()
    if "tags.csv" in files:
        where = files.where("tags.csv")
        for line, (key, tag) in _rows(files, "tags.csv", ("movieId", "tag")):
            tags.add(_item_id(key, ratings, where, line), tag)
    return tags
