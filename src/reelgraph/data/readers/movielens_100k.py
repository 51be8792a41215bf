"""MovieLens 100k: ``u.data`` (tabs), ``u.item`` and ``u.user`` (bars, latin-1), and the shipped folds."""

from __future__ import annotations

from pathlib import Path

from reelgraph.core import Catalogue, Dataset, Profiles, Ratings, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import movies, text
from reelgraph.data.readers.columns import bare_catalogue
from reelgraph.data.readers.delimited import FIXED, parse_ratings
from reelgraph.data.readers.files import FileSet, open_folder
from reelgraph.data.readers.scales import WHOLE_STARS

MAIN = "u.data"
FOLDS = ("u1", "u2", "u3", "u4", "u5", "ua", "ub")
"""The splits that ml-100k ships: u1 to u5 are the parts of a five-fold split, ua and ub hold out ten ratings a user."""

GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""Genre names in the order of the last 19 fields of ``u.item``. Source: the README of ml-100k."""

_BEFORE_GENRES = 5  # id, title, release date, video release date, URL


def knows(files: FileSet) -> bool:
    """True for a folder with ``u.data``."""
    return MAIN in files


def read(files: FileSet, scale: RatingScale | None = None) -> Dataset:
    """The whole data set.

    Args:
        files: the folder.
        scale: the scale; 1 to 5 by 1 when None.

    Raises:
        DataFormatError: a file cannot be read; names file, line, column and value.

    Source: README of ml-100k, "DETAILED DESCRIPTIONS OF DATA FILES". Departures: ages are put in the bands of ml-1m,
    zip codes in regions; the IMDb addresses are searches by title, so they give no ``imdb_id``.
    """
    ratings = _ratings(files, MAIN, scale)
    catalogue = _catalogue(files, ratings) if "u.item" in files else bare_catalogue(ratings)
    profiles = _profiles(files, ratings) if "u.user" in files else None
    return Dataset("ml-100k", ratings, catalogue, profiles, files.sha256())


def read_fold(folder: str | Path, fold: str) -> tuple[Ratings, Ratings]:
    """The training and test ratings of a shipped fold.

    Args:
        folder: the folder of ml-100k.
        fold: ``u1`` ... ``u5``, ``ua`` or ``ub``.

    Returns:
        The ratings of ``<fold>.base`` and of ``<fold>.test``; together they are ``u.data``.

    Raises:
        DataFormatError: the fold's files are not there or cannot be read.
    """
    if fold not in FOLDS:
        raise DataFormatError(folder, f"one of {', '.join(FOLDS)}", column="fold", value=fold)
    place = Path(folder)
    if not place.is_dir():
        raise DataFormatError(place, f"expected a folder with {fold}.base and {fold}.test, found none")
    files = open_folder(place)
    return _ratings(files, f"{fold}.base", None), _ratings(files, f"{fold}.test", None)


def _ratings(files: FileSet, name: str, scale: RatingScale | None) -> Ratings:
    return parse_ratings(files, name, text.Shape("\t", 4), FIXED, scale=scale or WHOLE_STARS, number_ids=True)


def _catalogue(files: FileSet, ratings: Ratings) -> Catalogue:
    where = files.where("u.item")
    rows: list[movies.MovieRow] = []
    for number, line in enumerate(text.decode(files.read("u.item"), where).decode().split("\n"), start=1):
        fields = line.split("|")
        if len(fields) != _BEFORE_GENRES + len(GENRES):
            raise DataFormatError(
                where, f"{_BEFORE_GENRES + len(GENRES)} fields separated by '|'", line=number, value=line
            )
        item_id = movies.whole_number(fields[0], where, number, "movie id")
        flags = fields[_BEFORE_GENRES:]
        genres = tuple(name for name, flag in zip(GENRES, flags, strict=True) if flag == "1" and name != "unknown")
        released = fields[2][-4:]
        year = movies.year_of(fields[1]) or (int(released) if released.isdecimal() else 0)
        rows.append(movies.MovieRow(item_id, fields[1], year, genres))
    return movies.catalogue(rows, like=ratings.item_id)


def _profiles(files: FileSet, ratings: Ratings) -> Profiles:
    where = files.where("u.user")
    rows: list[movies.PersonRow] = []
    for number, line in enumerate(text.decode(files.read("u.user"), where).decode().split("\n"), start=1):
        fields = line.split("|")
        if len(fields) != 5:
            raise DataFormatError(where, "5 fields separated by '|'", line=number, value=line)
        user_id = movies.whole_number(fields[0], where, number, "user id")
        _, age, gender, occupation, zip_code = fields
        rows.append(
            movies.PersonRow(
                user_id, gender, movies.age_band(age), movies.occupation_of(occupation), movies.region_of(zip_code)
            )
        )
    return movies.profiles(rows, like=ratings.user_id)
