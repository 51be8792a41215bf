"""Ratings from a delimited text file, with or without a header."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from reelgraph.core import Ratings, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import column_names, text
from reelgraph.data.readers.columns import RawColumns, to_ratings
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.scales import HALF_STARS

POSITIONS: Mapping[str, int] = {"user_id": 0, "item_id": 1, "rating": 2, "timestamp": 3}
"""Positions of the columns in files without a header."""

_MOVIELENS_HEADER = ["userId", "movieId", "rating", "timestamp"]


def read_delimited(
    files: FileSet,
    name: str,
    scale: RatingScale | None,
    separator: str | None = None,
    *,
    one_person: bool = False,
) -> Ratings:
    """The ratings of a delimited file.

    A header is recognised by its column names. A file without one has a number in its third field.

    Args:
        files: the folder of the file.
        name: the file.
        scale: the scale; known by the header or inferred when None.
        separator: text between fields; detected in the first line when None.
        one_person: the file need not name its users; if it does not, user ids are the item ids. Rows may lack a rating.

    Raises:
        DataFormatError: the file cannot be read or lacks a column; names file, line, column and value.
    """
    source, data = files.display_name(name), files.read_utf8(name)
    header, *rows = text.first_lines(data, 2)
    # RecBole, whose separator is given, does not quote fields; files with "::" do not either.
    quoted = separator is None
    separator = separator or _detect_separator(header, source)
    quoted = quoted and len(separator) == 1
    names = text.split_line(header, separator)
    positions = column_names.find_columns(names)
    if not positions and 3 <= len(names) <= 4 and _is_number(names[2]):
        positions = {column: position for column, position in POSITIONS.items() if position < len(names)}
        layout = text.RowLayout(separator, len(names), 0, quoted)
        return parse_ratings(
            data, layout, positions, source=source, scale=scale, number_ids=False, one_person=one_person
        )
    if one_person and "item_id" in positions:
        # Item ids as user ids keep repeated items recognisable as repeated (user, item) pairs.
        positions.setdefault("user_id", positions["item_id"])
    column_names.require_columns(positions, names, source, line=1)
    is_movielens = names in (_MOVIELENS_HEADER, _MOVIELENS_HEADER[:3])
    if is_movielens and scale is None:
        scale = HALF_STARS
    number_ids = is_movielens and bool(rows) and all(key.isdecimal() for key in text.split_line(rows[0], separator)[:2])
    layout = text.RowLayout(separator, len(names), 1, quoted)
    return parse_ratings(
        data, layout, positions, source=source, scale=scale, number_ids=number_ids, one_person=one_person
    )


def parse_ratings(
    data: bytes,
    layout: text.RowLayout,
    positions: Mapping[str, int],
    *,
    source: str,
    scale: RatingScale | None,
    number_ids: bool,
    one_person: bool = False,
) -> Ratings:
    """The ratings in delimited text.

    Args:
        data: text as from `FileSet.read_utf8`.
        layout: the layout of its rows.
        positions: ``user_id``, ``item_id``, ``rating`` and possibly ``timestamp`` -> position, counted from 0.
        source: the file, for messages.
        scale: the scale, or None to infer it.
        number_ids: ids must be whole numbers.
        one_person: rows may lack a rating: the movie was seen, but not rated.

    Raises:
        DataFormatError: there are no rows, or more than half of them cannot be read.
    """
    if data.count(b"\n") < layout.skip_lines:
        raise DataFormatError(source, "expected ratings below the header, found none", line=layout.skip_lines + 1)
    id_type: pl.DataType = pl.Int64() if number_ids else pl.String()
    types: dict[str, pl.DataType] = {"user_id": id_type, "item_id": id_type, "rating": pl.Float64()}
    if "timestamp" in positions:
        types["timestamp"] = _guess_time_type(data, layout, positions["timestamp"])
    rows = text.parse(data, layout, positions, types)
    raw = RawColumns(
        rows.columns["user_id"],
        rows.columns["item_id"],
        rows.columns["rating"],
        rows.columns.get("timestamp"),
        rows.malformed,
        rows.text,
        rows.line,
    )
    return to_ratings(
        raw,
        source=source,
        first_line=layout.skip_lines + 1,
        scale=scale,
        number_ids=number_ids,
        expected_row=f"{layout.n_fields} fields separated by {text.separator_name(layout.separator)}",
        one_person=one_person,
    )


def _detect_separator(header: str, source: str) -> str:
    separator = text.detect_separator(header)
    if separator is None:
        names = ", ".join(map(text.separator_name, text.SEPARATORS))
        raise DataFormatError(source, f"columns separated by {names}", line=1, value=header)
    return separator


def _guess_time_type(data: bytes, layout: text.RowLayout, position: int) -> pl.DataType:
    """The type of the time in the first row; a wrong guess only costs the fast parser."""
    first_row = text.first_lines(data, layout.skip_lines + 1)[-1]
    fields = text.split_line(first_row, layout.separator)
    time = fields[position] if position < len(fields) else ""
    if time.lstrip("-").isdecimal():
        return pl.Int64()
    return pl.Float64() if _is_number(time) else pl.String()


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
