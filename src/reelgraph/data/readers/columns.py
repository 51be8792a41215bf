"""Convert columns, typed or text, to `Ratings`: ids, stars and times, with a `RowFault` for each unreadable row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from reelgraph.core import (
    BoolArray,
    Catalogue,
    Feedback,
    IntArray,
    Ratings,
    RatingScale,
    RowFault,
)
from reelgraph.core.arrays import wide
from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import item_columns
from reelgraph.data.readers.column_names import ITEM_COLUMNS
from reelgraph.data.readers.column_values import (
    ParsedColumn,
    nan_at,
    none_of,
    parse_ids,
    parse_stars_column,
    parse_times,
)
from reelgraph.data.readers.feedback import RecognisedFeedback, recognise_feedback, views
from reelgraph.data.readers.narrow_types import narrow
from reelgraph.data.readers.scales import choose_scale
from reelgraph.data.readers.times import AMBIGUOUS_DATES

WHOLE_ROW = "(whole row)"  # the column of faults that concern the whole row
_EXPECTED = {
    ("user_id", "not a number"): "a whole number",
    ("item_id", "not a number"): "a whole number",
    ("rating", "not a number"): "a number of stars",
    ("timestamp", "not a number"): "a date or Unix seconds",
}


@dataclass(frozen=True)
class RawColumns:
    """The four columns before conversion.

    Args:
        user: ids, text or numbers.
        item: ids, text or numbers.
        rating: stars, text or numbers; None where the table has none, so that every row is a view.
        timestamp: times: numbers, dates or text; None when there are none.
        malformed: bool, rows with the wrong number of fields, or None.
        text: the whole row as text; given with ``malformed``.
        line: 1-based line of each row, or None when row r is line ``first_line + r``.
        about_items: columns about the movies, such as ``title``, by standard name.
        notes: what people should know about the columns.
        rating_name: name of the column of ratings; some names say that they are counts.
    """

    user: pl.Series
    item: pl.Series
    rating: pl.Series | None
    timestamp: pl.Series | None
    malformed: pl.Series | None = None
    text: pl.Series | None = None
    line: pl.Series | None = None
    about_items: Mapping[str, pl.Series] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rating_name: str = "rating"

    @classmethod
    def of(
        cls,
        columns: Mapping[str, pl.Series],
        notes: tuple[str, ...] = (),
        rating_name: str = "rating",
        **rows: pl.Series | None,
    ) -> RawColumns:
        """The columns by standard name; movies without an id are known by another one, or by their title.

        Args:
            columns: standard name -> ``(n,)`` values.
            notes: what people should know about the columns.
            rating_name: name of the column of ratings.
            **rows: the fields ``malformed``, ``text`` and ``line``.
        """
        about_items = {name: columns[name] for name in ITEM_COLUMNS if name in columns}
        item = columns["item_id"] if "item_id" in columns else item_columns.item_keys(about_items)
        return cls(
            columns["user_id"],
            item,
            columns.get("rating"),
            columns.get("timestamp"),
            rating_name=rating_name,
            about_items=about_items,
            notes=notes,
            **rows,
        )


def to_ratings(
    raw: RawColumns,
    *,
    source: str,
    first_line: int = 1,
    scale: RatingScale | None = None,
    feedback: Feedback | None = None,
    published: RatingScale | None = None,
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
        feedback: stars, views or counts; recognised by the values when None.
        published: the scale of data sets of this layout, used if the ratings are on it.
        number_ids: ids must be whole numbers (MovieLens); otherwise they are numbers if all of them are.
        expected_row: the fields of a row, for the message when most rows are malformed.
        one_person: rows may lack a rating or a time: the movie was seen, but not rated.

    Returns:
        Rows with a fault have NaN stars, or the time `NO_TIME` if only the time is unreadable. A missing time is
        `NO_TIME` and no fault.

    Raises:
        DataFormatError: there are no rows, or more than half of them cannot be read; names the first.
    """
    n = len(raw.user)
    if n == 0:
        raise DataFormatError(source, "expected at least one rating, found none")
    malformed = none_of(n) if raw.malformed is None else raw.malformed.to_numpy()
    user = parse_ids("user_id", raw.user, malformed, number_ids)
    item = parse_ids("item_id", raw.item, malformed, number_ids)
    rating, highest = parse_stars_column(pl.Series([None] * n, dtype=pl.Float64) if raw.rating is None else raw.rating)
    is_explicit = one_person or scale is not None or feedback == "explicit"
    is_rated = is_explicit or feedback == "counts" or (feedback is None and not rating.missing.all())
    timestamp, is_ambiguous = (None, False) if raw.timestamp is None else parse_times(raw.timestamp)
    if timestamp is not None and not timestamp.values[~timestamp.missing].any():
        timestamp = None  # all values are missing, or 0, which stands for missing if no other value occurs
    columns = [user, item, *([rating] if is_rated else []), *([] if timestamp is None else [timestamp])]
    faults = _faults(columns, malformed, raw, first_line, one_person=one_person)
    serious_faults = [fault for fault in faults if not (one_person and _is_harmless(fault))]
    if 2 * len(serious_faults) > n:
        raise _too_many_faults(serious_faults[0], len(serious_faults), n, source, expected_row)
    lacks_ids = _union(malformed, user.missing, item.missing, user.unreadable, item.unreadable)
    values, notes = nan_at(rating.values, lacks_ids), raw.notes
    if is_explicit:
        recognised = RecognisedFeedback("explicit", values)
    elif is_rated:
        recognised = recognise_feedback(values, feedback, raw.rating_name)
    else:
        recognised = views(rating.values, _reason_for_views(raw, feedback))
    if recognised.feedback == "explicit" and scale is None:
        scale, notes = choose_scale(values, published, highest)
        notes = raw.notes + notes
    notes += _title_notes(raw, item, ~lacks_ids)
    return Ratings(
        user_id=narrow(user.values),
        item_id=narrow(item.values),
        rating=narrow(nan_at(recognised.values, lacks_ids)),
        timestamp=None if timestamp is None else timestamp.values,
        scale=scale,
        source=source,
        faults=faults,
        first_line=first_line,
        notes=notes + recognised.notes + ((AMBIGUOUS_DATES,) if is_ambiguous else ()),
        feedback=recognised.feedback,
    )


def _union(*masks: BoolArray) -> BoolArray:
    marked = [mask for mask in masks if mask.any()]
    return np.logical_or.reduce(marked) if marked else none_of(len(masks[0]))


def _title_notes(raw: RawColumns, item: ParsedColumn, is_readable: BoolArray) -> tuple[str, ...]:
    if "title" not in raw.about_items:
        return ()
    if item_columns.has_titles(item.values, raw.about_items["title"], is_readable):
        return ()
    return ("the column of titles is not used: it holds numbers, or several titles for one movie",)


def _reason_for_views(raw: RawColumns, feedback: Feedback | None) -> str:
    if feedback is not None:
        return "as set"
    return "no column holds ratings" if raw.rating is None else f"the column {raw.rating_name!r} is empty"


def _is_harmless(fault: RowFault) -> bool:
    return fault.column == "timestamp" or (fault.column == "rating" and fault.kind == "missing")


def catalogue_of_ids(ratings: Ratings) -> Catalogue:
    """A catalogue of the movies with readable rows, in ascending order of their ids, which are their titles."""
    return Catalogue.from_ids(wide(np.unique(ratings.item_id[_is_readable(ratings)])))


def catalogue_of(ratings: Ratings, about_items: Mapping[str, pl.Series]) -> Catalogue:
    """The catalogue that the columns about the movies describe, or that of `catalogue_of_ids`."""
    catalogue = None
    if about_items:
        catalogue = item_columns.catalogue_of_rows(ratings.item_id, about_items, _is_readable(ratings))
    return catalogue_of_ids(ratings) if catalogue is None else catalogue


def _is_readable(ratings: Ratings) -> BoolArray:
    is_readable = np.ones(len(ratings), bool)
    is_readable[[fault.row for fault in ratings.faults]] = False
    return is_readable


def _faults(
    columns: list[ParsedColumn], malformed: BoolArray, raw: RawColumns, first_line: int, *, one_person: bool
) -> tuple[RowFault, ...]:
    texts = {"user_id": raw.user, "item_id": raw.item, "rating": raw.rating, "timestamp": raw.timestamp}
    has_fault = malformed
    faults: list[RowFault] = []

    def add(rows: IntArray, column: str, kind: str, text: pl.Series | None) -> None:
        for row in rows.tolist():
            line = first_line + row if raw.line is None else int(raw.line[row])
            value = "" if text is None or text[row] is None else str(text[row])
            faults.append(RowFault(row, line, column, value, kind))

    add(np.flatnonzero(malformed), WHOLE_ROW, "wrong number of fields", raw.text)
    # One fault per row, the most serious one: missing before unreadable values, and times last; of one person also the
    # time of a movie seen without a rating.
    checks = [(c, kind) for kind in ("missing", "not a number") for c in columns if c.name != "timestamp"]
    checks += [(c, "not a number") for c in columns if c.name == "timestamp"]  # a missing time is no fault
    for column, kind in checks:
        is_concerned = column.missing if kind == "missing" else column.unreadable
        if not is_concerned.any():
            continue
        is_new_fault = is_concerned & ~(malformed if one_person and column.name == "timestamp" else has_fault)
        add(np.flatnonzero(is_new_fault), column.name, kind, texts[column.name])
        has_fault = has_fault | is_new_fault
    return tuple(sorted(faults, key=lambda fault: fault.row))


def _too_many_faults(fault: RowFault, n_faults: int, n_rows: int, source: str, expected_row: str) -> DataFormatError:
    expected = _EXPECTED.get((fault.column, fault.kind), "a value")
    if fault.kind == "wrong number of fields":
        expected = expected_row or "the fields of the first line"
    hint = (
        f"{n_faults:,} of {counted(n_rows, 'row')} cannot be read, this one first: is it the right file and delimiter?"
    )
    column = None if fault.column == WHOLE_ROW else fault.column
    return DataFormatError(source, expected, line=fault.line, column=column, value=fault.value, hint=hint)
