"""A single table of ratings: delimited text or Parquet."""

from __future__ import annotations

import io

import polars as pl

from reelgraph.core import Dataset
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.delimited import read_delimited
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.frames import from_frame
from reelgraph.data.readers.options import ReadOptions

SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data", ".inter", ".parquet", ".pq")


def matches(files: FileSet) -> bool:
    """True for a folder with exactly one file that may be a table."""
    return len(tables(files)) == 1


def read(files: FileSet, options: ReadOptions) -> Dataset:
    """The data set of a folder that :meth:`matches`; see `read_table`."""
    return read_table(files, tables(files)[0], options)


def read_table(files: FileSet, name: str, options: ReadOptions, *, one_person: bool = False) -> Dataset:
    """A data set of one table; without columns about the movies their titles are their ids.

    Args:
        files: the folder of the file.
        name: the file.
        options: scale and columns; found in the table where not given.
        one_person: a text file need not name its users; if it does not, user ids are the item ids. Rows may lack a
            rating.

    Raises:
        DataFormatError: the file cannot be read or lacks a column; names file, line, column and value.
    """
    if is_parquet(name):
        return _read_parquet(files, name, options)
    table = read_delimited(files, name, options, one_person=one_person)
    return Dataset("table", table.ratings, table.catalogue(), None, files.sha256())


def is_parquet(name: str) -> bool:
    """True if the name is that of a Parquet file."""
    return name.lower().endswith((".parquet", ".pq"))


def tables(files: FileSet) -> list[str]:
    """The files that may be tables, by their names."""
    return [
        name for name in files.names if name.lower().endswith(SUFFIXES) and not name.lower().startswith(("readme", "."))
    ]


def _read_parquet(files: FileSet, name: str, options: ReadOptions) -> Dataset:
    source = files.display_name(name)
    try:
        frame = pl.read_parquet(io.BytesIO(files.read(name)))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataFormatError(source, f"expected a Parquet file: {str(error).splitlines()[0]}") from None
    data = from_frame(frame, scale=options.scale, columns=options.columns, feedback=options.feedback, name=source)
    return Dataset("table", data.ratings, data.catalogue, None, files.sha256())
