"""Ratings from arrays in memory: sparse matrices users x items, and NumPy arrays or lists of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from reelgraph.core import Catalogue
from reelgraph.core.errors import DataFormatError

_MIN_SECONDS = 1e8  # a third column of whole numbers from here on holds times (1973 in Unix seconds), not ratings
_SHAPES = "an array (n, 2) of user and item, (n, 3) with ratings or times, or (n, 4) with both"


def is_array(source: Any) -> bool:
    """True for what `columns_of_array` takes."""
    return sparse.issparse(source) or isinstance(source, np.ndarray) or _is_list_of_rows(source)


def _is_list_of_rows(source: Any) -> bool:
    return isinstance(source, list | tuple) and len(source) > 0 and all(isinstance(row, tuple | list) for row in source)


def columns_of_array(source: Any, name: str) -> pl.DataFrame:
    """The columns ``user_id``, ``item_id`` and, where there are any, ``rating`` and ``timestamp`` of an array.

    Args:
        source: a SciPy sparse matrix or array ``(n_users, n_items)``, whose row and column numbers are the ids and
            whose stored values are the ratings; a NumPy array ``(n, 2)``, ``(n, 3)`` or ``(n, 4)`` or a structured one;
            or a list of tuples of 2 to 4. Whole numbers from 10^8 in a third column are times.
        name: the name of the array in messages.

    Raises:
        DataFormatError: it has another shape.
    """
    if sparse.issparse(source):
        return _columns_of_matrix(source, name)
    if isinstance(source, np.ndarray) and source.dtype.names:
        return pl.DataFrame({field: source[field] for field in source.dtype.names})
    columns = _columns_of_rows(source, name)
    names = ["user_id", "item_id", "rating", "timestamp"][: len(columns)]
    if len(columns) == 3 and are_times(columns[2]):
        names[2] = "timestamp"
    return pl.DataFrame([column.alias(column_name) for column, column_name in zip(columns, names, strict=True)])


def catalogue_of_matrix(source: Any) -> Catalogue | None:
    """The movies of all columns of a sparse matrix, also of empty ones; None for other arrays."""
    if not sparse.issparse(source):
        return None
    return Catalogue.from_ids(np.arange(int(getattr(source, "shape")[-1])))  # noqa: B009 - of every kind of sparse matrix


def are_times(column: pl.Series) -> bool:
    """True if all values are whole numbers too large for ratings, such as Unix seconds, or dates."""
    if column.dtype.is_temporal():
        return True
    numbers = column.drop_nulls().cast(pl.Float64, strict=False)
    return len(numbers) > 0 and bool(((numbers >= _MIN_SECONDS) & (numbers % 1 == 0)).fill_null(False).all())


def _columns_of_matrix(matrix: Any, name: str) -> pl.DataFrame:
    entries = matrix.tocoo()
    if len(entries.shape) != 2:
        raise DataFormatError(name, "a sparse matrix of users x items", value=f"shape {entries.shape}")
    ids = {
        "user_id": np.asarray(entries.row, np.int64),
        "item_id": np.asarray(entries.col, np.int64),
    }
    values = np.asarray(entries.data)
    if values.dtype.kind == "b":
        values = values.astype(np.int64)
    return pl.DataFrame({**ids, "rating": values})


def _columns_of_rows(source: Any, name: str) -> list[pl.Series]:
    if isinstance(source, np.ndarray):
        if source.ndim != 2 or not 2 <= source.shape[1] <= 4:
            hint = "a matrix of users x items is read as a sparse one: scipy.sparse.csr_array(matrix)"
            if source.ndim == 2 and 2 <= source.shape[0] <= 4:
                hint = "transpose it: array.T"
            raise DataFormatError(name, _SHAPES, value=f"shape {source.shape}", hint=hint)
        return [_series(source[:, n]) for n in range(source.shape[1])]
    widths = {len(row) for row in source}
    if len(widths) != 1 or not 2 <= min(widths) <= 4:
        raise DataFormatError(name, "rows of 2 to 4 values, all of one length", value=f"lengths {sorted(widths)}")
    return [_series(np.array(column, dtype=object)) for column in zip(*source, strict=True)]


def _series(values: Any) -> pl.Series:
    """A column with the narrowest type that holds all values: a float array of whole numbers may hold ids."""
    if values.dtype == object:
        return pl.Series(values.tolist(), strict=False)
    return pl.Series(np.ascontiguousarray(values))
