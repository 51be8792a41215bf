"""How results look: a one-screen `repr`, a table in notebooks, and data frames."""

from __future__ import annotations

import html
import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reelgraph.core.errors import CapabilityError

if TYPE_CHECKING:
    import polars as pl

_IRREGULAR_PLURALS = {"person": "people", "history": "histories"}
_MAX_ROWS = 24
_MAX_CELL_WIDTH = 40  # terminal columns of one cell
_WIDTH = 100  # terminal columns of a table


def counted(count: float, singular: str, plural: str = "") -> str:
    """A number and what it counts, such as "1 movie", "2,000 movies", "3 people" and "4.5 stars".

    Args:
        count: of things, or of stars.
        singular: the noun, with what stands before and after it: "rated movie", "rating is".
        plural: likewise for other numbers; by default that of the noun at the end of ``singular``.
    """
    number = f"{int(count):,}" if count == int(count) else f"{count:g}"
    return f"{number} {singular if count == 1 else plural or _plural(singular)}"


def _plural(noun: str) -> str:
    for singular, plural in _IRREGULAR_PLURALS.items():
        if noun.endswith(singular):
            return noun.removesuffix(singular) + plural
    return f"{noun}s"


@dataclass(frozen=True)
class Table:
    """What is shown of a result.

    Args:
        title: the first line.
        columns: name -> values, all of one length; may be empty.
        note: the last line, or "".
    """

    title: str
    columns: Mapping[str, Sequence[object]] = field(default_factory=dict)
    note: str = ""

    def to_text(self) -> str:
        """Aligned columns, at most 24 rows; cells above 40 characters are cut."""
        lines = [_printable(self.title)]
        if self.columns:
            lines += _aligned(list(self.columns), self._rows())
        return "\n".join([*lines, *(line for note in self._notes() for line in textwrap.wrap(note, _WIDTH))])

    def to_html(self) -> str:
        """An HTML table of at most 24 rows; every text is escaped."""
        rows = self._rows()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        is_numeric = [_is_numeric([row[n] for row in rows]) for n in range(len(self.columns))]
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align: {"right" if numeric else "left"}">{html.escape(cell)}</td>'
                for cell, numeric in zip(row, is_numeric, strict=True)
            )
            + "</tr>"
            for row in rows
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if self.columns else ""
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self._notes())
        return f"<div><p><b>{html.escape(_printable(self.title))}</b></p>{table}{notes}</div>"

    def _rows(self) -> list[list[str]]:
        columns = [[_cell(value) for value in values[:_MAX_ROWS]] for values in self.columns.values()]
        return [list(row) for row in zip(*columns, strict=True)]

    def _notes(self) -> list[str]:
        n_rows = max((len(values) for values in self.columns.values()), default=0)
        hidden = [f"and {counted(n_rows - _MAX_ROWS, 'more row')}"] if n_rows > _MAX_ROWS else []
        return [*hidden, *([_printable(self.note)] if self.note else [])]


class Displayed:
    """A result that prints as its `Table`."""

    def _display(self) -> Table:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._display().to_text()

    def _repr_html_(self) -> str:
        return self._display().to_html()


class Tabular(Displayed):
    """A result that also converts to data frames."""

    def to_dict(self) -> dict[str, Any]:
        """Column name -> values, all of one length."""
        raise NotImplementedError

    def to_polars(self) -> pl.DataFrame:
        """The columns of `to_dict` as a polars data frame."""
        import polars as pl

        return pl.DataFrame(self.to_dict(), strict=False)

    def to_pandas(self) -> Any:
        """The columns of `to_dict` as a ``pandas.DataFrame``.

        Raises:
            CapabilityError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError:
            raise CapabilityError("to_pandas needs pandas", "pip install pandas") from None
        return pd.DataFrame(self.to_dict())


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, tuple | list):
        return _printable(", ".join(map(str, value)))
    return _printable(str(value))


def _printable(text: str) -> str:
    """On one line and without control characters: titles are other people's text."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _is_numeric(cells: Sequence[str]) -> bool:
    """Whether all cells that hold something are numbers, percentages included."""
    texts = [cell.replace(",", "").removesuffix("%").strip() for cell in cells if cell]
    try:
        return bool([float(text) for text in texts])
    except ValueError:
        return False


def _aligned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for n, name in enumerate(names):
        justify = "right" if _is_numeric([row[n] for row in rows]) else "left"
        table.add_column(Text(name), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in rows:
        cells = [Text(cell) for cell in row]
        for cell in cells:
            cell.truncate(_MAX_CELL_WIDTH, overflow="ellipsis")
        table.add_row(*cells)
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return [line.rstrip() for line in capture.get().splitlines()]
