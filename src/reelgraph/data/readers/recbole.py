"""RecBole's atomic files: tab-separated, with columns named ``name:type``."""

from __future__ import annotations

from collections.abc import Iterator

from reelgraph.core import AnyArray, Catalogue, Dataset, Profiles
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import metadata
from reelgraph.data.readers.column_names import normalised_name
from reelgraph.data.readers.delimited import read_delimited
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.options import ReadOptions

_TITLE = ("movietitle", "title", "name", "itemname")
_YEAR = ("releaseyear", "year")
_GENRES = ("class", "genre", "genres", "categories")


def matches(files: FileSet) -> bool:
    """True for a folder with exactly one ``.inter`` file."""
    return len(_inter_files(files)) == 1


def read(files: FileSet, options: ReadOptions) -> Dataset:
    """The data set of a folder that :meth:`matches`; see `read_inter`."""
    return read_inter(files, _inter_files(files)[0], options)


def _inter_files(files: FileSet) -> list[str]:
    return [name for name in files.names if name.endswith(".inter")]


def read_inter(files: FileSet, name: str, options: ReadOptions) -> Dataset:
    """The ratings of an ``.inter`` file, with the metadata of its ``.item`` and ``.user`` files, if they exist.

    Args:
        files: the folder.
        name: the ``.inter`` file.
        options: scale and columns; found in the file where not given.

    Raises:
        DataFormatError: a file cannot be read or lacks a column; names file, line, column and value.

    Source: RecBole's manual, "Atomic files".
    """
    table = read_delimited(files, name, options, separator="\t")
    ratings = table.ratings
    stem = name.removesuffix(".inter")
    catalogue, profiles = table.catalogue(), None
    if f"{stem}.item" in files:
        catalogue = _catalogue(files, f"{stem}.item", ratings.item_id)
    if f"{stem}.user" in files:
        profiles = _profiles(files, f"{stem}.user", ratings.user_id)
    return Dataset("recbole", ratings, catalogue, profiles, files.sha256())


def _rows(files: FileSet, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    source = files.display_name(name)
    lines = files.read_lines(name)
    header = [normalised_name(column) for column in lines[0].split("\t")]
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != len(header):
            raise DataFormatError(source, f"{len(header)} fields separated by tabs", line=number, value=line)
        yield number, dict(zip(header, fields, strict=True))


def _first_value(row: dict[str, str], columns: tuple[str, ...]) -> str:
    return next((row[name].strip() for name in columns if name in row), "")


def _id(row: dict[str, str], columns: tuple[str, ...], like: AnyArray, source: str, line: int) -> int | str:
    value = _first_value(row, columns)
    if not value:
        raise DataFormatError(source, f"a column {columns[0]} with a value", line=line, value=", ".join(row))
    return metadata.parse_integer(value, source, line, columns[0]) if like.dtype.kind == "i" else value


def _catalogue(files: FileSet, name: str, like: AnyArray) -> Catalogue:
    source = files.display_name(name)
    rows: list[metadata.MovieRow] = []
    for line, row in _rows(files, name):
        item_id = _id(row, ("itemid", "movieid"), like, source, line)
        title, year_text = _first_value(row, _TITLE), _first_value(row, _YEAR)
        year = int(float(year_text)) if year_text.replace(".", "", 1).isdecimal() else metadata.year_of(title)
        # RecBole separates the entries of a sequence by spaces, and MovieLens genre names contain none.
        rows.append(metadata.MovieRow(item_id, title, year, metadata.genres_of(_first_value(row, _GENRES), " ")))
    return metadata.catalogue(rows, like)


def _profiles(files: FileSet, name: str, like: AnyArray) -> Profiles:
    source = files.display_name(name)
    rows = [
        metadata.PersonRow(
            _id(row, ("userid",), like, source, line),
            _first_value(row, ("gender",)),
            metadata.age_band(_first_value(row, ("age",))),
            metadata.occupation_of(_first_value(row, ("occupation",))),
            metadata.region_of(_first_value(row, ("zipcode", "zip"))),
        )
        for line, row in _rows(files, name)
    ]
    return metadata.profiles(rows, like)
