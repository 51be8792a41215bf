"""Checkpoints: arrays in safetensors, the rest as JSON in its header; written whole or not at all, without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from reelgraph._util.atomic_files import atomic_write
from reelgraph.core import AnyArray
from reelgraph.core.errors import BundleError, TrainingError

FILE_NAME = "checkpoint.safetensors"
_FORMAT = "reelgraph-checkpoint-2"
_OLDER = "reelgraph-checkpoint-1"


def write(folder: Path, arrays: Mapping[str, AnyArray], record: Mapping[str, Any]) -> None:
    """Replace the checkpoint in ``folder`` in one step: a reader sees the old one or the new one, never a half.

    Args:
        folder: created when missing.
        arrays: by name.
        record: JSON-ready; its ``fingerprint`` says which run the checkpoint belongs to.

    Raises:
        TrainingError: the folder cannot be written (disk full, no permission); the old checkpoint stays.
    """
    in_order = {name: np.array(array, order="C") for name, array in arrays.items()}  # safetensors ignores strides
    text = json.dumps(record)
    content = save(in_order, metadata={"format": _FORMAT, "record": text, "sha256": _digest(in_order, text)})
    try:
        atomic_write(folder / FILE_NAME, content)
    except OSError as error:
        raise TrainingError(f"cannot write the checkpoint in {folder}: {error.strerror}") from error


def read(folder: Path, fingerprint: Mapping[str, Any] | None = None) -> tuple[dict[str, AnyArray], Any] | None:
    """The arrays and the record of the checkpoint in ``folder``, or None when there is none.

    Args:
        folder: as given to `write`.
        fingerprint: of the run that resumes; None to read the checkpoint of any run.

    Raises:
        BundleError: the file is cut, damaged, not a checkpoint or of an older version.
        TrainingError: the checkpoint belongs to a run with another fingerprint.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    try:
        with safe_open(str(path), framework="np") as file:
            metadata = file.metadata() or {}
            _require_format(path, metadata.get("format"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if metadata.get("sha256") != _digest(arrays, metadata.get("record", "")):
            raise BundleError(f"{path} is damaged: its SHA-256 does not match", "remove it to start again")
        record = json.loads(metadata["record"])
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise BundleError(f"{path} is damaged: {error}", "remove it to start again") from None
    if fingerprint is not None:
        _require_same_run(folder, record["fingerprint"], fingerprint)
    return arrays, record


def _require_format(path: Path, stored: str | None) -> None:
    if stored == _OLDER:
        raise BundleError(f"{path} was written by an older version of reelgraph", "remove it to start again")
    if stored != _FORMAT:
        raise BundleError(f"{path} is not a reelgraph checkpoint", "remove it to start again")


def _require_same_run(folder: Path, recorded: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    differing = sorted(key for key in {*recorded, *current} if recorded.get(key) != current.get(key))
    if differing:
        key = differing[0]
        raise TrainingError(
            f"the checkpoint in {folder} is of another run: {key} was {recorded.get(key)!r}, now {current.get(key)!r}",
            "give the same settings and data, or another folder",
        )


def _digest(arrays: Mapping[str, AnyArray], record: str) -> str:
    """SHA-256 over names, types, shapes and bytes of the arrays, and the record."""
    digest = hashlib.sha256(record.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
