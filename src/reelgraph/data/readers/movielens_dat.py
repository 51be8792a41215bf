"""MovieLens 1m and 10m: files with the separator ``::`` and no header."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from reelgraph.core import Dataset, Ratings
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import metadata
from reelgraph.data.readers.columns import catalogue_of_ids
from reelgraph.data.readers.delimited import FOUR_COLUMNS, parse_ratings
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.options import ReadOptions
from reelgraph.data.readers.scales import HALF_STARS, WHOLE_STARS
from reelgraph.data.readers.text import RowLayout
from reelgraph.data.readers.text_file import TextFile

MAIN = "ratings.dat"
_SEPARATOR = "::"


def matches(files: FileSet) -> bool:
    """True for a folder with ``ratings.dat``."""
    return MAIN in files


def read(files: FileSet, options: ReadOptions) -> Dataset:
    """Read the data set, 1m or 10m.

    1m has ``users.dat`` and whole stars; 10m has ``tags.dat`` and half stars. If both files are missing, it is 10m if
    there are half stars.

    Args:
        files: the folder.
        options: the scale; that of 1m or 10m if the ratings fit. The columns are fixed.

    Raises:
        DataFormatError: a file cannot be read; names file, line, column and value.

    Source: README files of ml-1m and ml-10m. Departure: zip codes become regions.
    """
    ratings = parse_ratings(
        TextFile(files, MAIN),
        RowLayout(_SEPARATOR, 4),
        FOUR_COLUMNS,
        source=files.display_name(MAIN),
        scale=options.scale,
        feedback=options.feedback,
        published=HALF_STARS,
        number_ids=True,
    ).ratings
    has_half_stars = "users.dat" not in files and ("tags.dat" in files or _has_half_stars(ratings))
    if options.scale is None and ratings.scale == HALF_STARS and not has_half_stars:
        ratings = dataclasses.replace(ratings, scale=WHOLE_STARS)
    tags = _tags(files)
    catalogue = catalogue_of_ids(ratings)
    if "movies.dat" in files:
        movie_rows = list(_movies(files, tags))
        catalogue = metadata.catalogue(movie_rows, like=ratings.item_id)
    people_rows = list(_people(files)) if "users.dat" in files else None
    profiles = None if people_rows is None else metadata.profiles(people_rows, like=ratings.user_id)
    return Dataset("ml-10m" if has_half_stars else "ml-1m", ratings, catalogue, profiles, files.sha256(), tags.total)


def _has_half_stars(ratings: Ratings) -> bool:
    present = ratings.rating[np.isfinite(ratings.rating)]
    return bool(np.mean(present % 1 == 0.5) >= 0.02) if len(present) else False


def _lines(files: FileSet, name: str) -> Iterator[tuple[int, str]]:
    return enumerate(files.read_lines(name), start=1)


def _movies(files: FileSet, tags: metadata.TagCounts) -> Iterator[metadata.MovieRow]:
    source = files.display_name("movies.dat")
    for number, line in _lines(files, "movies.dat"):
        id_text, has_title, title_and_genres = line.partition(_SEPARATOR)
        title, has_genres, genres = title_and_genres.rpartition(_SEPARATOR)  # only titles may contain "::"
        if not (has_title and has_genres):
            raise DataFormatError(source, "id, title and genres separated by '::'", line=number, value=line)
        item_id = metadata.parse_integer(id_text, source, number, "movie id")
        yield metadata.MovieRow(
            item_id, title, metadata.year_of(title), metadata.genres_of(genres), tags.tags_of(item_id)
        )


def _people(files: FileSet) -> Iterator[metadata.PersonRow]:
    source = files.display_name("users.dat")
    for number, line in _lines(files, "users.dat"):
        fields = line.split(_SEPARATOR)
        if len(fields) != 5:
            raise DataFormatError(source, "5 fields separated by '::'", line=number, value=line)
        user_id = metadata.parse_integer(fields[0], source, number, "user id")
        _, gender, age, occupation, zip_code = fields
        yield metadata.PersonRow(
            user_id, gender, metadata.age_band(age), metadata.occupation_of(occupation), metadata.region_of(zip_code)
        )


def _tags(files: FileSet) -> metadata.TagCounts:
    tags = metadata.TagCounts()
    if "tags.dat" not in files:
        return tags
    source = files.display_name("tags.dat")
    for number, line in _lines(files, "tags.dat"):
        fields = line.split(_SEPARATOR)
        if len(fields) < 4:
            raise DataFormatError(source, "user, movie, tag and time separated by '::'", line=number, value=line)
        tags.add(metadata.parse_integer(fields[1], source, number, "movie id"), _SEPARATOR.join(fields[2:-1]))
    return tags
