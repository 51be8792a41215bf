"""Parse delimited text: encodings, line ends, separators, and malformed rows.

There are two parsers. The fast one lets polars parse typed columns; it is used if every row is well-formed. The careful
one looks at each line, keeps the text of malformed rows, and never loses a row.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from reelgraph.core.errors import DataFormatError

SEPARATORS = ("::", "\t", ",", ";", "|")
_NAMES = {" ": "spaces", "::": "'::'", "\t": "tabs", ",": "commas", ";": "semicolons", "|": "'|'"}
_MAX_QUOTED_LINES = 200  # lines that a quoted field may span; beyond, its quote is taken for a stray one


def separator_name(separator: str) -> str:
    """A separator in words, for messages."""
    return _NAMES.get(separator, repr(separator))


def to_utf8(data: bytes, source: str) -> bytes:
    """The text as UTF-8 with line feeds, without a byte order mark and without blank lines at the end.

    A line that is not UTF-8 is read as latin-1, in which every byte is a character, so nothing is lost; the other lines
    remain UTF-8. Files that begin with a UTF-16 byte order mark are read as UTF-16.

    Args:
        data: the bytes of the file.
        source: the file, for the message.

    Raises:
        DataFormatError: the file is binary.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data or data.startswith(b"\x1f\x8b"):
        raise DataFormatError(source, "expected a text file, found binary data")
    if b"\r" in data:
        # A carriage return alone ends lines only in files without line feeds; otherwise it is part of a field.
        data = data.replace(b"\r\n", b"\n") if b"\n" in data else data.replace(b"\r", b"\n")
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            data = b"\n".join(map(_line_to_utf8, data.split(b"\n")))
    # The first line end belongs to the last row; further ones would be empty rows.
    return data.rstrip(b"\n") if data.endswith(b"\n\n") else data.removesuffix(b"\n")


def _line_to_utf8(line: bytes) -> bytes:
    try:
        line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1").encode()
    return line


def first_lines(data: bytes, n: int = 2) -> list[str]:
    """The first ``n`` lines of UTF-8 text."""
    return [line.decode() for line in data.split(b"\n", n)[:n]]


def detect_separator(line: str) -> str | None:
    """The most frequent known separator in a line; a space if there is none, or None if there is no space either."""
    separator = max(SEPARATORS, key=line.count)
    return separator if separator in line else " " if " " in line.strip() else None


def split_line(line: str, separator: str) -> list[str]:
    """The fields of one line without surrounding spaces; fields may be quoted if the separator is one character.

    Quotes are part of the fields where the line as a whole is not CSV: it has a carriage return outside quotes, or a
    field of more than 128 KiB. `parse` takes such a row for malformed.
    """
    fields = line.split(separator)
    if len(separator) == 1 and '"' in line:
        with contextlib.suppress(csv.Error):
            fields = next(csv.reader([line], delimiter=separator))
    return [field.strip() for field in fields]


@dataclass(frozen=True)
class RowLayout:
    """The layout of the rows of a file.

    Args:
        separator: text between fields.
        n_fields: number of fields in a row.
        skip_lines: lines above the first row (1 for a header).
        quoted: fields may be in double quotes.
    """

    separator: str
    n_fields: int
    skip_lines: int = 0
    quoted: bool = False


@dataclass(frozen=True)
class ParsedRows:
    """Fields by column, one entry per row.

    Args:
        columns: the requested columns, by name; typed if the fast parser was used, otherwise text.
        malformed: bool, rows with the wrong number of fields; None when there are none.
        text: the whole row as text; given with ``malformed``.
        line: 1-based line of each row; None when row r is line ``skip_lines + 1 + r``.
    """

    columns: dict[str, pl.Series]
    malformed: pl.Series | None = None
    text: pl.Series | None = None
    line: pl.Series | None = None


def parse(data: bytes, layout: RowLayout, positions: Mapping[str, int], types: Mapping[str, pl.DataType]) -> ParsedRows:
    """The columns at the given positions of UTF-8 text.

    Args:
        data: text from :func:`to_utf8`.
        layout: the layout of the rows.
        positions: name of a column -> its position, counted from 0.
        types: name of a column -> the type to try; all columns are text if one row is not of these types.

    Cost: one pass over the text; about 2 s for 25 million well-formed rows.
    """
    columns = parse_well_formed(data, layout, positions, types)
    return ParsedRows(columns) if columns is not None else _parse_carefully(data, layout, positions)


def parse_well_formed(
    data: bytes, layout: RowLayout, positions: Mapping[str, int], types: Mapping[str, pl.DataType]
) -> dict[str, pl.Series] | None:
    """The columns as in `parse`, or None if a row is malformed or not of these types: the fast parser alone."""
    separator = layout.separator
    if separator == "::":
        if b"\t" in data:
            return None
        data, separator = data.replace(b"::", b"\t"), "\t"  # polars splits at single bytes
    name_at = {position: name for name, position in positions.items()}
    schema = {f"c{n}": types[name_at[n]] if n in name_at else pl.String() for n in range(layout.n_fields)}
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            skip_lines=layout.skip_lines,
            separator=separator,
            schema=schema,
            quote_char='"' if layout.quoted else None,
        )
    except pl.exceptions.PolarsError:
        return None  # a row is malformed: the careful parser finds it
    required = {*positions.values(), layout.n_fields - 1}
    n_lines = data.count(b"\n") + 1 - layout.skip_lines
    if frame.height != n_lines or any(frame[f"c{n}"].null_count() for n in required):
        return None
    return {name: frame[f"c{position}"] for name, position in positions.items()}


def _parse_carefully(data: bytes, layout: RowLayout, positions: Mapping[str, int]) -> ParsedRows:
    if layout.quoted and b'"' in data:
        return _parse_quoted(data.decode().split("\n")[layout.skip_lines :], layout, positions)
    lines = pl.Series("line", [data.decode()]).str.split("\n").explode().slice(layout.skip_lines)
    malformed = lines.str.count_matches(layout.separator, literal=True) != layout.n_fields - 1
    fields = lines.str.split_exact(layout.separator, layout.n_fields - 1).struct.unnest()
    columns = {name: fields.to_series(position) for name, position in positions.items()}
    return ParsedRows(columns, malformed, lines)


def _parse_quoted(lines: Sequence[str], layout: RowLayout, positions: Mapping[str, int]) -> ParsedRows:
    columns: dict[str, list[str | None]] = {name: [] for name in positions}
    malformed: list[bool] = []
    text: list[str] = []
    line_numbers: list[int] = []
    start = 0
    while start < len(lines):
        fields, n_lines = _read_record(lines, start, layout)
        is_well_formed = len(fields) == layout.n_fields
        for name, position in positions.items():
            columns[name].append(fields[position] if is_well_formed else None)
        malformed.append(not is_well_formed)
        text.append(lines[start])
        line_numbers.append(start + 1 + layout.skip_lines)
        start += n_lines
    series = {name: pl.Series(name, values, dtype=pl.String) for name, values in columns.items()}
    return ParsedRows(series, pl.Series(malformed), pl.Series(text, dtype=pl.String), pl.Series(line_numbers))


def _read_record(lines: Sequence[str], start: int, layout: RowLayout) -> tuple[list[str], int]:
    """The fields of the record that begins at a line, and its number of lines."""
    line = lines[start]
    if '"' not in line:
        return line.split(layout.separator), 1
    if line.count('"') % 2:
        # A quoted field with line breaks, or a stray quote: joined lines are a record only if the width is right.
        for end in range(start + 1, min(start + _MAX_QUOTED_LINES, len(lines))):
            if lines[end].count('"') % 2:
                fields = _csv_fields("\n".join(lines[start : end + 1]), layout.separator)
                if len(fields) == layout.n_fields:
                    return fields, end + 1 - start
                break
        return [], 1
    return _csv_fields(line, layout.separator), 1


def _csv_fields(record: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([record], delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        return []
