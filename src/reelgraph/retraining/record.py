"""A line for every retraining and roll-back, in a file beside the bundle; it names nobody."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelgraph._util.json_values import finite
from reelgraph.core.errors import BundleError


def record_path(bundle: Path) -> Path:
    """The file of records of the bundle at a path: ``NAME-retrain.jsonl`` beside it."""
    bundle = bundle.resolve()
    return bundle.parent / f"{bundle.name}-retrain.jsonl"


def append_record(bundle: Path, outcome: str, details: Mapping[str, Any]) -> Path:
    """Append one line of JSON, all of it or nothing: the time, the outcome and its details.

    Args:
        bundle: path of the bundle.
        outcome: what became of the new bundle.
        details: JSON-serialisable.

    Returns:
        The file.

    Raises:
        BundleError: it cannot be written; the message has the outcome, which stands.
    """
    record = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "outcome": outcome, **finite(dict(details))}
    path = record_path(bundle)
    try:
        _append(path, (json.dumps(record, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise BundleError(
            f"{path}: the record cannot be written: {error.strerror}", f"the outcome, of {bundle}, was: {outcome}"
        ) from error
    return path


def _append(path: Path, line: bytes) -> None:
    """Append to a file; what was written of the line before an error is taken back."""
    with path.open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[file.write(line) :]
            os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(size)
            raise
