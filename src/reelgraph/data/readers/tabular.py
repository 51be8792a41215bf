"""One plain file: CSV, TSV or another delimited text with or without a header, or Parquet."""

from __future__ import annotations

import io

import polars as pl

from reelgraph.core import Dataset, Ratings, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import aliases, text
from reelgraph.data.readers.columns import bare_catalogue
from reelgraph.data.readers.delimited import FIXED, parse_ratings
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.frames import from_frame
from reelgraph.data.readers.scales import HALF_STARS

SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data", ".inter", ".parquet", ".pq")
_MOVIELENS = ["userId", "movieId", "rating", "timestamp"]


def candidates(files: FileSet) -> list[str]:
    """The files of a folder that may hold a table."""
    return [
        name for name in files.names if name.lower().endswith(SUFFIXES) and not name.lower().startswith(("readme", "."))
    ]


def read(files: FileSet, name: str, scale: RatingScale | None = None, *, one_person: bool = False) -> Dataset:
    """A data set of ratings alone; the movies are titled by their ids.

    Args:
        files: where the file is.
        name: the file.
        scale: the scale; inferred from the ratings when None.
        one_person: a text file need not name its users; where it does not, user ids repeat the item ids. Rows may lack
            a rating.

    Raises:
        DataFormatError: the file cannot be read or lacks a column; names file, line, column and value.
    """
    if name.lower().endswith((".parquet", ".pq")):
        return _parquet(files, name, scale)
    ratings = read_delimited(files, name, scale, one_person=one_person)
    return Dataset("table", ratings, bare_catalogue(ratings), None, files.sha256())


def read_delimited(
    files: FileSet,
    name: str,
    scale: RatingScale | None,
    separator: str | None = None,
    *,
    one_person: bool = False,
) -> Ratings:
    """The ratings of a delimited file; a header is known by its names, a missing one by a number in the third field.

    Args:
        files: where the file is.
        name: the file.
        scale: the scale; by layout or inferred when None.
        separator: what stands between fields; found in the first line when None.
        one_person: as in :func:`read`.

    Raises:
        DataFormatError: as :func:`read`.
    """
    where = files.where(name)
    data = text.decode(files.read(name), where)
    first, *below = text.head(data, 2)
    # RecBole, whose separator is known, does not quote; neither does "::".
    quoted = separator is None
    separator = separator or _sniff(first, where)
    quoted = quoted and len(separator) == 1
    names = text.split_line(first, separator)
    found = aliases.places(names)
    if not found and 3 <= len(names) <= 4 and _is_number(names[2]):
        places = {column: place for column, place in FIXED.items() if place < len(names)}
        shape = text.Shape(separator, len(names), 0, quoted)
        return parse_ratings(
            files, name, shape, places, scale=scale, number_ids=False, decoded=data, one_person=one_person
        )
    if one_person and "item_id" in found:
        # A stand-in that leaves the repeated (user, item) pairs what they are: repeated items.
        found.setdefault("user_id", found["item_id"])
    aliases.require(found, names, where, line=1)
    movielens = names in (_MOVIELENS, _MOVIELENS[:3])
    numbers = movielens and bool(below) and all(key.isdecimal() for key in text.split_line(below[0], separator)[:2])
    if movielens and scale is None:
        scale = HALF_STARS
    shape = text.Shape(separator, len(names), 1, quoted)
    return parse_ratings(
        files, name, shape, found, scale=scale, number_ids=numbers, decoded=data, one_person=one_person
    )


def _sniff(first: str, where: str) -> str:
    separator = text.sniff(first)
    if separator is None:
        known = ", ".join(map(text.name_of, text.SEPARATORS))
        raise DataFormatError(where, f"columns separated by {known}", line=1, value=first)
    return separator


def _parquet(files: FileSet, name: str, scale: RatingScale | None) -> Dataset:
    where = files.where(name)
    try:
        frame = pl.read_parquet(io.BytesIO(files.read(name)))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataFormatError(where, f"expected a Parquet file: {str(error).splitlines()[0]}") from None
    data = from_frame(frame, scale=scale, name=where)
    return Dataset("table", data.ratings, data.catalogue, None, files.sha256())


def _is_number(text_: str) -> bool:
    try:
        float(text_)
    except ValueError:
        return False
    return True
