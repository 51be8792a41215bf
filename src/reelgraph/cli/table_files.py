"""Tables that a verb writes: Parquet or delimited text, by the ending of the file, written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

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
    frame = pl.DataFrame(columns).fill_nan(None)
    buffer = io.BytesIO()
    if path.suffix.lower() in _PARQUET:
        frame.write_parquet(buffer)
    else:
        frame.write_csv(buffer, separator=_SEPARATORS[path.suffix.lower()])
    files.write(path, buffer.getvalue())
