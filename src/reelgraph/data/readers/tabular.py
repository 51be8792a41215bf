"""A single table of ratings: delimited text or Parquet."""

from __future__ import annotations

import io

import polars as pl

from reelgraph.core import Dataset, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.columns import catalogue_of_ids
from reelgraph.data.readers.delimited import read_delimited
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.frames import from_frame

SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data", ".inter", ".parquet", ".pq")


def matches(files: FileSet) -> bool:
    """True for a folder with exactly one file that may be a table."""
    return len(_tables(files)) == 1


def read(files: FileSet, scale: RatingScale | None = None) -> Dataset:
    """The data set of a folder that :meth:`matches`; see `read_table`."""
    return read_table(files, _tables(files)[0], scale)


def read_table(files: FileSet, name: str, scale: RatingScale | None = None, *, one_person: bool = False) -> Dataset:
    """A data set of ratings alone; the titles of the movies are their ids.

    Args:
        files: the folder of the file.
        name: the file.
        scale: the scale; inferred from the ratings when None.
        one_person: a text file need not name its users; if it does not, user ids are the item ids. Rows may lack a
            rating.

    Raises:
        DataFormatError: the file cannot be read or lacks a column; names file, line, column and value.
    """
    if name.lower().endswith((".parquet", ".pq")):
        return _read_parquet(files, name, scale)
    ratings = read_delimited(files, name, scale, one_person=one_person)
    return Dataset("table", ratings, catalogue_of_ids(ratings), None, files.sha256())


def _tables(files: FileSet) -> list[str]:
    return [
        name for name in files.names if name.lower().endswith(SUFFIXES) and not name.lower().startswith(("readme", "."))
    ]


def _read_parquet(files: FileSet, name: str, scale: RatingScale | None) -> Dataset:
    source = files.display_name(name)
    try:
        frame = pl.read_parquet(io.BytesIO(files.read(name)))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataFormatError(source, f"expected a Parquet file: {str(error).splitlines()[0]}") from None
    data = from_frame(frame, scale=scale, name=source)
    return Dataset("table", data.ratings, data.catalogue, None, files.sha256())
