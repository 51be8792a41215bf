"""MovieLens latest, 20m, 25m and 32m: CSV files with headers. The tag genome is not read."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from reelgraph.core import Catalogue, Dataset, Ratings
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import metadata, text
from reelgraph.data.readers.delimited import read_delimited
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.options import ReadOptions

MAIN = "ratings.csv"
TRUTH = "truth.json"  # beside generated ratings
_NAME = "ml-latest"
_TAG_COLUMNS = ("movieId", "tag")


def matches(files: FileSet) -> bool:
    """True for a folder with ``ratings.csv``."""
    return MAIN in files


def read(files: FileSet, options: ReadOptions) -> Dataset:
    """Read the data set; ``movies.csv``, ``links.csv`` and ``tags.csv`` are optional.

    In addition to the published columns, ``movies.csv`` may have ``runtime``, minutes, and ``people``, names separated
    by "|".

    Args:
        files: the folder.
        options: scale and columns; 0.5 to 5 by 0.5 if the header is that of MovieLens and the ratings fit.

    Raises:
        DataFormatError: a file cannot be read; names file, line, column and value.

    Source: README of ml-latest-small.
    """
    table = read_delimited(files, MAIN, options)
    name, ratings = _name(files), table.ratings
    if name != _NAME:
        ratings = dataclasses.replace(ratings, notes=(*ratings.notes, f"{name}: no rating is a person's"))
    if "movies.csv" not in files:
        return Dataset(name, ratings, table.catalogue(), None, files.sha256())
    tags = _tags(files, ratings)
    catalogue = _catalogue(files, ratings, tags)
    return Dataset(name, ratings, catalogue, None, files.sha256(), tags.total)


def _name(files: FileSet) -> str:
    """The name of the layout, or the one under which `reelgraph.data.generate` wrote the files."""
    if TRUTH not in files:
        return _NAME
    try:
        document = json.loads(files.read(TRUTH))
        is_generated = document["generated"] is True
        return str(document["name"]) if is_generated else _NAME
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"generated, {TRUTH} damaged"


def _rows(
    files: FileSet, name: str, columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """Line number, and fields of ``columns`` and ``optional``, of each row below the header; "" for absent columns."""
    source = files.display_name(name)
    reader = csv.reader(io.StringIO(files.read_utf8(name).decode(), newline=""))
    try:
        yield from _select_fields(reader, columns, optional, source)
    except csv.Error as error:
        raise DataFormatError(source, f"expected a CSV file: {error}", line=reader.line_num) from None


def _select_fields(
    reader: Any, columns: Sequence[str], optional: Sequence[str], source: str
) -> Iterator[tuple[int, list[str]]]:
    header = next(reader)
    missing = [column for column in columns if column not in header]
    if missing:
        raise DataFormatError(source, f"a column {missing[0]}", line=1, value=",".join(header))
    positions = [header.index(column) if column in header else None for column in (*columns, *optional)]
    for fields in reader:
        if not fields:
            continue  # a blank line
        if len(fields) != len(header):
            expected = f"{len(header)} fields separated by commas"
            raise DataFormatError(source, expected, line=reader.line_num, value=",".join(fields))
        yield reader.line_num, ["" if position is None else fields[position] for position in positions]


def _item_id(value: str, ratings: Ratings, source: str, line: int) -> int | str:
    return metadata.parse_integer(value, source, line, "movieId") if ratings.item_id.dtype.kind == "i" else value


def _catalogue(files: FileSet, ratings: Ratings, tags: metadata.TagCounts) -> Catalogue:
    source = files.display_name("movies.csv")
    links = _links(files, ratings)
    rows: list[metadata.MovieRow] = []
    columns, optional = ("movieId", "title", "genres"), ("runtime", "people")
    for line, (item_text, title, genres, runtime, people) in _rows(files, "movies.csv", columns, optional):
        item_id = _item_id(item_text, ratings, source, line)
        imdb_id, tmdb_id = links.get(item_id, ("", 0))
        rows.append(
            metadata.MovieRow(
                item_id,
                title,
                metadata.year_of(title),
                metadata.genres_of(genres),
                tags.tags_of(item_id),
                tuple(name.strip() for name in people.split("|") if name.strip()),
                imdb_id,
                tmdb_id,
                metadata.parse_integer(runtime, source, line, "runtime") if runtime else 0,
            )
        )
    return metadata.catalogue(rows, like=ratings.item_id)


def _links(files: FileSet, ratings: Ratings) -> dict[int | str, tuple[str, int]]:
    if "links.csv" not in files:
        return {}
    source = files.display_name("links.csv")
    links: dict[int | str, tuple[str, int]] = {}
    for line, (item_text, imdb_text, tmdb_text) in _rows(files, "links.csv", ("movieId", "imdbId", "tmdbId")):
        # IMDb ids have at least seven digits: 114709 is tt0114709.
        imdb_id = f"tt{imdb_text.removeprefix('tt').zfill(7)}" if imdb_text else ""
        tmdb_id = metadata.parse_integer(tmdb_text, source, line, "tmdbId") if tmdb_text else 0
        links[_item_id(item_text, ratings, source, line)] = imdb_id, tmdb_id
    return links


def _tags(files: FileSet, ratings: Ratings) -> metadata.TagCounts:
    tags = metadata.TagCounts()
    if "tags.csv" not in files:
        return tags
    pairs = _tag_pairs(files)
    if pairs is not None:
        with contextlib.suppress(ValueError, OverflowError):
            ids = pairs["item"].to_list()
            tags.add_all(_integers(ids) if ratings.item_id.dtype.kind == "i" else ids, pairs["tag"], pairs["len"])
            return tags
    source = files.display_name("tags.csv")  # row by row, which names the line of what is wrong
    for line, (item_text, tag) in _rows(files, "tags.csv", _TAG_COLUMNS):
        tags.add(_item_id(item_text, ratings, source, line), tag)
    return tags


def _tag_pairs(files: FileSet) -> pl.DataFrame | None:
    """Movie, tag, and how many people gave it, ``item, tag, len``; None if a row is malformed or has no tag."""
    data = files.read_utf8("tags.csv")
    header = text.split_line(text.first_lines(data)[0], ",")
    if not set(_TAG_COLUMNS) <= set(header):
        return None
    positions = dict(zip(("item", "tag"), map(header.index, _TAG_COLUMNS), strict=True))
    layout = text.RowLayout(",", len(header), skip_lines=1, quoted=True)
    columns = text.parse_well_formed(data, layout, positions, dict.fromkeys(positions, pl.String()))
    return None if columns is None else pl.DataFrame(columns).group_by("item", "tag").len()


def _integers(texts: Sequence[str]) -> list[int]:
    """As `metadata.parse_integer`, but without a place to name.

    Raises:
        ValueError: one is no integer.
        OverflowError: one has more than 64 bits.
    """
    integers = {number: int(np.int64(int(number))) for number in set(texts)}
    return [integers[number] for number in texts]
