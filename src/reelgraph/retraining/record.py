"""A line for every retraining and roll-back, in a file beside the bundle; it names nobody."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelgraph._util.json_values import finite


def record_path(bundle: Path) -> Path:
    """The file of records of the bundle at a path: ``NAME-retrain.jsonl`` beside it."""
    bundle = bundle.resolve()
    return bundle.parent / f"{bundle.name}-retrain.jsonl"


def append_record(bundle: Path, outcome: str, details: Mapping[str, Any]) -> Path:
    """Append one line of JSON: the time, the outcome and its details.

    Args:
        bundle: path of the bundle.
        outcome: what became of the new bundle.
        details: JSON-serialisable.

    Returns:
        The file.

    Raises:
        OSError: it cannot be written.
    """
    record = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "outcome": outcome, **finite(dict(details))}
    path = record_path(bundle)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path
