"""Checkpoints: tensors in safetensors, the rest in JSON inside its header; written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from reelgraph._util.atomic_files import atomic_write
from reelgraph.core.errors import BundleError, TrainingError

FILE_NAME = "checkpoint.safetensors"
_FORMAT = "reelgraph-checkpoint-1"


def write(folder: Path, tensors: Mapping[str, torch.Tensor], record: Mapping[str, Any]) -> None:
    """Replace the checkpoint in ``folder`` in one step: a reader sees the old one or the new one, never a half.

    Args:
        folder: made when missing.
        tensors: by name.
        record: JSON-ready.

    Raises:
        TrainingError: the folder cannot be written (disk full, no permission); the old checkpoint stays.
    """
    kept = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
    text = json.dumps(record)
    content = save(kept, metadata={"format": _FORMAT, "record": text, "sha256": _digest(kept, text)})
    try:
        atomic_write(folder / FILE_NAME, content)
    except OSError as error:
        raise TrainingError(f"cannot write the checkpoint in {folder}: {error.strerror}") from error


def read(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """The tensors and the record of the checkpoint in ``folder``, or None when there is none.

    Raises:
        BundleError: the file is cut, damaged or not a checkpoint.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise BundleError(f"{path} is not a reelgraph checkpoint", "remove it to start again")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if metadata.get("sha256") != _digest(tensors, metadata.get("record", "")):
            raise BundleError(f"{path} is damaged: its SHA-256 does not match", "remove it to start again")
        return tensors, json.loads(metadata["record"])
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise BundleError(f"{path} is damaged: {error}", "remove it to start again") from None


def _digest(tensors: Mapping[str, torch.Tensor], record: str) -> str:
    """SHA-256 over names, types, shapes and bytes of the tensors, and the record."""
    digest = hashlib.sha256(record.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return digest.hexdigest()
