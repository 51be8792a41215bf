"""Ratings from a delimited text file, with or without a header."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from reelgraph.core import Catalogue, Feedback, Ratings, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import text
from reelgraph.data.readers.arrays import are_times
from reelgraph.data.readers.column_names import TableColumns, find_columns, has_known_name, require_columns
from reelgraph.data.readers.columns import RawColumns, catalogue_of, to_ratings
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.options import ReadOptions, required_columns
from reelgraph.data.readers.scales import HALF_STARS
from reelgraph.data.readers.text_file import TextFile
from reelgraph.data.readers.unnamed_ratings import find_ratings

POSITIONS: Mapping[str, int] = {"user_id": 0, "item_id": 1, "rating": 2, "timestamp": 3}
"""Positions of the columns in files without a header."""

FOUR_COLUMNS = TableColumns(tuple(POSITIONS), POSITIONS, has_header=False)
"""The columns of MovieLens files without a header."""

_SAMPLE = 200  # lines that are looked at
_MOVIELENS_HEADER = ["userId", "movieId", "rating", "timestamp"]


@dataclass(frozen=True)
class RatingsTable:
    """The content of a table of ratings.

    Args:
        ratings: the ratings.
        about_items: columns about the movies, such as ``title``, one value for each rating; by standard name.
    """

    ratings: Ratings
    about_items: Mapping[str, pl.Series]

    def catalogue(self) -> Catalogue:
        """The movies as the table describes them; their ids are their titles if it does not."""
        return catalogue_of(self.ratings, self.about_items)


def read_delimited(
    files: FileSet,
    name: str,
    options: ReadOptions,
    separator: str | None = None,
    *,
    one_person: bool = False,
) -> RatingsTable:
    """The ratings of a delimited file.

    A header is recognised by its column names. A file without one has a number in its third field.

    Args:
        files: the folder of the file.
        name: the file.
        options: scale and columns; found in the file where not given.
        separator: text between fields; detected in the first line when None.
        one_person: the file need not name its users; if it does not, user ids are the item ids. Rows may lack a rating.

    Raises:
        DataFormatError: the file cannot be read, lacks a column or has two for one role; names file, line, column and
            value.
    """
    source, file = files.display_name(name), TextFile(files, name)
    header, *rows = file.first_lines(_SAMPLE)
    # RecBole, whose separator is given, does not quote fields; files with "::" do not either.
    quoted = separator is None
    separator = separator or _detect_separator(header, source)
    quoted = quoted and len(separator) == 1
    names = text.split_line(header, separator)
    fields = [text.split_line(row, separator) for row in rows]
    table = _columns_without_header(names, fields, options) or find_columns(names, source, options.columns)
    if table.has_header:
        if one_person and "item_id" in table.positions:
            # Item ids as user ids keep repeated items recognisable as repeated (user, item) pairs.
            table = dataclasses.replace(table, positions={"user_id": table.positions["item_id"], **table.positions})
        require_columns(table, source, line=1, required=required_columns(options, one_person=one_person))
        table = find_ratings(table, _unused_columns(table, fields), options, source, line=1)
    is_movielens = names in (_MOVIELENS_HEADER, _MOVIELENS_HEADER[:3])
    number_ids = is_movielens and bool(rows) and all(key.isdecimal() for key in text.split_line(rows[0], separator)[:2])
    return parse_ratings(
        file,
        text.RowLayout(separator, len(names), int(table.has_header), quoted),
        table,
        source=source,
        scale=options.scale,
        feedback=options.feedback,
        published=HALF_STARS if is_movielens else None,
        number_ids=number_ids,
        one_person=one_person,
    )


def _unused_columns(table: TableColumns, rows: Sequence[Sequence[str]]) -> dict[str, pl.Series]:
    """The columns without a role in the first rows of a file, "" as missing."""
    whole_rows = [row for row in rows if len(row) == len(table.names)]
    return {
        name: pl.Series([row[position] or None for row in whole_rows], dtype=pl.String)
        for name, position in table.unused_positions.items()
    }


def _columns_without_header(
    names: Sequence[str], rows: Sequence[Sequence[str]], options: ReadOptions
) -> TableColumns | None:
    """The columns of a file without a header, whose first lines are ``names`` and ``rows``; None if it has one."""
    chosen = {role: int(column) - 1 for role, column in options.columns.items() if column.isdecimal()}
    is_numbered = bool(chosen) and len(chosen) == len([column for column in options.columns.values() if column])
    if is_numbered and not set(options.columns.values()) & set(names) and max(chosen.values()) < len(names):
        return TableColumns(tuple(f"column {n}" for n in range(1, len(names) + 1)), chosen, has_header=False)
    if options.columns or has_known_name(names):
        return None
    if len(names) == 2 and all(field.isdecimal() for field in names):
        return TableColumns(tuple(names), {"user_id": 0, "item_id": 1}, has_header=False)
    if not 3 <= len(names) <= 4 or not _is_number(names[2]):
        return None
    positions = {column: position for column, position in POSITIONS.items() if position < len(names)}
    if len(names) == 3 and are_times(pl.Series([row[2] if len(row) == 3 else None for row in [names, *rows]])):
        positions = {"user_id": 0, "item_id": 1, "timestamp": 2}
    return TableColumns(tuple(names), positions, has_header=False)


def parse_ratings(
    file: TextFile,
    layout: text.RowLayout,
    table: TableColumns,
    *,
    source: str,
    scale: RatingScale | None,
    feedback: Feedback | None = None,
    published: RatingScale | None = None,
    number_ids: bool,
    one_person: bool = False,
) -> RatingsTable:
    """The ratings in delimited text.

    Args:
        file: the text.
        layout: the layout of its rows.
        table: the roles of its columns.
        source: its name, for messages.
        scale: the scale, or None to infer it.
        feedback: stars, views or counts; recognised by the values when None.
        published: the scale of data sets of this layout.
        number_ids: ids must be whole numbers.
        one_person: rows may lack a rating: the movie was seen, but not rated.

    Raises:
        DataFormatError: there are no rows, or more than half of them cannot be read.
    """
    if len(file.first_lines(layout.skip_lines + 1)) <= layout.skip_lines:
        raise DataFormatError(source, "expected ratings below the header, found none", line=layout.skip_lines + 1)
    id_type: pl.DataType = pl.Int64() if number_ids else pl.String()
    types: dict[str, pl.DataType] = dict.fromkeys(table.positions, pl.String())
    types |= {"user_id": id_type, "item_id": id_type}
    if "rating" in table.positions:
        types["rating"] = pl.Float64()
    if "timestamp" in table.positions:
        types["timestamp"] = _guess_time_type(file, layout, table.positions["timestamp"])
    rows = file.parse(layout, table.positions, types)
    notes = table.notes() if table.has_header else ()
    rating_name = table.name_of("rating") if table.has_header else "rating"
    raw = RawColumns.of(rows.columns, notes, rating_name, malformed=rows.malformed, text=rows.text, line=rows.line)
    ratings = to_ratings(
        raw,
        source=source,
        first_line=layout.skip_lines + 1,
        scale=scale,
        feedback=feedback,
        published=published,
        number_ids=number_ids,
        expected_row=f"{layout.n_fields} fields separated by {text.separator_name(layout.separator)}",
        one_person=one_person,
    )
    return RatingsTable(ratings, raw.about_items)


def _detect_separator(header: str, source: str) -> str:
    separator = text.detect_separator(header)
    if separator is None:
        names = ", ".join(map(text.separator_name, text.SEPARATORS))
        raise DataFormatError(source, f"columns separated by {names}", line=1, value=header)
    return separator


def _guess_time_type(file: TextFile, layout: text.RowLayout, position: int) -> pl.DataType:
    """The type of the time in the first row; a wrong guess only costs the fast parser."""
    first_row = file.first_lines(layout.skip_lines + 1)[-1]
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
