"""Tables that a verb writes: Parquet or delimited text, by the ending of the file, written whole or not at all."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from reelgraph._util.atomic_files import atomic_writer
from reelgraph.cli import files
from reelgraph.core.errors import ConfigError

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_PARQUET = (".parquet", ".pq")


def require_table_path(path: Path | None) -> None:
    """Refuse a file of an unknown kind, or one that could not be written.

    Raises:
        ConfigError: the ending is none of .parquet, .csv and .tsv, or the file cannot be written.
    """
    if path is None:
        return
    if path.suffix.lower() not in (*_PARQUET, *_SEPARATORS):
        raise ConfigError(str(path), "is of an unknown kind; give a name that ends in .parquet, .csv or .tsv")
    files.require_writable(path)


def write_table(path: Path, columns: Mapping[str, Any]) -> None:
    """Write columns to a file of `require_table_path`, in one step; NaN becomes an empty cell.

    Raises:
        ConfigError: it cannot be written; what was there stays.
    """
    write_tables(path, [columns])


def write_tables(path: Path, tables: Iterable[Mapping[str, Any]]) -> None:
    """As `write_table`, for tables of the same columns that are written one after the other.

    Args:
        path: the file, replaced when all tables are written.
        tables: only one of them is in memory at a time.
    """
    try:
        with atomic_writer(path) as file:
            if path.suffix.lower() in _PARQUET:
                _write_parquet(file, tables)
            else:
                _write_text(file, tables, _SEPARATORS[path.suffix.lower()])
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror}") from None
    except pl.exceptions.ComputeError as error:  # of polars, for an error of the disk
        raise ConfigError(str(path), f"cannot be written: {error}") from None


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """The content of a Parquet file with a table."""
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def _write_text(file: BinaryIO, tables: Iterable[Mapping[str, Any]], separator: str) -> None:
    for number, columns in enumerate(tables):
        frame = pl.DataFrame(columns).fill_nan(None)
        file.write(frame.write_csv(include_header=number == 0, separator=separator).encode())


def _write_parquet(file: BinaryIO, tables: Iterable[Mapping[str, Any]]) -> None:
    """One Parquet file of all tables, put together from one file each."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for number, columns in enumerate(tables):
            parts.append(Path(folder) / f"{number:06}.parquet")
            pl.DataFrame(columns).fill_nan(None).write_parquet(parts[-1])
        if len(parts) > 1:
            merged = Path(folder) / "all.parquet"
            pl.scan_parquet(parts).sink_parquet(merged)
            parts = [merged]
        with parts[0].open("rb") as part:
            shutil.copyfileobj(part, file)
