"""A delimited text file as rows by column name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import text
from reelgraph.data.readers.column_names import normalised_name
from reelgraph.importers.entry import MAX_ROWS

MAX_CELLS = 4_000_000  # 200,000 rows of IMDb's widest layout have 3,600,000
MAX_HEADER = 65_536  # bytes; what is longer is no line of names
_LEAD = re.compile(rb"(?:[ \t]*\n)*(?:sep=.\n)?")  # blank lines, and what spreadsheets write above a header


@dataclass(frozen=True)
class Table:
    """A table read whole.

    Args:
        where: the file, for messages.
        names: columns in their order, in lower case without marks.
        columns: name -> text of each row; a name that comes twice stands for its first column.
        lines: 1-based line of each row.
        misfits: lines whose number of fields is not that of the header, as text.
    """

    where: str
    names: tuple[str, ...]
    columns: Mapping[str, list[str]]
    lines: list[int]
    misfits: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def column(self, *names: str) -> list[str]:
        """The first of the named columns that is there; empty texts where none is."""
        found = next((name for name in names if name in self.columns), None)
        return [""] * len(self) if found is None else self.columns[found]

    def require(self, title: str, *names: str) -> None:
        """Check that one of the named columns is there.

        Raises:
            DataFormatError: none is; names what there is.
        """
        if not any(name in self.columns for name in names):
            raise DataFormatError(
                self.where,
                f"a column {title!r}",
                line=1,
                column=title,
                value=",".join(self.names),
                hint="export it again, and do not take columns out",
            )

    def rows(self) -> Iterator[tuple[str, int]]:
        """The place of each row, for messages, and its number."""
        for row, line in enumerate(self.lines):
            yield f"{self.where}, line {line}", row


def header(data: bytes, where: str) -> tuple[str, ...]:
    """The bare column names of the first line; empty where the file is no text, or the line too long for a header."""
    try:
        decoded = text.to_utf8(data, where)
        return _names(decoded[len(_lead(decoded)) :], where)[0]
    except DataFormatError:
        return ()


def parse(data: bytes, where: str) -> Table:
    """Read a table with a header.

    Raises:
        DataFormatError: it is binary, holds no row, has more than `MAX_ROWS` rows or `MAX_CELLS` fields or a header
            of more than `MAX_HEADER` bytes, or more than half of its lines do not fit its header.
    """
    decoded = text.to_utf8(data, where)
    if decoded.count(b"\n") > MAX_ROWS:
        raise DataFormatError(where, f"refused: more than {MAX_ROWS:,} rows")
    lead = _lead(decoded)
    above, decoded = lead.count(b"\n"), decoded[len(lead) :]
    names, separator = _names(decoded, where)
    if len(names) * decoded.count(b"\n") > MAX_CELLS:
        raise DataFormatError(where, f"refused: more than {MAX_CELLS:,} fields in all")
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(name, place)
    if b"\n" not in decoded:
        raise DataFormatError(where, "expected films below the header, found none", line=2)
    shape = text.RowLayout(separator, len(names), 1, quoted=len(separator) == 1)
    at = {str(place): place for place in places.values()}
    rows = text.parse(decoded, shape, at, dict.fromkeys(at, pl.String()))
    return _table(where, names, places, rows, above)


def _lead(decoded: bytes) -> bytes:
    return _LEAD.match(decoded, 0, MAX_HEADER).group()  # type: ignore[union-attr]


def _names(decoded: bytes, where: str) -> tuple[tuple[str, ...], str]:
    """The bare column names of the first line, and what separates them.

    Raises:
        DataFormatError: it is too long.
    """
    end = decoded.find(b"\n", 0, MAX_HEADER + 1)
    if end < 0 and len(decoded) > MAX_HEADER:
        raise DataFormatError(where, f"refused: a header of more than {MAX_HEADER:,} bytes", line=1)
    first = text.first_lines(decoded[: end if end >= 0 else None], 1)[0]
    separator = text.detect_separator(first) or ","
    return tuple(map(normalised_name, text.split_line(first, separator))), separator


def _table(where: str, names: tuple[str, ...], places: Mapping[str, int], rows: text.ParsedRows, above: int) -> Table:
    height = len(next(iter(rows.columns.values())))
    numbers = [2 + row for row in range(height)] if rows.line is None else rows.line.to_list()
    numbers = [above + number for number in numbers]
    misfit = [False] * height if rows.malformed is None else rows.malformed.to_list()
    texts = [""] * height if rows.text is None else rows.text.to_list()
    kept = [row for row in range(height) if not misfit[row]]
    bad = [row for row in range(height) if misfit[row] and texts[row].strip()]
    if len(bad) > len(kept):
        raise DataFormatError(
            where,
            f"{len(names)} fields, as in the header",
            line=numbers[bad[0]],
            value=texts[bad[0]],
            hint=f"{len(bad):,} of {height:,} rows do not fit; this is the first",
        )
    fields = {place: series.to_list() for place, series in rows.columns.items()}
    columns = {
        name: [(values[row] or "").strip() for row in kept]
        for name, place in places.items()
        for values in [fields[str(place)]]
    }
    misfits = tuple(f"line {numbers[row]}: {texts[row][:80]!r}" for row in bad)
    return Table(where, names, columns, [numbers[row] for row in kept], misfits)
