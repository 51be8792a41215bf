"""Records of finished steps, one file each, so that an interrupted run goes on with the next one."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelgraph._util.atomic_files import atomic_write

_KEYS = {"ratings", "step", "seconds", "cpu_seconds", "peak_gib", "value"}


def record_file(folder: Path, step: str) -> Path:
    """Where the record of a step is."""
    return folder / f"{step}.json"


def keep(folder: Path, row: Mapping[str, Any]) -> None:
    """Keep the record of a finished step."""
    atomic_write(record_file(folder, row["step"]), (json.dumps(dict(row)) + "\n").encode())


def kept(folder: Path, step: str) -> dict[str, Any] | None:
    """The record of a finished step; None where there is none, or none that can be read."""
    file = record_file(folder, step)
    if not file.exists():
        return None
    try:
        row = json.loads(file.read_bytes().decode())
    except (OSError, ValueError, RecursionError):
        row = None
    if isinstance(row, dict) and set(row) >= _KEYS and row["step"] == step:
        return row
    print(f"{file} cannot be read: the step is run again", file=sys.stderr)
    return None
