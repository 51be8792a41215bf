"""RecBole's atomic files: tab separated, each column named ``name:type``."""

from __future__ import annotations

from collections.abc import Iterator

from reelgraph.core import AnyArray, Catalogue, Dataset, Profiles, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import movies, text
from reelgraph.data.readers.aliases import bare
from reelgraph.data.readers.columns import bare_catalogue
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.tabular import read_delimited

_TITLE = ("movietitle", "title", "name", "itemname")
_YEAR = ("releaseyear", "year")
_GENRES = ("class", "genre", "genres", "categories")


def main_file(files: FileSet) -> str | None:
    """The ``.inter`` file of a folder, when there is exactly one."""
    found = [name for name in files.names if name.endswith(".inter")]
    return found[0] if len(found) == 1 else None


def read(files: FileSet, name: str, scale: RatingScale | None = None) -> Dataset:
    """The ratings of an ``.inter`` file, with the ``.item`` and ``.user`` files beside it where they are.

    Args:
        files: the folder.
        name: the ``.inter`` file.
        scale: the scale; inferred when None.

    Raises:
        DataFormatError: a file cannot be read or lacks a column; names file, line, column and value.

    Source: RecBole's manual, "Atomic files".
    """
    ratings = read_delimited(files, name, scale, separator="\t")
    stem = name.removesuffix(".inter")
    catalogue, profiles = bare_catalogue(ratings), None
    if f"{stem}.item" in files:
        catalogue = _catalogue(files, f"{stem}.item", ratings.item_id)
    if f"{stem}.user" in files:
        profiles = _profiles(files, f"{stem}.user", ratings.user_id)
    return Dataset("recbole", ratings, catalogue, profiles, files.sha256())


def _rows(files: FileSet, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    where = files.where(name)
    lines = text.decode(files.read(name), where).decode().split("\n")
    header = [bare(column) for column in lines[0].split("\t")]
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != len(header):
            raise DataFormatError(where, f"{len(header)} fields separated by tabs", line=number, value=line)
        yield number, dict(zip(header, fields, strict=True))


def _first(row: dict[str, str], names: tuple[str, ...]) -> str:
    return next((row[name].strip() for name in names if name in row), "")


def _key(row: dict[str, str], names: tuple[str, ...], like: AnyArray, where: str, line: int) -> int | str:
    value = _first(row, names)
    if not value:
        raise DataFormatError(where, f"a column {names[0]} with a value", line=line, value=", ".join(row))
    return movies.whole_number(value, where, line, names[0]) if like.dtype.kind == "i" else value


def _catalogue(files: FileSet, name: str, like: AnyArray) -> Catalogue:
    where = files.where(name)
    rows: list[movies.MovieRow] = []
    for line, row in _rows(files, name):
        item_id = _key(row, ("itemid", "movieid"), like, where, line)
        title, released = _first(row, _TITLE), _first(row, _YEAR)
        year = int(float(released)) if released.replace(".", "", 1).isdecimal() else movies.year_of(title)
        # RecBole separates the entries of a sequence by spaces; MovieLens genre names hold none.
        rows.append(movies.MovieRow(item_id, title, year, movies.genres_of(_first(row, _GENRES), " ")))
    return movies.catalogue(rows, like)


def _profiles(files: FileSet, name: str, like: AnyArray) -> Profiles:
    where = files.where(name)
    rows = [
        movies.PersonRow(
            _key(row, ("userid",), like, where, line),
            _first(row, ("gender",)),
            movies.age_band(_first(row, ("age",))),
            movies.occupation_of(_first(row, ("occupation",))),
            movies.region_of(_first(row, ("zipcode", "zip"))),
        )
        for line, row in _rows(files, name)
    ]
    return movies.profiles(rows, like)
