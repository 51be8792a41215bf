"""Ratings from a table in memory: polars, pandas, Arrow, or anything that polars can convert."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, Catalogue, Dataset, Feedback, Profiles, Ratings, RatingScale
from reelgraph.core.argument_checks import require_type
from reelgraph.core.arrays import wide
from reelgraph.core.display import Tabular
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data.readers import arrays, other_libraries
from reelgraph.data.readers.column_names import find_columns, require_columns
from reelgraph.data.readers.columns import RawColumns, catalogue_of, to_ratings
from reelgraph.data.readers.options import ReadOptions, required_columns, standard_columns
from reelgraph.data.readers.unnamed_ratings import find_ratings


@runs_after_fork
def from_frame(
    frame: Any,
    *,
    user: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    timestamp: str | None = None,
    columns: Mapping[str, str] | None = None,
    scale: RatingScale | None = None,
    feedback: Feedback | None = None,
    catalogue: Catalogue | None = None,
    profiles: Profiles | None = None,
    name: str = "frame",
) -> Dataset:
    """A data set from a table in memory.

    Args:
        frame: ``(n, columns)`` polars, pandas or Arrow table, or anything with the Arrow PyCapsule or the dataframe
            interchange interface. pandas is read without pyarrow. A data set of LensKit or Hugging Face, or a graph of
            PyTorch Geometric, see `table_of <reelgraph.data.readers.other_libraries.table_of>`. Or a SciPy sparse
            matrix users x items, a NumPy array or a list of tuples, see `columns_of_array
            <reelgraph.data.readers.arrays.columns_of_array>`.
        user: name of the column with user ids; found by its usual names when None.
        item: name of the column with item ids.
        rating: name of the column with stars.
        timestamp: name of the column with times: Unix seconds (or milli-, micro- or nanoseconds, recognised by
            their size), dates, or ISO text.
        columns: the same for any kind of column, such as ``{"title": "Titel", "year": "Jahr"}``: ``user``, ``item``,
            ``rating``, ``timestamp``, ``title``, ``year``, ``genres``, ``imdb_id``, ``tmdb_id``; "" for none.
        scale: the scale; inferred from the ratings when None.
        feedback: ``explicit`` (stars), ``implicit`` (views) or ``counts``; recognised when None: a table without a
            column of ratings has views.
        catalogue: metadata of the movies; when None, that of the columns ``title``, ``year`` and so on, if there are
            any; otherwise the titles are the ids.
        profiles: metadata of the users.
        name: the name of the table in messages.

    Returns:
        A data set; a line in its faults is a row of the table, counted from 1.

    Raises:
        DataFormatError: it is not a table, lacks a column or has two for one role, has no rows, or more than half of
            its rows cannot be read.
        ConfigError: an unknown kind of column is given, or one is given twice; the feedback is unknown, or has no scale
            although one is given.

    Examples:
        >>> import reelgraph as rg
        >>> orders = {"customer": ["ann", "bob"], "sku": ["a1", "a1"], "stars": [5, 4]}
        >>> data = rg.from_frame(orders, user="customer", item="sku")
        >>> data.ratings.rating
        array([5., 4.], dtype=float32)
    """
    require_type("from_frame", "scale", scale, RatingScale, optional=True)
    if arrays.is_array(frame):
        catalogue = catalogue or arrays.catalogue_of_matrix(frame)
        frame = arrays.columns_of_array(frame, name)
    elif not _is_pandas(frame):
        frame = _polars(frame, name)
    if not hasattr(frame, "columns"):
        raise DataFormatError(name, f"expected a table with columns, found {type(frame).__name__}")
    keywords = {"user_id": user, "item_id": item, "rating": rating, "timestamp": timestamp}
    named = standard_columns({**(columns or {}), **{role: column for role, column in keywords.items() if column}})
    options = ReadOptions(scale, named, feedback)
    table = find_columns([str(column) for column in frame.columns], name, named)
    require_columns(table, name, required=required_columns(options))
    try:
        unused = {column: _column(frame, position) for column, position in table.unused_positions.items()}
        table = find_ratings(table, unused, options, name)
        series = {standard_name: _column(frame, position) for standard_name, position in table.positions.items()}
        raw = RawColumns.of(series, table.notes(), table.name_of("rating"))
        ratings = to_ratings(raw, source=name, scale=scale, feedback=feedback)
    except pl.exceptions.PolarsError as error:
        raise DataFormatError(name, f"columns of numbers, text or dates ({str(error).splitlines()[0]})") from None
    if catalogue is not None:
        _require_same_kind(ratings.item_id, catalogue.item_id, name)
    return Dataset("table", ratings, catalogue or catalogue_of(ratings, raw.about_items), profiles, _sha256(ratings))


def to_polars(frame: Any, name: str) -> pl.DataFrame:
    """Any table in memory as a polars data frame; pandas is read without pyarrow.

    Args:
        frame: as for `from_frame`, or a result of this package that converts to data frames.
        name: the name of the table in messages.

    Raises:
        DataFormatError: it is not a table.
    """
    if isinstance(frame, Tabular):
        return frame.to_polars()
    if not _is_pandas(frame):
        return _polars(frame, name)
    return pl.DataFrame({str(column): _pandas_column(frame.iloc[:, n]) for n, column in enumerate(frame.columns)})


def _require_same_kind(item_ids: AnyArray, catalogue_ids: AnyArray, source: str) -> None:
    """Check that the ids of ratings and catalogue are both numbers or both text."""
    if item_ids.dtype.kind == catalogue_ids.dtype.kind:
        return
    kind_names = {"i": "numbers", "U": "text"}
    kind, catalogue_kind = (kind_names.get(ids.dtype.kind, str(ids.dtype)) for ids in (item_ids, catalogue_ids))
    expected = f"ids like those of the catalogue, which are {catalogue_kind}"
    raise DataFormatError(source, expected, column="item_id", value=kind)


def _is_pandas(frame: Any) -> bool:
    return type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "to_numpy")


def _polars(frame: Any, name: str) -> pl.DataFrame:
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    table = other_libraries.table_of(frame, name)
    if table is not None:
        return _polars(table, name)
    try:
        if isinstance(frame, dict):
            return _from_dict(frame)
        if hasattr(frame, "__arrow_c_stream__"):
            return pl.DataFrame(frame)
        if hasattr(frame, "__dataframe__"):
            return pl.from_dataframe(frame)
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise DataFormatError(name, f"expected a table: {error}") from None
    raise DataFormatError(name, "a path, or a polars, pandas or Arrow table", value=type(frame).__name__)


def _from_dict(columns: Mapping[str, Any]) -> pl.DataFrame:
    columns = {name: _pandas_column(values) if _is_pandas(values) else values for name, values in columns.items()}
    try:
        return pl.DataFrame(columns)
    except (TypeError, OverflowError):  # values of several types, such as whole numbers and NaN, or very large ones
        return pl.DataFrame({name: _series(list(values)) for name, values in columns.items()})


def _column(frame: Any, position: int) -> pl.Series:
    if isinstance(frame, pl.DataFrame):
        return frame.to_series(position)
    return _pandas_column(frame.iloc[:, position])


def _pandas_column(values: Any) -> pl.Series:
    """A pandas column converted without pyarrow: numbers and dates as NumPy arrays, other types as Python values."""
    array = values.to_numpy()
    if array.dtype.kind in "iufb":
        return pl.Series(array.astype(np.int64) if array.dtype.kind == "b" else array)
    if array.dtype.kind == "M":
        return pl.Series(array.astype("datetime64[us]"))
    missing_mask = values.isna().to_numpy()
    return _series(
        [None if is_missing else cell for cell, is_missing in zip(array.tolist(), missing_mask.tolist(), strict=True)]
    )


def _series(cells: Sequence[Any]) -> pl.Series:
    """Python values, None where missing, as numbers, times or text, whichever holds all of them."""
    present_cells = [cell for cell in cells if cell is not None]
    if all(isinstance(cell, int) for cell in present_cells) and all(map(_is_int64, present_cells)):
        return pl.Series(cells, dtype=pl.Int64)
    if all(isinstance(cell, float) or (isinstance(cell, int) and _is_int64(cell)) for cell in present_cells):
        return pl.Series(cells, dtype=pl.Float64, strict=False)
    if all(hasattr(cell, "timestamp") for cell in present_cells):
        return pl.Series([None if cell is None else int(cell.timestamp()) for cell in cells], dtype=pl.Int64)
    return pl.Series([None if cell is None else str(cell) for cell in cells], dtype=pl.String)


def _is_int64(number: int) -> bool:
    return -(2**63) <= number < 2**63


def _sha256(ratings: Ratings) -> str:
    digest = hashlib.sha256()
    for array in (ratings.user_id, ratings.item_id, ratings.rating, ratings.timestamp):
        if array is not None:
            array = wide(array)  # the hash is that of the values, whatever their width
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
