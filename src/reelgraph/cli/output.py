"""What the shell shows: tables and JSON on stdout, progress and errors on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from reelgraph.bundle import finite
from reelgraph.types import Progress as Step
from reelgraph.types import ProgressCallback

# No markup and no emoji codes: what is shown are other people's titles, such as "[rec] (2007)".
out = Console(highlight=False, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, markup=False, emoji=False)


def print_json(value: Any) -> None:
    """One JSON value on stdout, and nothing else there."""
    # Not through rich, which would wrap long lines.
    print(json.dumps(finite(value), ensure_ascii=False, default=str, allow_nan=False))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str = "") -> None:
    """A table; columns whose every cell is a number are right-aligned."""
    table = Table(title=title, title_justify="left", caption=caption or None, caption_justify="left")
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    out.print(table)


@contextmanager
def progress_bar(shown: bool = True) -> Iterator[ProgressCallback | None]:
    """A callback that draws each `Progress` as a bar on stderr; None when it is not to be shown."""
    if not shown:
        yield None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]} {task.fields[values]}"),
        TimeElapsedColumn(),
        console=err,
    )
    tasks: dict[str, TaskID] = {}

    def update(step: Step) -> None:
        values = " ".join(f"{name} {value:.4f}" for name, value in step.values.items())
        bar.start()  # not before there is something to show: an error alone is one line
        if step.stage not in tasks:
            tasks[step.stage] = bar.add_task(step.stage, total=step.total, unit=step.unit, values=values)
        bar.update(tasks[step.stage], completed=step.done, values=values)

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
