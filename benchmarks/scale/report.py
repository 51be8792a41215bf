"""SCALE.md, its rows and its picture."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.results import commit
from benchmarks.scale import laws, sizes
from benchmarks.scale.steps import STEPS
from reelgraph.plots import theme as look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOLDER = Path(__file__).parents[1]
PICTURE = FOLDER.parent / "docs" / "pictures" / "scale.png"
_HEAD = """# Cost by number of ratings

Written by `python -m benchmarks.scale --ratings 1e5,1e6,1e7,3.2e7 --save` on data that are **generated** in the shape
of MovieLens-32M (`reelgraph data generate`); every run is in `scale.jsonl`. Each step has a process of its own: CPU
seconds of all its threads, and its largest memory, what it begins from included. `value` says what it is. Exponents are
slopes of log CPU seconds in log ratings, by least squares over all sizes and between the two largest. Judge by the
latter: the small sizes are mostly what every process costs, and the first one of a checkout compiles the loops.

![CPU seconds and memory of each step by number of ratings](../docs/pictures/scale.png)
"""

_MOST_SHOWN = 1e9  # ratings: more is too far from what was measured

Rows = Sequence[Mapping[str, Any]]


def where() -> dict[str, Any]:
    """Date, commit and machine of this run."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
    return {"date": datetime.now(UTC).date().isoformat(), "commit": commit(FOLDER), "machine": machine}


def save(rows: Rows, folder: Path = FOLDER, picture: Path = PICTURE) -> None:
    """Append the new rows to ``scale.jsonl``; write ``SCALE.md`` and the picture from the newest rows."""
    log = folder / "scale.jsonl"
    known = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    lines = [json.dumps(dict(row)) for row in rows]
    with log.open("a", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines if line not in known)
    newest = newest_rows([*known, *lines])
    (folder / "SCALE.md").write_text(text(newest), encoding="utf-8")
    picture.parent.mkdir(parents=True, exist_ok=True)
    drawn(newest).savefig(picture)


def newest_rows(lines: Sequence[str]) -> list[dict[str, Any]]:
    """The last row of each step and size, in the order of the steps and of the sizes."""
    newest: dict[tuple[str, int], dict[str, Any]] = {}
    for row in map(json.loads, lines):
        newest[row["step"], row["ratings"]] = row
    order = list(STEPS)
    return sorted(newest.values(), key=lambda row: (order.index(row["step"]), row["ratings"]))


def by_step(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of each step that is run at every size."""
    every = [name for name, step in STEPS.items() if math.isinf(step.most)]
    return {step: found for step in every if (found := [row for row in rows if row["step"] == step])}


def text(rows: Rows) -> str:
    """The page."""
    lines = [_HEAD, *_cost_table(rows), "\n## Exponents\n", *_exponent_table(rows)]
    lines += ["\n## What fits\n", _FITS, *_memory_table(rows)]
    newest = max(rows, key=lambda row: row["date"])
    hashes = {sizes.name(row["ratings"]): row["data_sha256"][:16] for row in rows}
    versions = ", ".join(f"{name} {version}" for name, version in newest["versions"].items())
    lines.append(f"\n{newest['machine']}; {versions}; seed {newest['seed']}.")
    lines.append(f"Data sha256: {', '.join(f'{name} {digest}' for name, digest in hashes.items())}.\n")
    return "\n".join(lines)


_FITS = """Ratings of this shape whose step stays within nine tenths of a memory, from the line through the two largest
sizes measured; "any" where more ratings took no more memory.
"""


def _cost_table(rows: Rows) -> list[str]:
    lines = _head("step", "ratings", "seconds", "CPU s", "GiB", "value", "date", "commit")
    for row in rows:
        value = value_text(row)
        figures = [f"{row[key]:,.4g}" for key in ("seconds", "cpu_seconds", "peak_gib")]
        lines.append(_line(row["step"], sizes.name(row["ratings"]), *figures, value, row["date"], row["commit"]))
    return lines


def value_text(row: Mapping[str, Any]) -> str:
    """The value of a row and what it is, in at most 30 characters."""
    value = row["value"]
    if value is None:
        return ""
    return f"{value:,.0f} {STEPS[row['step']].value}" if value >= 1_000 else f"{value:.4g} {STEPS[row['step']].value}"


def _exponent_table(rows: Rows) -> list[str]:
    lines = _head("step", "CPU s", "CPU s, two largest", "GiB, two largest")
    for step, found in by_step(rows).items():
        slopes = [laws.exponent(found), laws.last_exponent(found), laws.last_exponent(found, "peak_gib")]
        if slopes[0] is not None:
            lines.append(_line(step, *("-" if slope is None else f"{slope:.2f}" for slope in slopes)))
    return lines


def _memory_table(rows: Rows) -> list[str]:
    lines = _head("step", *(f"{gib} GiB" for gib in laws.MEMORIES))
    for step, found in by_step(rows).items():
        fitting = [laws.ratings_that_fit(found, gib) for gib in laws.MEMORIES]
        if fitting[0] is not None:
            lines.append(_line(step, *(_count(count) for count in fitting)))
    return lines


def _count(count: float | None) -> str:
    if count is None or math.isinf(count):
        return "any" if count else "-"
    if count > _MOST_SHOWN:
        return f"over {_MOST_SHOWN / 1e6:,.0f} M"
    return f"{count / 1e6:,.0f} M" if count >= 1e6 else "none" if count < 1_000 else f"{count / 1e6:.1f} M"


def _head(*columns: str) -> list[str]:
    return [_line(*columns), _line(*["---"] * len(columns))]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def drawn(rows: Rows) -> Figure:
    """CPU seconds and memory of each step by number of ratings."""
    figure, panels = look.new_figure(2, (11.5, 5.6), "light")
    for axes, key, title in zip(panels, ("cpu_seconds", "peak_gib"), ("CPU seconds", "Memory, GiB"), strict=True):
        _curves(axes, by_step(rows), key)
        look.set_title(axes, title, "light")
        _plain_ticks(axes)
        look.set_labels(axes, "ratings, generated in the shape of MovieLens-32M", "")
    return figure


def _plain_ticks(axes: Axes) -> None:
    """Numbers such as 0.5, 1, 2 upwards, also where the figures span less than a power of ten."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _curves(axes: Axes, steps: Mapping[str, Rows], key: str) -> None:
    """One line a step with its name at the end, the names apart from each other."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    theme = look.THEMES["light"]
    ends = []
    for place, (step, rows) in enumerate(steps.items()):
        colour = theme.colours[place % len(theme.colours)]
        style = "-" if place < len(theme.colours) else "--"
        ratings, figures = [row["ratings"] for row in rows], [max(row[key], 0.01) for row in rows]
        axes.plot(ratings, figures, style, color=colour, marker="o", markersize=4, linewidth=1.6)
        ends.append((figures[-1], ratings[-1], step, colour))
    right = max(end[1] for end in ends)
    low, high = axes.get_ylim()
    apart, height = math.log(high / low) / 26, -math.inf
    for figure, _, step, colour in sorted(ends):
        height = max(math.log(figure), height + apart)
        axes.annotate(step, (right * 1.35, math.exp(height)), color=colour, fontsize=8.5, va="center",
                      annotation_clip=False)  # fmt: skip
    axes.set_xlim(right=right * 18)
    axes.set_ylim(top=max(high, math.exp(height + apart)))
