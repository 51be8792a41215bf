"""Tables of recommendation lists, ``user_id, item_id`` and ``rank`` or ``score``, by the names that libraries use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from reelgraph.core import FloatArray, IntArray
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data.readers.column_names import aliases_of, normalised_name
from reelgraph.data.readers.frames import to_polars

SOURCE = "lists"
_NAMES: Mapping[str, tuple[str, ...]] = {
    "user_id": aliases_of("user_id"),
    "item_id": aliases_of("item_id"),
    "rank": ("rank", "ranking", "position", "pos"),
    "score": ("score", "scores", "prediction", "predicted", "pred", "est", "estimate", "weight", "relevance", "rating"),
}
_HINT = "expected is a table user_id, item_id and rank (1 is best) or score (highest is best), one row an item"


class IdColumn(NamedTuple):
    """A column of external ids.

    Args:
        ids: each id once, int or str.
        code: ``(n,)`` int64, the place in ``ids`` of the id of each row.
    """

    ids: list[int | str]
    code: IntArray


class ListTable(NamedTuple):
    """Lists, one row an item.

    Args:
        user: whose list it is.
        item: what is in it.
        value: ``(n,)`` float64, the highest is best: scores, or minus the rank.
    """

    user: IdColumn
    item: IdColumn
    value: FloatArray


@runs_after_fork
def list_table(table: Any) -> ListTable:
    """The columns of a table of lists; with a rank and a score, the rank counts.

    Args:
        table: polars, pandas or Arrow table, or a dictionary of columns.

    Raises:
        DataFormatError: it is not a table, a column is missing or there twice, or a row lacks a value.
    """
    columns = _find_columns(to_polars(table, SOURCE))
    value = -_numbers(columns["rank"], "rank") if "rank" in columns else _numbers(columns["score"], "score")
    return ListTable(_ids(columns["user_id"]), _ids(columns["item_id"]), value)


@runs_after_fork
def read_lists(path: str | Path) -> dict[str, Any]:
    """The columns of a file of lists: Parquet, or text with a header and commas, tabs, semicolons or bars.

    Args:
        path: the file; ids in text are matched to those of the data, whether these are numbers or text.

    Raises:
        DataFormatError: the file is missing or not of these kinds.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        if content[:4] == b"PAR1":
            return pl.read_parquet(content).to_dict(as_series=False)
        header = content.split(b"\n", 1)[0].decode("utf-8-sig")
        separator = max(",\t;|", key=header.count)
        return pl.read_csv(content, separator=separator, infer_schema=False).to_dict(as_series=False)
    except OSError as error:
        raise DataFormatError(path, f"expected a file: {error.strerror}") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, UnicodeDecodeError) as error:
        raise DataFormatError(path, f"expected Parquet or a text table: {str(error).splitlines()[0]}") from None


def _ids(column: pl.Series) -> IdColumn:
    if column.dtype.is_float() and (column == column.round()).all():  # whole numbers that were beside a missing value
        column = column.cast(pl.Int64)
    unique_ids = column.unique(maintain_order=True)
    places = pl.Series(np.arange(len(unique_ids)))
    code = column.replace_strict(unique_ids, places, return_dtype=pl.Int64).to_numpy()
    return IdColumn(unique_ids.to_list(), code)


def _find_columns(frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Standard name -> column, with a rank or a score; every row has all values."""
    columns = {}
    for name, aliases in _NAMES.items():
        matches = [
            column for column in frame.columns if normalised_name(column) in map(normalised_name, (name, *aliases))
        ]
        if name in matches:
            matches = [name]
        if len(matches) > 1:
            raise DataFormatError(SOURCE, f"one column for {name}", column=name, value=", ".join(matches))
        if matches:
            columns[name] = frame[matches[0]]
    missing = [name for name in ("user_id", "item_id") if name not in columns]
    missing += [] if {"rank", "score"} & columns.keys() else ["rank or score"]
    if missing:
        raise DataFormatError(SOURCE, f"a column {missing[0]}", value=", ".join(frame.columns), hint=_HINT)
    if frame.height == 0:
        raise DataFormatError(SOURCE, "expected at least one row, found none")
    if "rank" in columns:
        columns.pop("score", None)
    for name, column in columns.items():
        if column.null_count():
            row = int(column.is_null().arg_max() or 0)
            raise DataFormatError(SOURCE, "a value in every row", line=row + 1, column=name, value="")
    return columns


def _numbers(column: pl.Series, name: str) -> FloatArray:
    try:
        values = column.cast(pl.Float64).to_numpy()
    except pl.exceptions.PolarsError:
        raise DataFormatError(SOURCE, "numbers", column=name, value=str(column[0])) from None
    if np.isnan(values).any():
        raise DataFormatError(SOURCE, "a number", line=int(np.isnan(values).argmax()) + 1, column=name, value="NaN")
    return values
