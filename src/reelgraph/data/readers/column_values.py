"""Columns of a table of ratings as ids, stars and times, and which of their values are missing or unreadable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.core import (
    NO_TIME,
    AnyArray,
    BoolArray,
    FloatArray,
)
from reelgraph.data.readers.feedback import parse_likes
from reelgraph.data.readers.stars import parse_stars
from reelgraph.data.readers.time_columns import column_times

_NO_ID = -1
_MISSING_WORDS = ("", "nan", "na", "n/a", "null", "none")
_MISSING_ID_WORDS = ("", "nan", "null")  # "na" or "none" may be a user name


@dataclass(frozen=True)
class ParsedColumn:
    """The values of a column, ``(n,)``, and which of them are missing or cannot be read, ``(n,)`` bool each."""

    name: str
    values: AnyArray
    missing: BoolArray
    unreadable: BoolArray


def none_of(n: int) -> BoolArray:
    """A mask ``(n,)`` of no row, without memory for each."""
    mask: BoolArray = np.broadcast_to(np.False_, n)
    return mask


def nan_at(values: FloatArray, rows: BoolArray) -> FloatArray:
    """The values, NaN at ``rows``."""
    return np.where(rows, np.nan, values) if rows.any() else values


def _is_null(column: pl.Series) -> BoolArray:
    return column.is_null().to_numpy() if column.null_count() else none_of(len(column))


def _text(column: pl.Series) -> pl.Series:
    return column.cast(pl.String).str.strip_chars()


def _is_missing(text: pl.Series, missing_words: tuple[str, ...]) -> BoolArray:
    return (text.is_null() | text.str.to_lowercase().is_in(missing_words)).to_numpy()


def parse_ids(name: str, column: pl.Series, malformed: BoolArray, number_ids: bool) -> ParsedColumn:
    """Ids: int64 or int32 if all are whole numbers, otherwise str; those of rows that are malformed do not count."""
    if column.dtype.is_float() and _are_integers(column.drop_nans().drop_nulls()):
        column = column.fill_nan(None).cast(pl.Int64)  # pandas stores integers with missing values as floats
    if column.dtype.is_integer() and column.dtype not in (pl.UInt64, pl.Int128):
        numbers = column if column.dtype == pl.Int32 else column.cast(pl.Int64)
        return ParsedColumn(name, numbers.fill_null(_NO_ID).to_numpy(), _is_null(column), none_of(len(column)))
    text = _text(column)
    is_missing = _is_missing(text, _MISSING_ID_WORDS)
    numbers = text.cast(pl.Int64, strict=False)
    is_unreadable = numbers.is_null().to_numpy() & ~is_missing & ~malformed
    # Text ids "007" and "7" differ, so one leading zero or plus sign makes all ids text.
    if number_ids or not (is_unreadable.any() or text.str.contains(r"^(?:[+]|-?0\d)").any()):
        return ParsedColumn(name, numbers.fill_null(_NO_ID).to_numpy(), is_missing & ~malformed, is_unreadable)
    return ParsedColumn(name, np.array(text.fill_null("").to_list(), dtype=str), is_missing, np.zeros(len(text), bool))


def _are_integers(numbers: pl.Series) -> bool:
    """True if the floats are integers of 64 bits."""
    return bool(((numbers % 1 == 0) & (numbers.abs() < 2.0**63)).all())


def parse_stars_column(column: pl.Series) -> tuple[ParsedColumn, float | None]:
    """The stars, and the highest possible rating if the text says it, as "8/10" does."""
    highest = None
    if column.dtype.is_numeric():
        numbers = column if column.dtype == pl.Float32 else column.cast(pl.Float64)
        stars = numbers.fill_null(float("nan")).to_numpy()
        is_missing = np.isnan(stars)
    else:
        text = _text(column)
        is_missing = _is_missing(text, _MISSING_WORDS)
        likes = parse_likes(text.zip_with(pl.Series(~is_missing), pl.Series([None], dtype=pl.String)))
        stars, highest = parse_stars(text) if likes is None else (likes, None)
    is_unreadable = np.isinf(stars) | (np.isnan(stars) & ~is_missing)
    return ParsedColumn("rating", nan_at(stars, is_unreadable), is_missing, is_unreadable), highest


def parse_times(column: pl.Series) -> tuple[ParsedColumn, bool]:
    """The times, and whether the order of day and month is a guess; a missing time is `NO_TIME`, and no fault."""
    if not (column.dtype.is_temporal() or column.dtype.is_numeric()):
        column = _text(column)
        column = column.zip_with(pl.Series(~_is_missing(column, _MISSING_WORDS)), pl.Series([None], dtype=pl.String))
    is_missing = _is_null(column)
    if column.dtype.is_float():
        is_missing = is_missing | column.is_nan().fill_null(False).to_numpy()
    times = column_times(column)
    is_unreadable = _is_null(times.seconds) & ~is_missing
    seconds = times.seconds.fill_null(NO_TIME).to_numpy()
    return ParsedColumn("timestamp", seconds, is_missing, is_unreadable), times.is_ambiguous
