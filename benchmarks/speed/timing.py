"""Timings: several sides in turn in one process, and where they are kept.

``speed.jsonl`` holds every run, ``SPEED.md`` the newest of each benchmark. Seconds hang on the machine and its load, so
the figures to quote are ratios of one run.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.results import commit
from reelgraph.cli.output import print_table

FOLDER = Path(__file__).parents[1]
_HEAD = """# Measured speed

Written by `python -m benchmarks.speed.NAME --data DIR --save`, NAME being the heading (`recbole_curve` comes with
`time_to_quality`; `startup` and `exported_page` take `--bundle` in place of `--data`); every run is in `speed.jsonl`.
All rows of a table come from one run. Seconds depend on the machine and its load: compare within a table only.
"""


def rounds(sides: Mapping[str, Callable[[], object]], count: int) -> dict[str, list[float]]:
    """Seconds of each side, one after the other, so many rounds over, so that a busy moment hits all alike.

    In each round a side runs twice and the second time counts: what the others left in the caches is gone by then.

    Args:
        sides: name -> work.
        count: rounds.
    """
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(count):
        for name, work in sides.items():
            work()
            started = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - started)
    return times


def spread(seconds: Sequence[float], unit: float = 1.0, digits: int = 3) -> dict[str, float]:
    """Median, least and most, in units of ``unit`` seconds."""
    figures = {"median": statistics.median(seconds), "least": min(seconds), "most": max(seconds)}
    return {name: round(value / unit, digits) for name, value in figures.items()}


def text(figure: object) -> str:
    """A cell: a spread as ``median [least, most]``, other numbers to three digits, a dash for nothing."""
    if figure is None:
        return "-"
    if isinstance(figure, Mapping):
        return f"{figure['median']:.4g} [{figure['least']:.4g}, {figure['most']:.4g}]"
    return f"{figure:,.4g}" if isinstance(figure, float) else str(figure)


def report(
    benchmark: str, rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any], *, as_json: bool, save: bool
) -> None:
    """Print the rows, as a table or one JSON object a line, and keep them if asked.

    Args:
        benchmark: name of the module.
        rows: all with the same keys.
        about: what is said of all of them: data, threads, versions.
        as_json: print JSON.
        save: add them to ``speed.jsonl`` and write ``SPEED.md`` anew.
    """
    if as_json:
        for row in rows:
            print(json.dumps({"benchmark": benchmark, **row, **about}), flush=True)
    else:
        cells: list[list[object]] = [[text(value) for value in row.values()] for row in rows]
        print_table(benchmark, list(rows[0]), cells, _about(about))
    if save:
        _save(benchmark, rows, about, FOLDER)


def _save(benchmark: str, rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any], folder: Path) -> None:
    where = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(folder),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    log = folder / "speed.jsonl"
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"benchmark": benchmark, "rows": list(rows), "about": {**about, **where}}) + "\n")
    newest = {run["benchmark"]: run for run in map(json.loads, log.read_text(encoding="utf-8").splitlines())}
    sections = [_section(newest[name]) for name in sorted(newest)]
    (folder / "SPEED.md").write_text(_HEAD + "".join(sections), encoding="utf-8")


def _section(run: Mapping[str, Any]) -> str:
    columns = list(run["rows"][0])
    lines = [f"\n## {run['benchmark']}\n", _line(columns), _line(["---"] * len(columns))]
    lines += [_line([text(row.get(column)) for column in columns]) for row in run["rows"]]
    return "\n".join([*lines, f"\n{_about(run['about'])}.\n"])


def _about(about: Mapping[str, Any]) -> str:
    def words(value: object) -> str:
        if isinstance(value, Mapping):
            return ", ".join(f"{name} {version}" for name, version in value.items())
        return str(value)

    return "; ".join(f"{name.replace('_', ' ')}: {words(value)}" for name, value in about.items())


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
