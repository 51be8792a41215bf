"""Convert columns, typed or text, to `Ratings`: ids, stars and times, with a `RowFault` for each unreadable row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, BoolArray, Catalogue, IntArray, Ratings, RatingScale, RowFault
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.scales import infer_scale

WHOLE_ROW = "(whole row)"  # the column of faults that concern the whole row
NO_TIME = -1  # time of rows whose time is missing or unreadable; they always have a fault
_NO_ID = -1
_MISSING_WORDS = ("", "nan", "na", "n/a", "null", "none")
_MISSING_ID_WORDS = ("", "nan", "null")  # "na" or "none" may be a user name
_TIME_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_EXPECTED = {
    ("user_id", "not a number"): "a whole number",
    ("item_id", "not a number"): "a whole number",
    ("rating", "not a number"): "a number of stars",
    ("timestamp", "not a number"): "Unix seconds or an ISO date",
}


@dataclass(frozen=True)
class RawColumns:
    """The four columns before conversion.

    Args:
        user: ids, text or numbers.
        item: ids, text or numbers.
        rating: stars, text or numbers.
        timestamp: times: numbers, dates or text; None when there are none.
        malformed: bool, rows with the wrong number of fields, or None.
        text: the whole row as text; given with ``malformed``.
        line: 1-based line of each row, or None when row r is line ``first_line + r``.
    """

    user: pl.Series
    item: pl.Series
    rating: pl.Series
    timestamp: pl.Series | None
    malformed: pl.Series | None = None
    text: pl.Series | None = None
    line: pl.Series | None = None


@dataclass(frozen=True)
class _Column:
    name: str
    values: AnyArray
    missing: BoolArray
    unreadable: BoolArray


def to_ratings(
    raw: RawColumns,
    *,
    source: str,
    first_line: int = 1,
    scale: RatingScale | None = None,
    number_ids: bool = False,
    expected_row: str = "",
    one_person: bool = False,
) -> Ratings:
    """Convert the columns to ratings, with a fault for each row that cannot be read completely.

    Args:
        raw: the columns.
        source: the file or table, for messages.
        first_line: 1-based line of row 0.
        scale: the scale, or None to infer it.
        number_ids: ids must be whole numbers (MovieLens); otherwise they are numbers if all of them are.
        expected_row: the fields of a row, for the message when most rows are malformed.
        one_person: rows may lack a rating or a time: the movie was seen, but not rated.

    Returns:
        Rows with a fault have NaN stars, or the time -1 if only the time is missing or unreadable.

    Raises:
        DataFormatError: there are no rows, or more than half of them cannot be read; names the first.
    """
    n = len(raw.rating)
    if n == 0:
        raise DataFormatError(source, "expected at least one rating, found none")
    malformed = np.zeros(n, bool) if raw.malformed is None else raw.malformed.to_numpy()
    user = _ids("user_id", raw.user, malformed, number_ids)
    item = _ids("item_id", raw.item, malformed, number_ids)
    rating = _stars(raw.rating)
    timestamp = None if raw.timestamp is None else _times(raw.timestamp)
    if timestamp is not None and timestamp.missing.all():
        timestamp = None  # all values are missing
    columns = [user, item, rating] + ([] if timestamp is None else [timestamp])
    faults = _faults(columns, malformed, raw, first_line)
    serious_faults = [fault for fault in faults if not (one_person and _is_harmless(fault))]
    if 2 * len(serious_faults) > n:
        raise _too_many_faults(serious_faults[0], len(serious_faults), n, source, expected_row)
    stars = np.where(malformed | user.missing | item.missing | user.unreadable | item.unreadable, np.nan, rating.values)
    return Ratings(
        user_id=user.values,
        item_id=item.values,
        rating=stars,
        timestamp=None if timestamp is None else timestamp.values,
        scale=scale or infer_scale(stars, source),
        source=source,
        faults=faults,
        first_line=first_line,
    )


def _is_harmless(fault: RowFault) -> bool:
    return fault.column == "timestamp" or (fault.column == "rating" and fault.kind == "missing")


def catalogue_of_ids(ratings: Ratings) -> Catalogue:
    """A catalogue of the movies with readable rows, in ascending order of their ids, which are their titles."""
    is_readable = np.ones(len(ratings), bool)
    is_readable[[fault.row for fault in ratings.faults]] = False
    return Catalogue.from_ids(np.unique(ratings.item_id[is_readable]))


def _text(column: pl.Series) -> pl.Series:
    return column.cast(pl.String).str.strip_chars()


def _is_missing(text: pl.Series, missing_words: tuple[str, ...]) -> BoolArray:
    return (text.is_null() | text.str.to_lowercase().is_in(missing_words)).to_numpy()


def _ids(name: str, column: pl.Series, malformed: BoolArray, number_ids: bool) -> _Column:
    if column.dtype.is_float() and (column.drop_nans().drop_nulls() % 1 == 0).all():
        column = column.fill_nan(None).cast(pl.Int64)  # pandas stores integers with missing values as floats
    if column.dtype.is_integer() and column.dtype != pl.UInt64:
        is_missing = column.is_null().to_numpy()
        return _Column(
            name, column.cast(pl.Int64).fill_null(_NO_ID).to_numpy(), is_missing, np.zeros(len(column), bool)
        )
    text = _text(column)
    is_missing = _is_missing(text, _MISSING_ID_WORDS)
    numbers = text.cast(pl.Int64, strict=False)
    is_unreadable = numbers.is_null().to_numpy() & ~is_missing & ~malformed
    # Text ids "007" and "7" differ, so one leading zero or plus sign makes all ids text.
    if number_ids or not (is_unreadable.any() or text.str.contains(r"^(?:[+]|-?0\d)").any()):
        return _Column(name, numbers.fill_null(_NO_ID).to_numpy(), is_missing & ~malformed, is_unreadable)
    return _Column(name, np.array(text.fill_null("").to_list(), dtype=str), is_missing, np.zeros(len(text), bool))


def _stars(column: pl.Series) -> _Column:
    if column.dtype.is_numeric():
        is_missing = column.is_null().to_numpy()
        stars = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        is_missing = is_missing | np.isnan(stars)
    else:
        text = _text(column)
        is_missing = _is_missing(text, _MISSING_WORDS)
        stars = text.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    is_unreadable = ~np.isfinite(stars) & ~is_missing
    return _Column("rating", np.where(np.isfinite(stars), stars, np.nan), is_missing, is_unreadable)


def _times(column: pl.Series) -> _Column:
    is_missing = column.is_null().to_numpy()
    if column.dtype.is_temporal():
        seconds = column.cast(pl.Datetime("us")).dt.epoch("s")
    elif column.dtype.is_numeric():
        seconds = _seconds(column)
        is_missing = is_missing | (column.is_nan().fill_null(False).to_numpy() if column.dtype.is_float() else False)
    else:
        text = _text(column)
        is_missing = _is_missing(text, _MISSING_WORDS)
        seconds = _text_seconds(text, is_missing)
    is_unreadable = seconds.is_null().to_numpy() & ~is_missing
    return _Column("timestamp", seconds.fill_null(NO_TIME).to_numpy(), is_missing, is_unreadable)


def _text_seconds(text: pl.Series, is_missing: BoolArray) -> pl.Series:
    numbers = text.cast(pl.Float64, strict=False)
    n_numbers = len(numbers) - numbers.fill_nan(None).null_count()
    if 2 * n_numbers >= np.count_nonzero(~is_missing):  # mostly numbers; otherwise dates
        whole_numbers = text.cast(pl.Int64, strict=False)  # exact where possible
        return _seconds(whole_numbers if whole_numbers.null_count() == numbers.null_count() else numbers)
    seconds = pl.Series([None] * len(text), dtype=pl.Int64)
    stripped = text.str.strip_suffix("Z").str.strip_suffix("+00:00")
    for time_format in _TIME_FORMATS:
        parsed = stripped.str.to_datetime(time_format, strict=False, time_unit="us").dt.epoch("s")
        seconds = seconds.zip_with(seconds.is_not_null(), parsed)
        if not (seconds.is_null().to_numpy() & ~is_missing).any():
            break
    return seconds


def _seconds(column: pl.Series) -> pl.Series:
    """Whole seconds from numbers in seconds, milli-, micro- or nanoseconds, recognised by their size."""
    median = column.drop_nulls().head(10_000).abs().median()  # all rows have the same unit, so a sample is enough
    magnitude = float(median) if isinstance(median, int | float) and np.isfinite(median) else 0.0
    unit = 1 if magnitude < 1e11 else 10**3 if magnitude < 1e14 else 10**6 if magnitude < 1e17 else 10**9
    if column.dtype.is_float():
        column = column.floor().cast(pl.Int64, strict=False)
    else:
        column = column.cast(pl.Int64, strict=False)
    return column if unit == 1 else column // unit


def _faults(columns: list[_Column], malformed: BoolArray, raw: RawColumns, first_line: int) -> tuple[RowFault, ...]:
    texts = {"user_id": raw.user, "item_id": raw.item, "rating": raw.rating, "timestamp": raw.timestamp}
    has_fault = malformed.copy()
    faults: list[RowFault] = []

    def add(rows: IntArray, column: str, kind: str, text: pl.Series | None) -> None:
        for row in rows.tolist():
            line = first_line + row if raw.line is None else int(raw.line[row])
            value = "" if text is None or text[row] is None else str(text[row])
            faults.append(RowFault(row, line, column, value, kind))

    add(np.flatnonzero(malformed), WHOLE_ROW, "wrong number of fields", raw.text)
    # One fault per row, the most serious one: missing before unreadable values, and times last.
    checks = [(c, kind) for kind in ("missing", "not a number") for c in columns if c.name != "timestamp"]
    checks += [(c, kind) for kind in ("missing", "not a number") for c in columns if c.name == "timestamp"]
    for column, kind in checks:
        is_new_fault = (column.missing if kind == "missing" else column.unreadable) & ~has_fault
        add(np.flatnonzero(is_new_fault), column.name, kind, texts[column.name])
        has_fault |= is_new_fault
    return tuple(sorted(faults, key=lambda fault: fault.row))


def _too_many_faults(fault: RowFault, n_faults: int, n_rows: int, source: str, expected_row: str) -> DataFormatError:
    expected = _EXPECTED.get((fault.column, fault.kind), "a value")
    if fault.kind == "wrong number of fields":
        expected = expected_row or "the fields of the first line"
    hint = f"{n_faults:,} of {n_rows:,} rows cannot be read, this one first: is it the right file and delimiter?"
    column = None if fault.column == WHOLE_ROW else fault.column
    return DataFormatError(source, expected, line=fault.line, column=column, value=fault.value, hint=hint)
