"""Output of the command: tables and JSON on stdout, progress and errors on stderr."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from reelgraph._util.json_values import finite

if TYPE_CHECKING:
    from reelgraph.core import Progress as Step
    from reelgraph.core import ProgressCallback

_MAX_LETTERS = 200  # of a text that is repeated
_WIDE = 110  # terminal columns from which the progress bars have their full length


def _console(*, stderr: bool = False) -> Console:
    """A console that is as wide as the shell, or $COLUMNS, at the time of printing."""
    # No markup and no emoji codes: what is shown are other people's titles, such as "[rec] (2007)".
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    console._width = None  # rich keeps the value that $COLUMNS had when the console was created
    return console


out = _console()
err = _console(stderr=True)


def clipped(text: str) -> str:
    """A text in its first 200 letters, for messages that repeat what somebody wrote."""
    return text if len(text) <= _MAX_LETTERS else f"{text[: _MAX_LETTERS - 1]}…"


def replace_unprintable() -> None:
    """Print a question mark for a character that the encoding of the terminal or file lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors="replace")


def print_json(value: Any) -> None:
    """One JSON value on stdout, and nothing else there."""
    # Not through rich, which would wrap long lines. Other encodings than UTF-8 lack characters that titles have.
    ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(finite(value), ensure_ascii=ascii_only, default=str, allow_nan=False))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str = "") -> None:
    """A table; columns whose every cell is a number are right-aligned.

    One that has more columns than rows and would be cut by the shell is turned: one row a column, and as many of its
    rows side by side as there is room for, the rest below.
    """
    table = _table(columns, rows)
    if len(rows) >= len(columns) or _width(table).minimum <= out.width:
        tables = [table]
    else:
        n_beside = next(
            n for n in range(len(rows), 0, -1) if n == 1 or _width(_transposed(columns, rows[:n])).maximum <= out.width
        )
        tables = [_transposed(columns, rows[start : start + n_beside]) for start in range(0, len(rows), n_beside)]
    tables[0].title, tables[-1].caption = title, caption or None
    for table in tables:
        out.print(table)


def fits(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bool:
    """Whether the shell is wide enough for a table of these cells without breaking a line of them."""
    return _width(_table(columns, rows)).maximum <= out.width


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(title_justify="left", caption_justify="left")
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    return table


def _transposed(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    heads = [columns[0], *(_cell(row[0]) for row in rows)]
    return _table(heads, [[name, *(row[place] for row in rows)] for place, name in enumerate(columns) if place])


def _width(table: Table) -> Measurement:
    """Columns that a table takes: at least, with lines broken between words, and at most, with none broken."""
    return Measurement.get(out, out.options.update(max_width=10_000), table)


@contextmanager
def progress_bar(visible: bool = True) -> Iterator[ProgressCallback | None]:
    """A callback that draws each `Progress` as a bar on stderr; None when it is not visible."""
    if not visible:
        yield None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30, table_column=Column(ratio=1)),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]} {task.fields[values]}"),
        TimeElapsedColumn(),
        console=err,
        expand=err.width < _WIDE,  # there the bar is shortened, not the numbers beside it
    )
    tasks: dict[str, TaskID] = {}

    def update(step: Step) -> None:
        values = " ".join(f"{name} {value:.4f}" for name, value in step.values.items())
        bar.start()  # not before there is something to show: an error alone is one line
        if step.stage not in tasks:
            tasks[step.stage] = bar.add_task(step.stage, total=step.total, unit=step.unit, values=values)
        bar.update(tasks[step.stage], completed=step.done, total=step.total, values=values)

    try:
        yield update
    finally:
        if tasks:
            bar.stop()


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
