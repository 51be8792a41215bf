"""Keeping figures: ``results.jsonl`` holds every run, ``RESULTS.md`` the newest of each protocol, data and model."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_HEAD = """# Measured results

Written by `python -m benchmarks PROTOCOL --models ... --data DIR --save`; every run is in `results.jsonl`.
Figures are means with 95 % intervals (bootstrap over users; means over the seeds). Full ranking, never sampled
negatives; equal scores count by their expected value over all orders; settings were fixed before the test part was
read. Seconds depend on the machine and its load: compare within a table only. "First - this": the first model of the
same run less this one, paired on the same people, with its 95 % interval; a star where it does not hold 0.
"""
_WHERE = ("date", "commit", "machine")
_PAIRED = ("ndcg@10", "rmse")


def figure(value: Mapping[str, float] | None) -> str:
    """A figure with its interval, or a dash."""
    return "-" if value is None else f"{value['mean']:.4f} [{value['low']:.4f}, {value['high']:.4f}]"


def save(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Append the rows to ``results.jsonl`` and write ``RESULTS.md`` anew from all of them.

    A row that is the newest one there already, because nothing of it was fitted or measured anew, is not added again.

    Args:
        rows: of one run of the command.
        folder: where both files are.
    """
    where = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(folder),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    log = folder / "results.jsonl"
    newest = _newest(log) if log.exists() else {}
    new = [json.dumps({**row, **where}) + "\n" for row in rows if not _is_saved(row, newest)]
    with log.open("a", encoding="utf-8") as file:
        file.writelines(new)
    newest = _newest(log)
    text = _HEAD + "".join(_section(key[0], list(models.values())) for key, models in sorted(newest.items()))
    (folder / "RESULTS.md").write_text(text, encoding="utf-8")


_Newest = dict[tuple[str, str], dict[str, dict[str, Any]]]


def _newest(log: Path) -> _Newest:
    """The newest row of each protocol and data set, by model."""
    newest: _Newest = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        newest.setdefault((row["protocol"], row["data_sha256"]), {})[row["model"]] = row
    return newest


def _is_saved(row: Mapping[str, Any], newest: _Newest) -> bool:
    saved = newest.get((row["protocol"], row["data_sha256"]), {}).get(row["model"], {})
    return {**json.loads(json.dumps(row)), **{name: saved.get(name) for name in _WHERE}} == saved


def _section(protocol: str, rows: Sequence[Mapping[str, Any]]) -> str:
    metrics = list(dict.fromkeys(metric for row in rows for metric in row["metrics"]))
    paired = [metric for metric in _PAIRED if any(metric in row.get("first_minus_this", ()) for row in rows)]
    differences = [f"{metric}: first - this" for metric in paired]
    columns = ["model", *metrics, *differences, "fit s", "peak MiB", "fitted on", "seeds", "date", "commit"]
    name = next((row["data"] for row in rows if "data" in row), None)
    lines = [f"\n## {protocol}{f', {name}' if name else ''}\n", _line(columns), _line(["---"] * len(columns))]
    for row in rows:
        figures = [figure(row["metrics"].get(metric)) for metric in metrics]
        figures += [_difference(row.get("first_minus_this", {}), metric) for metric in paired]
        spent = [f"{row['fit_seconds']:.1f}", f"{row['peak_mib']:,.0f}"]
        end = [*spent, row.get("fitted_on", "train"), str(row["seeds"]), row["date"], row["commit"]]
        lines.append(_line([row["model"], *figures, *end]))
    versions = {name: version for row in rows for name, version in row["versions"].items()}
    installed = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines.append(f"\nData sha256 {rows[-1]['data_sha256'][:16]}; {rows[-1]['machine']}; {installed}.\n")
    return "\n".join(lines)


def _difference(found: Mapping[str, Any], metric: str) -> str:
    return f"{found['first']}: {figure(found[metric])}{star(found[metric])}" if metric in found else "-"


def star(value: Mapping[str, float] | None) -> str:
    """Marks an interval without 0."""
    return " *" if value is not None and not value["low"] <= 0.0 <= value["high"] else ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def commit(folder: Path) -> str:
    """The commit that ``folder`` is at, short; ``unknown`` outside a repository."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=folder, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
