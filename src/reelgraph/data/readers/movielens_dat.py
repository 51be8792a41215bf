"""MovieLens 1m and 10m: files with ``::`` between the fields and no header."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reelgraph.core import Dataset, Ratings, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import movies, text
from reelgraph.data.readers.columns import bare_catalogue
from reelgraph.data.readers.delimited import FIXED, parse_ratings
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.scales import HALF_STARS, WHOLE_STARS

MAIN = "ratings.dat"
_SEPARATOR = "::"


def knows(files: FileSet) -> bool:
    """True for a folder with ``ratings.dat``."""
    return MAIN in files


def read(files: FileSet, scale: RatingScale | None = None) -> Dataset:
    """The whole data set, 1m or 10m.

    1m has ``users.dat`` and whole stars; 10m has ``tags.dat`` and half stars. Without either, half stars decide.

    Args:
        files: the folder.
        scale: the scale; by layout when None.

    Raises:
        DataFormatError: a file cannot be read; names file, line, column and value.

    Source: README files of ml-1m and ml-10m. Departure: zip codes are cut down to regions.
    """
    where = files.where(MAIN)
    data = text.decode(files.read(MAIN), where)
    ratings = parse_ratings(
        files, MAIN, text.Shape(_SEPARATOR, 4), FIXED, scale=scale or HALF_STARS, number_ids=True, decoded=data
    )
    halves = "users.dat" not in files and ("tags.dat" in files or _has_halves(ratings))
    if scale is None and not halves:
        ratings = with_scale(ratings, WHOLE_STARS)
    tags = _tags(files)
    catalogue = bare_catalogue(ratings)
    if "movies.dat" in files:
        rows = list(_movies(files, tags))
        catalogue = movies.catalogue(rows, like=ratings.item_id)
    people = list(_people(files)) if "users.dat" in files else None
    profiles = None if people is None else movies.profiles(people, like=ratings.user_id)
    return Dataset("ml-10m" if halves else "ml-1m", ratings, catalogue, profiles, files.sha256(), tags.total)


def with_scale(ratings: Ratings, scale: RatingScale) -> Ratings:
    """The same ratings on another scale."""
    return Ratings(
        ratings.user_id, ratings.item_id, ratings.rating, ratings.timestamp, scale, ratings.source, ratings.faults,
        ratings.first_line,
    )  # fmt: skip


def _has_halves(ratings: Ratings) -> bool:
    known = ratings.rating[np.isfinite(ratings.rating)]
    return bool(np.mean(known % 1 == 0.5) >= 0.02) if len(known) else False


def _lines(files: FileSet, name: str) -> Iterator[tuple[int, str]]:
    lines = text.decode(files.read(name), files.where(name)).decode().split("\n")
    return enumerate(lines, start=1)


def _movies(files: FileSet, tags: movies.TagCounts) -> Iterator[movies.MovieRow]:
    where = files.where("movies.dat")
    for number, line in _lines(files, "movies.dat"):
        first, found, rest = line.partition(_SEPARATOR)
        title, also_found, genres = rest.rpartition(_SEPARATOR)  # a title may hold "::", an id or a genre not
        if not (found and also_found):
            raise DataFormatError(where, "id, title and genres separated by '::'", line=number, value=line)
        item_id = movies.whole_number(first, where, number, "movie id")
        yield movies.MovieRow(item_id, title, movies.year_of(title), movies.genres_of(genres), tags.of(item_id))


def _people(files: FileSet) -> Iterator[movies.PersonRow]:
    where = files.where("users.dat")
    for number, line in _lines(files, "users.dat"):
        fields = line.split(_SEPARATOR)
        if len(fields) != 5:
            raise DataFormatError(where, "5 fields separated by '::'", line=number, value=line)
        user_id = movies.whole_number(fields[0], where, number, "user id")
        _, gender, age, occupation, zip_code = fields
        yield movies.PersonRow(
            user_id, gender, movies.age_band(age), movies.occupation_of(occupation), movies.region_of(zip_code)
        )


def _tags(files: FileSet) -> movies.TagCounts:
    tags = movies.TagCounts()
    if "tags.dat" not in files:
        return tags
    where = files.where("tags.dat")
    for number, line in _lines(files, "tags.dat"):
        fields = line.split(_SEPARATOR)
        if len(fields) < 4:
            raise DataFormatError(where, "user, movie, tag and time separated by '::'", line=number, value=line)
        tags.add(movies.whole_number(fields[1], where, number, "movie id"), _SEPARATOR.join(fields[2:-1]))
    return tags
