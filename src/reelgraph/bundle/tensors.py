"""Arrays as safetensors files: written from memory, read whole, or mapped and read where they are touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from reelgraph.core import AnyArray

_HEADER_LENGTH = 8  # bytes that hold the length of the header
_TYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16}


def tensor_bytes(arrays: Mapping[str, AnyArray]) -> bytes:
    """Arrays as a safetensors file, which needs them in C order."""
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def mapped_tensors(path: Path) -> dict[str, AnyArray]:
    """The arrays of a safetensors file of floating-point numbers, read-only, without reading them.

    Raises:
        SafetensorError: it is not such a file.
        OSError: it cannot be read.
        KeyError: it holds other types.
    """
    with safe_open(path, framework="numpy"):  # checks that the header describes the whole file
        pass
    with path.open("rb") as file:
        n_header = int.from_bytes(file.read(_HEADER_LENGTH), "little")
        entries = json.loads(file.read(n_header))
    arrays: dict[str, AnyArray] = {}
    for name, entry in entries.items():
        if name == "__metadata__":
            continue
        shape, dtype = tuple(entry["shape"]), _TYPES[entry["dtype"]]
        start = _HEADER_LENGTH + n_header + entry["data_offsets"][0]
        arrays[name] = (
            np.memmap(path, dtype, mode="r", offset=start, shape=shape) if np.prod(shape) else np.empty(shape, dtype)
        )
    return arrays
