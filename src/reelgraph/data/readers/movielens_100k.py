"""MovieLens 100k: ``u.data`` (tab-separated), ``u.item`` and ``u.user`` (bar-separated, latin-1), and its folds."""

from __future__ import annotations

from pathlib import Path

from reelgraph.core import Catalogue, Dataset, Profiles, Ratings
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data.readers import metadata
from reelgraph.data.readers.columns import catalogue_of_ids
from reelgraph.data.readers.delimited import FOUR_COLUMNS, parse_ratings
from reelgraph.data.readers.files import FileSet, open_folder
from reelgraph.data.readers.options import ReadOptions
from reelgraph.data.readers.scales import WHOLE_STARS
from reelgraph.data.readers.text import RowLayout
from reelgraph.data.readers.text_file import TextFile

MAIN = "u.data"
FOLDS = ("u1", "u2", "u3", "u4", "u5", "ua", "ub")
"""The splits of ml-100k: u1 to u5 are the folds of a cross-validation, ua and ub hold out ten ratings per user."""

GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""Genre names in the order of the last 19 fields of ``u.item``. Source: the README of ml-100k."""

_N_FIELDS_BEFORE_GENRES = 5  # id, title, release date, video release date, URL


def matches(files: FileSet) -> bool:
    """True for a folder with ``u.data``."""
    return MAIN in files


def read(files: FileSet, options: ReadOptions) -> Dataset:
    """Read the data set.

    Args:
        files: the folder.
        options: the scale; 1 to 5 by 1 if the ratings fit. The columns are fixed.

    Raises:
        DataFormatError: a file cannot be read; names file, line, column and value.

    Source: README of ml-100k, "DETAILED DESCRIPTIONS OF DATA FILES". Departures: ages become the bands of ml-1m,
    zip codes become regions; the IMDb links are searches by title, so there is no ``imdb_id``.
    """
    ratings = _ratings(files, MAIN, options)
    catalogue = _catalogue(files, ratings) if "u.item" in files else catalogue_of_ids(ratings)
    profiles = _profiles(files, ratings) if "u.user" in files else None
    return Dataset("ml-100k", ratings, catalogue, profiles, files.sha256())


@runs_after_fork
def read_fold(folder: str | Path, fold: str) -> tuple[Ratings, Ratings]:
    """The training and test ratings of a fold that ml-100k ships.

    Args:
        folder: the folder of ml-100k.
        fold: ``u1`` ... ``u5``, ``ua`` or ``ub``.

    Returns:
        The ratings of ``<fold>.base`` and of ``<fold>.test``; together they are ``u.data``.

    Raises:
        DataFormatError: the files of the fold are missing or cannot be read.
    """
    if fold not in FOLDS:
        raise DataFormatError(folder, f"one of {', '.join(FOLDS)}", column="fold", value=fold)
    path = Path(folder)
    if not path.is_dir():
        raise DataFormatError(path, f"expected a folder with {fold}.base and {fold}.test, found none")
    files = open_folder(path)
    return _ratings(files, f"{fold}.base", ReadOptions()), _ratings(files, f"{fold}.test", ReadOptions())


def _ratings(files: FileSet, name: str, options: ReadOptions) -> Ratings:
    return parse_ratings(
        TextFile(files, name),
        RowLayout("\t", 4),
        FOUR_COLUMNS,
        source=files.display_name(name),
        scale=options.scale,
        feedback=options.feedback,
        published=WHOLE_STARS,
        number_ids=True,
    ).ratings


def _catalogue(files: FileSet, ratings: Ratings) -> Catalogue:
    source = files.display_name("u.item")
    n_fields = _N_FIELDS_BEFORE_GENRES + len(GENRES)
    rows: list[metadata.MovieRow] = []
    for number, line in enumerate(files.read_lines("u.item"), start=1):
        fields = line.split("|")
        if len(fields) != n_fields:
            raise DataFormatError(source, f"{n_fields} fields separated by '|'", line=number, value=line)
        item_id = metadata.parse_integer(fields[0], source, number, "movie id")
        flags = fields[_N_FIELDS_BEFORE_GENRES:]
        genres = tuple(name for name, flag in zip(GENRES, flags, strict=True) if flag == "1" and name != "unknown")
        release_year = fields[2][-4:]
        year = metadata.year_of(fields[1]) or (int(release_year) if release_year.isdecimal() else 0)
        rows.append(metadata.MovieRow(item_id, fields[1], year, genres))
    return metadata.catalogue(rows, like=ratings.item_id)


def _profiles(files: FileSet, ratings: Ratings) -> Profiles:
    source = files.display_name("u.user")
    rows: list[metadata.PersonRow] = []
    for number, line in enumerate(files.read_lines("u.user"), start=1):
        fields = line.split("|")
        if len(fields) != 5:
            raise DataFormatError(source, "5 fields separated by '|'", line=number, value=line)
        user_id = metadata.parse_integer(fields[0], source, number, "user id")
        _, age, gender, occupation, zip_code = fields
        rows.append(
            metadata.PersonRow(
                user_id,
                gender,
                metadata.age_band(age),
                metadata.occupation_of(occupation),
                metadata.region_of(zip_code),
            )
        )
    return metadata.profiles(rows, like=ratings.user_id)
