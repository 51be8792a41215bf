"""What every step of the walk costs as the ratings grow: seconds, CPU seconds, memory, and its exponent.

``python -m benchmarks.scale --ratings 1e5,1e6,1e7,3.2e7 --work DIR --save`` generates data of each size in the shape of
MovieLens-32M, once, and runs each step in a process of its own. Finished steps are kept in the folder: the command goes
on where it stopped, and each size and each step can be run alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.scale import laws, report, sizes
from benchmarks.scale.finished_steps import keep, kept, record_file
from benchmarks.scale.prepared import SEED
from benchmarks.scale.step_process import measured
from benchmarks.scale.steps import STEPS
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import err, print_table
from reelgraph.core.errors import ConfigError, ReelgraphError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def scale(
    ratings: Annotated[str, typer.Option(help="Sizes, such as 1e5,1e6.")] = "1e5,1e6,1e7,3.2e7",
    steps: Annotated[str | None, typer.Option(help=f"Some of {', '.join(STEPS)}; all by default.")] = None,
    work: Annotated[Path, typer.Option(help="Keeps the data and the finished steps.")] = Path("out/scale"),
    again: Annotated[bool, typer.Option(help="Run the steps although they are finished.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a step on stdout, nothing else.")] = False,
    save: Annotated[bool, typer.Option(help="Write benchmarks/SCALE.md, scale.jsonl and the picture.")] = False,
) -> None:
    """Measure the steps."""
    counts, names = sizes.parsed(ratings), sizes.chosen(steps, list(STEPS))
    rows: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for row in run_steps(counts, names, work, again=again):
        (failed if "error" in row else rows).append(row)
        if as_json:
            print(json.dumps(row), flush=True)
    if not as_json:
        _print(rows)
    if save and rows:
        report.save(rows)
    if failed:
        raise ReelgraphError(
            "not done: " + "; ".join(f"{row['step']} of {sizes.name(row['ratings'])}: {row['error']}" for row in failed)
        )


def run_steps(counts: list[int], names: list[str], work: Path, *, again: bool = False) -> Iterator[dict[str, Any]]:
    """Run the steps that are not finished; the row of each, kept or new, as it comes."""
    for count in counts:
        folder = work / sizes.name(count)
        folder.mkdir(parents=True, exist_ok=True)
        _require_generated(folder, names)
        for name in names:
            if count > STEPS[name].most:
                continue
            row = kept(folder, name)
            if name == "generate" and row is None and (folder / "data").exists():
                continue  # made by `reelgraph data generate`: there is nothing to measure
            if row is None or (again and name != "generate"):
                err.print(f"{sizes.name(count)} {name} ...")
                row = _row(count, name, folder)
                if "error" not in row:
                    keep(folder, row)
                else:
                    record_file(folder, name).unlink(missing_ok=True)
            yield row


def _require_generated(folder: Path, names: list[str]) -> None:
    data = folder / "data"
    if not data.exists() and "generate" not in names:
        raise ConfigError("--steps", f"{data} is not there: run the step generate first")


def _row(count: int, name: str, folder: Path) -> dict[str, Any]:
    found = measured(name, count, folder.absolute())
    row = {"ratings": count, "step": name, **found}
    if "error" in row:
        return row
    about = {"data": "generated like ml-32m", "data_sha256": _data_hash(folder), "seed": SEED}
    return {**row, **about, **report.where(), "versions": installed_versions()}


def _data_hash(folder: Path) -> str:
    """SHA-256 of the ratings file."""
    with (folder / "data" / "ratings.csv").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _print(rows: list[dict[str, Any]]) -> None:
    width = shutil.get_terminal_size().columns
    table = [
        [row["step"], sizes.name(row["ratings"]), *(f"{row[key]:,.4g}" for key in ("seconds", "cpu_seconds")),
         f"{row['peak_gib']:.2f}", report.value_text(row)]
        for row in rows
    ]  # fmt: skip
    print_table(f"Cost by number of ratings{'' if width < 60 else ', generated data'}",
                ["step", "ratings", "s", "CPU s", "GiB", "value"], table)  # fmt: skip
    slopes = [(step, laws.exponent(found), laws.last_exponent(found)) for step, found in report.by_step(rows).items()]
    shown = [[step, f"{slope:.2f}", f"{last:.2f}"] for step, slope, last in slopes if slope is not None and last]
    if shown:
        print_table("Exponents of the CPU seconds", ["step", "all sizes", "two largest"], shown)


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale"))
