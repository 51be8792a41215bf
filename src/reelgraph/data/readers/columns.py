"""Columns, typed or text, to `Ratings`: ids, stars and times, with a `RowFault` for each row that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, BoolArray, Catalogue, IntArray, Ratings, RatingScale, RowFault
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.scales import infer_scale

WHOLE_ROW = "(whole row)"  # the column of a fault that no single column has
NO_TIME = -1  # stands for a time that could not be read; such a row always has a fault
_NO_ID = -1
_NO_VALUE = ("", "nan", "na", "n/a", "null", "none")
_NO_ID_WORDS = ("", "nan", "null")  # "na" or "none" may be somebody's name
_TIME_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_EXPECTED = {
    ("user_id", "not a number"): "a whole number",
    ("item_id", "not a number"): "a whole number",
    ("rating", "not a number"): "a number of stars",
    ("timestamp", "not a number"): "Unix seconds or an ISO date",
}


@dataclass(frozen=True)
class RawColumns:
    """The four columns as they came.

    Args:
        user: ids, text or numbers.
        item: ids, text or numbers.
        rating: stars, text or numbers.
        timestamp: times: numbers, dates or text; None when there are none.
        misfit: bool, rows with the wrong number of fields, or None.
        text: the whole row as text, beside ``misfit``.
        line: 1-based line of each row, or None when row r is line ``first_line + r``.
    """

    user: pl.Series
    item: pl.Series
    rating: pl.Series
    timestamp: pl.Series | None
    misfit: pl.Series | None = None
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
    layout: str = "",
    one_person: bool = False,
) -> Ratings:
    """Ratings, with a fault for each row that cannot be read whole.

    Args:
        raw: the columns.
        source: the file or frame, for messages.
        first_line: 1-based line of row 0.
        scale: the scale, or None to infer it.
        number_ids: ids must be whole numbers (MovieLens); otherwise they are numbers when all of them are.
        layout: what a row should look like, for the message when most do not.
        one_person: rows may lack a rating or a time: a movie seen, not rated.

    Returns:
        Rows with a fault have NaN stars, or the time -1 when only the time is off.

    Raises:
        DataFormatError: there is no row, or more than half of the rows cannot be read; names the first.
    """
    n = len(raw.rating)
    if n == 0:
        raise DataFormatError(source, "expected at least one rating, found none")
    misfit = np.zeros(n, bool) if raw.misfit is None else raw.misfit.to_numpy()
    user = _ids("user_id", raw.user, misfit, number_ids)
    item = _ids("item_id", raw.item, misfit, number_ids)
    rating = _stars(raw.rating)
    time = None if raw.timestamp is None else _times(raw.timestamp)
    if time is not None and time.missing.all():
        time = None  # a column without a single time is no column
    columns = [user, item, rating] + ([] if time is None else [time])
    faults = _faults(columns, misfit, raw, first_line)
    grave = [fault for fault in faults if not (one_person and _is_harmless(fault))]
    if 2 * len(grave) > n:
        raise _mostly_unreadable(grave[0], len(grave), n, source, layout)
    stars = np.where(misfit | user.missing | item.missing | user.unreadable | item.unreadable, np.nan, rating.values)
    return Ratings(
        user_id=user.values,
        item_id=item.values,
        rating=stars,
        timestamp=None if time is None else time.values,
        scale=scale or infer_scale(stars, source),
        source=source,
        faults=faults,
        first_line=first_line,
    )


def _is_harmless(fault: RowFault) -> bool:
    return fault.column == "timestamp" or (fault.column == "rating" and fault.kind == "missing")


def bare_catalogue(ratings: Ratings) -> Catalogue:
    """A catalogue for data without one: each movie with a readable row, ascending, titled by its id."""
    rows = np.ones(len(ratings), bool)
    rows[[fault.row for fault in ratings.faults]] = False
    return Catalogue.from_ids(np.unique(ratings.item_id[rows]))


def _text(column: pl.Series) -> pl.Series:
    return column.cast(pl.String).str.strip_chars()


def _is_word(text: pl.Series, words: tuple[str, ...]) -> BoolArray:
    return (text.is_null() | text.str.to_lowercase().is_in(words)).to_numpy()


def _ids(name: str, column: pl.Series, misfit: BoolArray, number_ids: bool) -> _Column:
    if column.dtype.is_float() and (column.drop_nans().drop_nulls() % 1 == 0).all():
        column = column.fill_nan(None).cast(pl.Int64)  # pandas makes floats of whole numbers beside a missing one
    if column.dtype.is_integer() and column.dtype != pl.UInt64:
        missing = column.is_null().to_numpy()
        return _Column(name, column.cast(pl.Int64).fill_null(_NO_ID).to_numpy(), missing, np.zeros(len(column), bool))
    text = _text(column)
    missing = _is_word(text, _NO_ID_WORDS)
    number = text.cast(pl.Int64, strict=False)
    off = number.is_null().to_numpy() & ~missing & ~misfit
    # "007" and "7" are two ids where ids are text, so a leading zero or plus sign keeps the whole column text.
    if number_ids or not (off.any() or text.str.contains(r"^(?:[+]|-?0\d)").any()):
        return _Column(name, number.fill_null(_NO_ID).to_numpy(), missing & ~misfit, off)
    return _Column(name, np.array(text.fill_null("").to_list(), dtype=str), missing, np.zeros(len(text), bool))


def _stars(column: pl.Series) -> _Column:
    if column.dtype.is_numeric():
        missing = column.is_null().to_numpy()
        stars = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        missing = missing | np.isnan(stars)
    else:
        text = _text(column)
        missing = _is_word(text, _NO_VALUE)
        stars = text.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    unreadable = ~np.isfinite(stars) & ~missing
    return _Column("rating", np.where(np.isfinite(stars), stars, np.nan), missing, unreadable)


def _times(column: pl.Series) -> _Column:
    missing = column.is_null().to_numpy()
    if column.dtype.is_temporal():
        seconds = column.cast(pl.Datetime("us")).dt.epoch("s")
    elif column.dtype.is_numeric():
        seconds = _seconds(column)
        missing = missing | (column.is_nan().fill_null(False).to_numpy() if column.dtype.is_float() else False)
    else:
        text = _text(column)
        missing = _is_word(text, _NO_VALUE)
        seconds = _text_seconds(text, missing)
    unreadable = seconds.is_null().to_numpy() & ~missing
    return _Column("timestamp", seconds.fill_null(NO_TIME).to_numpy(), missing, unreadable)


def _text_seconds(text: pl.Series, missing: BoolArray) -> pl.Series:
    number = text.cast(pl.Float64, strict=False)
    n_numbers = len(number) - number.fill_nan(None).null_count()
    if 2 * n_numbers >= np.count_nonzero(~missing):  # numbers, but for some faulty rows; else dates
        whole = text.cast(pl.Int64, strict=False)  # exact where it can be
        return _seconds(whole if whole.null_count() == number.null_count() else number)
    seconds = pl.Series([None] * len(text), dtype=pl.Int64)
    plain = text.str.strip_suffix("Z").str.strip_suffix("+00:00")
    for form in _TIME_FORMATS:
        parsed = plain.str.to_datetime(form, strict=False, time_unit="us").dt.epoch("s")
        seconds = seconds.zip_with(seconds.is_not_null(), parsed)
        if not (seconds.is_null().to_numpy() & ~missing).any():
            break
    return seconds


def _seconds(column: pl.Series) -> pl.Series:
    """Whole seconds from numbers in seconds, milli-, micro- or nanoseconds, told apart by their size."""
    middle = column.drop_nulls().head(10_000).abs().median()  # the unit is the same all over, a part will do
    size = float(middle) if isinstance(middle, int | float) and np.isfinite(middle) else 0.0
    unit = 1 if size < 1e11 else 10**3 if size < 1e14 else 10**6 if size < 1e17 else 10**9
    if column.dtype.is_float():
        column = column.floor().cast(pl.Int64, strict=False)
    else:
        column = column.cast(pl.Int64, strict=False)
    return column if unit == 1 else column // unit


def _faults(columns: list[_Column], misfit: BoolArray, raw: RawColumns, first_line: int) -> tuple[RowFault, ...]:
    texts = {"user_id": raw.user, "item_id": raw.item, "rating": raw.rating, "timestamp": raw.timestamp}
    done = misfit.copy()
    found: list[RowFault] = []

    def add(rows: IntArray, column: str, kind: str, text: pl.Series | None) -> None:
        for row in rows.tolist():
            line = first_line + row if raw.line is None else int(raw.line[row])
            value = "" if text is None or text[row] is None else str(text[row])
            found.append(RowFault(row, line, column, value, kind))

    add(np.flatnonzero(misfit), WHOLE_ROW, "wrong number of fields", raw.text)
    # One fault a row, the gravest first: what is missing, then what is no number; times come last.
    order = [(c, kind) for kind in ("missing", "not a number") for c in columns if c.name != "timestamp"]
    order += [(c, kind) for kind in ("missing", "not a number") for c in columns if c.name == "timestamp"]
    for column, kind in order:
        mask = (column.missing if kind == "missing" else column.unreadable) & ~done
        add(np.flatnonzero(mask), column.name, kind, texts[column.name])
        done |= mask
    return tuple(sorted(found, key=lambda fault: fault.row))


def _mostly_unreadable(fault: RowFault, count: int, n: int, source: str, layout: str) -> DataFormatError:
    expected = _EXPECTED.get((fault.column, fault.kind), "a value")
    if fault.kind == "wrong number of fields":
        expected = layout or "the fields of the first line"
    hint = f"{count:,} of {n:,} rows cannot be read; this is the first: is it the right file, with the right delimiter?"
    column = None if fault.column == WHOLE_ROW else fault.column
    return DataFormatError(source, expected, line=fault.line, column=column, value=fault.value, hint=hint)
