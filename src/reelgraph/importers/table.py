"""Read a delimited text file into columns by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import text
from reelgraph.data.readers.column_names import normalised_name
from reelgraph.importers.column_words import simplify
from reelgraph.importers.export_entry import MAX_ROWS

MAX_CELLS = 4_000_000  # 200,000 rows of IMDb's widest layout have 3,600,000
MAX_HEADER = 65_536  # bytes; a longer first line is not a header
_PREAMBLE = re.compile(rb"(?:[ \t]*\n)*(?:sep=.\n)?")  # blank lines, and the separator line of spreadsheets


@dataclass(frozen=True)
class ExportTable:
    """A table in memory.

    Args:
        source: the file, for messages.
        names: keys of the columns in their order, see `column_key`; a second column of a name has "#2" appended.
        columns: key -> text of each row.
        lines: 1-based line of each row, or its position in a list.
        malformed_lines: lines with another number of fields than the header, as text.
        header: names of the columns as in the file.
        row_word: what ``lines`` counts, for messages: "line" or "entry".
    """

    source: str
    names: tuple[str, ...]
    columns: Mapping[str, list[str]]
    lines: list[int]
    malformed_lines: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    row_word: str = "line"

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def column(self, *names: str) -> list[str]:
        """The first of the named columns that exists; empty texts if none does."""
        name = next((name for name in names if name in self.columns), None)
        return [""] * len(self) if name is None else self.columns[name]

    def require(self, title: str, *names: str) -> None:
        """Check that one of the named columns exists.

        Args:
            title: the name of the column in messages.
            names: of the column.

        Raises:
            DataFormatError: none exists; names the existing columns.
        """
        if not any(name in self.columns for name in names):
            raise DataFormatError(
                self.source,
                f"a column {title!r}",
                line=1,
                column=title,
                value=",".join(self.names),
                hint="export it again, with all columns",
            )

    def rows(self) -> Iterator[tuple[str, int]]:
        """File and line of each row, for messages, and its position."""
        for row, line in enumerate(self.lines):
            yield f"{self.source}, {self.row_word} {line}", row

    def header_of(self, key: str) -> str:
        """The name of a column as in the file."""
        return self.header[self.names.index(key)]


def column_key(name: str) -> str:
    """A column name in lower case without accents and punctuation: "Año" -> "ano"."""
    return "".join(letter for letter in simplify(normalised_name(name)) if letter.isalnum())


def unique_keys(header: Sequence[str]) -> tuple[str, ...]:
    """The keys of the columns; those of further columns with the same name have "#2" and so on appended."""
    counts: Counter[str] = Counter()
    keys: list[str] = []
    for key in map(column_key, header):
        counts[key] += 1
        keys.append(f"{key}#{counts[key]}" if counts[key] > 1 else key)
    return tuple(keys)


def read_header(data: bytes, source: str) -> tuple[str, ...]:
    """The column names of the first line as written; empty if the file is not text or the line is too long."""
    try:
        content = text.to_utf8(data, source)
        return _column_names(content[len(_preamble(content)) :], source)[0]
    except DataFormatError:
        return ()


def read_table(data: bytes, source: str) -> ExportTable:
    """Read a table with a header.

    Raises:
        DataFormatError: it is binary, has no rows, has more than `MAX_ROWS` rows or `MAX_CELLS` fields or a header of
            more than `MAX_HEADER` bytes, or more than half of its lines are malformed.
    """
    content = text.to_utf8(data, source)
    if content.count(b"\n") > MAX_ROWS:
        raise DataFormatError(source, f"refused: more than {MAX_ROWS:,} rows")
    preamble = _preamble(content)
    content = content[len(preamble) :]
    header, separator = _column_names(content, source)
    names = unique_keys(header)
    if len(names) * content.count(b"\n") > MAX_CELLS:
        raise DataFormatError(source, f"refused: more than {MAX_CELLS:,} fields in total")
    if b"\n" not in content:
        raise DataFormatError(source, "expected movies below the header, found none", line=2)
    position_of = {name: position for position, name in enumerate(names)}
    layout = text.RowLayout(separator, len(names), 1, quoted=len(separator) == 1)
    text_type = dict.fromkeys(position_of, pl.String())
    rows = text.parse(content, layout, position_of, text_type)
    return _to_table(source, header, rows, preamble.count(b"\n"))


def _preamble(content: bytes) -> bytes:
    return _PREAMBLE.match(content, 0, MAX_HEADER).group()  # type: ignore[union-attr]


def _column_names(content: bytes, source: str) -> tuple[tuple[str, ...], str]:
    """The column names of the first line as written, and their separator.

    Raises:
        DataFormatError: the line is too long.
    """
    end = content.find(b"\n", 0, MAX_HEADER + 1)
    if end < 0 and len(content) > MAX_HEADER:
        raise DataFormatError(source, f"refused: a header of more than {MAX_HEADER:,} bytes", line=1)
    header = text.first_lines(content[: end if end >= 0 else None], 1)[0]
    separator = text.detect_separator(header) or ","
    separator = "," if separator == " " else separator  # a name of several words
    return tuple(text.split_line(header, separator)), separator


def _to_table(source: str, header: tuple[str, ...], rows: text.ParsedRows, n_preamble_lines: int) -> ExportTable:
    n_rows = len(next(iter(rows.columns.values())))
    lines = [2 + row for row in range(n_rows)] if rows.line is None else rows.line.to_list()
    lines = [n_preamble_lines + line for line in lines]
    is_malformed = [False] * n_rows if rows.malformed is None else rows.malformed.to_list()
    row_texts = [""] * n_rows if rows.text is None else rows.text.to_list()
    well_formed = [row for row in range(n_rows) if not is_malformed[row]]
    malformed = [row for row in range(n_rows) if is_malformed[row] and row_texts[row].strip()]
    if len(malformed) > len(well_formed):
        raise DataFormatError(
            source,
            f"{len(header)} fields, as in the header",
            line=lines[malformed[0]],
            value=row_texts[malformed[0]],
            hint=f"{len(malformed):,} of {counted(n_rows, 'row')} are malformed; this is the first",
        )
    fields = {name: series.to_list() for name, series in rows.columns.items()}
    columns = {name: [(values[row] or "").strip() for row in well_formed] for name, values in fields.items()}
    malformed_lines = tuple(f"line {lines[row]}: {row_texts[row][:80]!r}" for row in malformed)
    lines = [lines[row] for row in well_formed]
    return ExportTable(source, unique_keys(header), columns, lines, malformed_lines, header)
