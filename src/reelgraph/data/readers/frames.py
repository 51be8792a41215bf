"""Ratings from a table in memory: polars, pandas, Arrow, or anything polars can take."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import polars as pl

from reelgraph.core import Catalogue, Dataset, Profiles, Ratings, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import aliases
from reelgraph.data.readers.columns import RawColumns, bare_catalogue, to_ratings


def from_frame(
    frame: Any,
    *,
    user: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    timestamp: str | None = None,
    scale: RatingScale | None = None,
    catalogue: Catalogue | None = None,
    profiles: Profiles | None = None,
    name: str = "frame",
) -> Dataset:
    """A data set from a table in memory.

    Args:
        frame: ``(n, columns)`` polars, pandas or Arrow table, or anything with the Arrow PyCapsule or the dataframe
            interchange interface. pandas is read without pyarrow.
        user: name of the column with user ids; None finds it by the usual names.
        item: name of the column with item ids.
        rating: name of the column with stars.
        timestamp: name of the column with times: Unix seconds (or milli-, micro-, nanoseconds, told by their size),
            dates, or ISO text.
        scale: the scale; inferred from the ratings when None.
        catalogue: what is known of the movies; titled by id when None.
        profiles: what is known of the users.
        name: what to call the frame in messages.

    Returns:
        A data set; a line in its faults is the row of the frame, counted from 1.

    Raises:
        DataFormatError: it is no table, lacks a column, has no row, or more than half of its rows cannot be read.
    """
    if not _is_pandas(frame):
        frame = _polars(frame, name)
    if not hasattr(frame, "columns"):
        raise DataFormatError(name, f"expected a table with columns, found {type(frame).__name__}")
    names = [str(column) for column in frame.columns]
    places = aliases.places(names)
    for ours, given in {"user_id": user, "item_id": item, "rating": rating, "timestamp": timestamp}.items():
        if given is None:
            continue
        if given not in names:
            raise DataFormatError(name, f"a column {given!r}", column=ours, value=", ".join(names))
        places[ours] = names.index(given)
    aliases.require(places, names, name)
    columns = {ours: _column(frame, place) for ours, place in places.items()}
    raw = RawColumns(columns["user_id"], columns["item_id"], columns["rating"], columns.get("timestamp"))
    try:
        ratings = to_ratings(raw, source=name, scale=scale)
    except pl.exceptions.PolarsError as error:
        raise DataFormatError(name, f"columns of numbers, text or dates ({str(error).splitlines()[0]})") from None
    if catalogue is not None and catalogue.item_id.dtype.kind != ratings.item_id.dtype.kind:
        kinds = {"i": "numbers", "U": "text"}
        known, found = (kinds.get(ids.dtype.kind, str(ids.dtype)) for ids in (catalogue.item_id, ratings.item_id))
        raise DataFormatError(
            name, f"ids like those of the catalogue, which are {known}", column="item_id", value=found
        )
    return Dataset("table", ratings, catalogue or bare_catalogue(ratings), profiles, _sha256(ratings))


def _is_pandas(frame: Any) -> bool:
    return type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "to_numpy")


def _polars(frame: Any, name: str) -> pl.DataFrame:
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    try:
        if hasattr(frame, "__arrow_c_stream__") or isinstance(frame, dict):
            return pl.DataFrame(frame)
        if hasattr(frame, "__dataframe__"):
            return pl.from_dataframe(frame)
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise DataFormatError(name, f"expected a table: {error}") from None
    raise DataFormatError(name, "a path, or a polars, pandas or Arrow table", value=type(frame).__name__)


def _column(frame: Any, place: int) -> pl.Series:
    if isinstance(frame, pl.DataFrame):
        return frame.to_series(place)
    return _pandas_column(frame.iloc[:, place])


def _pandas_column(values: Any) -> pl.Series:
    """A pandas column without pyarrow: numbers and dates as NumPy arrays, everything else as Python values."""
    array = values.to_numpy()
    if array.dtype.kind in "iufb":
        return pl.Series(array.astype(np.int64) if array.dtype.kind == "b" else array)
    if array.dtype.kind == "M":
        return pl.Series(array.astype("datetime64[us]"))
    missing = values.isna().to_numpy()
    cells = [None if gone else cell for cell, gone in zip(array.tolist(), missing.tolist(), strict=True)]
    known = [cell for cell in cells if cell is not None]
    if all(isinstance(cell, int) for cell in known):
        return pl.Series(cells, dtype=pl.Int64)
    if all(isinstance(cell, int | float) for cell in known):
        return pl.Series(cells, dtype=pl.Float64, strict=False)
    if all(hasattr(cell, "timestamp") for cell in known):
        return pl.Series([None if cell is None else int(cell.timestamp()) for cell in cells], dtype=pl.Int64)
    return pl.Series([None if cell is None else str(cell) for cell in cells], dtype=pl.String)


def _sha256(ratings: Ratings) -> str:
    total = hashlib.sha256()
    for array in (ratings.user_id, ratings.item_id, ratings.rating, ratings.timestamp):
        if array is not None:
            total.update(f"{array.dtype}{array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
