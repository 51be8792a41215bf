"""What several workers gain and cost on this machine: trials, lists for everybody and lightgcn, threads beside Ray.

``python -m benchmarks.speed.engines --data DIR [--bundle BUNDLE] [--save]`` gives each command of the shell in turn, as
a user would, so that the start of Python and of Ray counts. Seconds are wall time of the whole command; CPU seconds and
memory are those of all processes that the command starts, looked at five times a second. Memory is
proportional (PSS): what processes share counts once. ``as above`` compares the result with that of the row above:
figures of a network and lists are equal; a search with two trials at once is another one, equal on threads and on Ray.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import psutil
import typer

from benchmarks.speed import timing
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import err
from reelgraph.core.errors import ConfigError

_EVERY = 0.2  # seconds between looks at the processes
_GIB = 2**30
_WORKS = ("train", "tune", "lists")
_NETWORK = ("--model", "lightgcn", "--seed", "0", "--set")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Usage:
    """What the processes of a command have used so far.

    Args:
        cpu_seconds: by process id; the last that was seen.
        peak_gib: of all processes together.
    """

    cpu_seconds: dict[int, float] = field(default_factory=dict)
    peak_gib: float = 0.0

    def look(self, root: psutil.Process) -> None:
        """Look at a process and all that it has started."""
        resident = 0
        for process in [root, *root.children(recursive=True)]:
            try:
                times = process.cpu_times()
                self.cpu_seconds[process.pid] = times.user + times.system
                memory = process.memory_full_info()
                resident += getattr(memory, "pss", memory.rss)  # only Linux knows what is shared
            except (psutil.Error, OSError):
                continue
        self.peak_gib = max(self.peak_gib, resident / _GIB)


@dataclass(frozen=True)
class Plan:
    """What is timed.

    Args:
        data: a data set.
        bundle: whose users get lists.
        workers: threads or processes at once.
        trials: of lightgcn, with two epochs each.
        epochs: of the training of lightgcn.
        folder: for what the commands write.
    """

    data: Path
    bundle: Path
    workers: int
    trials: int
    epochs: int
    folder: Path

    def sides(self, work: str) -> Iterator[tuple[str, list[object], Callable[[Any], Any]]]:
        """The engines of a work: name, command, and the result from the JSON that the command prints."""
        command, result = {"train": self._train, "tune": self._tune, "lists": self._lists}[work]()
        yield "one process", [*command, *([] if work == "train" else ["--workers", 1])], result
        for engine in ("ray",) if work == "train" else ("threads", "ray"):
            yield engine, [*command, "--workers", self.workers, "--engine", engine], result

    def _train(self) -> tuple[list[object], Callable[[Any], Any]]:
        return ["train", self.data, *_NETWORK, f"epochs={self.epochs}", "--out", self.folder / "bundle"], report_of

    def _tune(self) -> tuple[list[object], Callable[[Any], Any]]:
        best = self.folder / "best.toml"
        command = ["tune", self.data, *_NETWORK, "epochs=2", "--trials", self.trials, "--out", best]
        return command, lambda _: tomllib.loads(best.read_text())

    def _lists(self) -> tuple[list[object], Callable[[Any], Any]]:
        lists = self.folder / "lists.parquet"
        return ["recommend", self.bundle, "--all", "--out", lists], lambda _: pl.read_parquet(lists)


@app.command()
def engines(
    data: Annotated[Path, typer.Option(help="A data set.")] = Path("data/ml-1m"),
    bundle: Annotated[Path, typer.Option(help="Whose users get lists.")] = Path("out/ml-1m"),
    work: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(_WORKS)}; repeatable; all if none.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Threads or processes at once.")] = 2,
    trials: Annotated[int, typer.Option(min=1, help="Of lightgcn, with two epochs each.")] = 6,
    epochs: Annotated[int, typer.Option(min=1, help="Of the training of lightgcn.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a side on stdout, nothing else.")] = False,
    save: Annotated[bool, typer.Option(help="Add the figures to benchmarks/SPEED.md and speed.jsonl.")] = False,
) -> None:
    """Time the three verbs."""
    unknown = set(work or ()) - set(_WORKS)
    if unknown:
        raise ConfigError.unknown(unknown.pop(), _WORKS, "work")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="reelgraph-engines-") as folder:
        plan = Plan(data, bundle, workers, trials, epochs, Path(folder))
        for name in work or _WORKS:
            before: Any = None
            for engine, command, result in plan.sides(name):
                err.print(f"{name}, {engine}")
                row, printed = measured([*map(str, command), "--json"])
                value = result(printed)
                verdict = None if before is None else "yes" if same(before, value) else "no"
                rows.append({"work": name, "engine": engine, **row, "as above": verdict})
                before = value
    about = {
        "data": f"{data.name}; {epochs} epochs of training; {trials} trials of 2 epochs; lists of {bundle.name}",
        "measured": f"{workers} workers; whole commands, one run each",
        "versions": {**installed_versions(), "ray": version("ray")},
    }
    timing.report("engines", rows, about, as_json=as_json, save=save)


def measured(words: Sequence[str]) -> tuple[dict[str, Any], Any]:
    """Run a command of the shell and look at what it uses; also gives the JSON that it prints.

    Raises:
        ConfigError: it failed.
    """
    usage, started = Usage(), time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "reelgraph", *words], stdout=subprocess.PIPE, text=True) as process:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            usage.look(root)
            time.sleep(_EVERY)
        assert process.stdout is not None
        printed = process.stdout.read()  # less than the pipe holds
    if process.returncode:
        raise ConfigError(" ".join(words), f"ended with {process.returncode}")
    row = {
        "seconds": round(time.perf_counter() - started, 1),
        "CPU s": round(sum(usage.cpu_seconds.values()), 1),
        "peak GiB": round(usage.peak_gib, 2),
    }
    return row, json.loads(printed)


def report_of(printed: Any) -> dict[str, float]:
    """The test figures among what `reelgraph train` prints."""
    return {name: float(figure["mean"]) for name, figure in printed["metrics"].items()}


def same(first: Any, other: Any) -> bool:
    """Whether two results are equal: lists and settings exactly, figures of a network within 0.001."""
    if isinstance(first, pl.DataFrame):
        return first.drop("score").equals(other.drop("score"))
    if all(isinstance(value, float) for value in first.values()):
        return all(abs(first[name] - other[name]) < 1e-3 for name in first)
    return bool(first == other)


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.speed.engines"))
