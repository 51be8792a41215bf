"""CPU seconds that a process takes to import reelgraph, to show the help, and to recommend once everything is warm.

``python -m benchmarks.speed.startup --bundle out/ml-100k`` runs each command in its own process, in turn with those
of another checkout (``--other PATH``), so that a busy moment hits both. A first round, which is not counted, writes the
byte code and the compiled loops. The floor is what typer and rich, which draw the help, take by themselves.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.results import commit
from benchmarks.speed import timing
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_OURS = Path(__file__).parents[2]
_FLOOR = "import typer, rich.console, rich.table, rich.progress"


@app.command()
def startup(
    bundle: Annotated[Path | None, typer.Option(help="A bundle to recommend from.")] = None,
    user: Annotated[str, typer.Option(help="Id of a user of the bundle.")] = "1",
    other: Annotated[Path | None, typer.Option(help="Another checkout, to time beside this one.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each command runs.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a command on stdout, nothing else.")] = False,
    save: Annotated[bool, typer.Option(help="Add the figures to benchmarks/SPEED.md and speed.jsonl.")] = False,
) -> None:
    """Time the start of a process: the import, the help, and one list for a known user."""
    commands = {"floor: typer and rich": ["-c", _FLOOR], "import reelgraph": ["-c", "import reelgraph"]}
    commands["reelgraph --help"] = ["-m", "reelgraph", "--help"]
    if bundle is not None:
        commands["reelgraph recommend"] = ["-m", "reelgraph", "recommend", str(bundle.absolute()), "--user", user]
    checkouts = {"CPU s": _OURS} if other is None else {"CPU s, other": other, "CPU s": _OURS}
    seconds: dict[tuple[str, str], list[float]] = {(command, side): [] for command in commands for side in checkouts}
    for number in range(rounds + 1):
        for command, side in seconds:
            taken = cpu_seconds(commands[command], checkouts[side] / "src")
            if number:
                seconds[command, side].append(taken)
    rows = [
        {"command": command, **{side: timing.spread(seconds[command, side]) for side in checkouts}}
        for command in commands
    ]
    about = {
        "measured": f"user and system time of the process, {rounds} rounds in turn, median [least, most]; one thread",
        **({} if other is None else {"other": f"commit {commit(other)}"}),
        "versions": installed_versions(),
    }
    timing.report("startup", rows, about, as_json=as_json, save=save)


def cpu_seconds(arguments: Sequence[str], source: Path) -> float:
    """User and system time of a Python process with ``arguments`` that imports from ``source``.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    before = os.times()
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=source.parent, env=_environment(source))
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def _environment(source: Path) -> Mapping[str, str]:
    """That of this process, with one thread and with byte code written and read as usual."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**usual, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"}


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.speed.startup"))
