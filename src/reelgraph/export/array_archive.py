"""Arrays and texts as one compressed archive that a script can read: names, types and places, and the bytes."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reelgraph.core import AnyArray, FloatArray, IntArray

_ALIGNMENT = 8  # bytes; an array of numbers must begin at a multiple of their size
_TYPES = ("int8", "uint8", "uint16", "int32", "uint32", "float32", "float64")


@dataclass
class ArrayArchive:
    """Arrays and JSON values, one after the other, little-endian.

    Args:
        directory: name -> type, first byte and number of bytes of each section.
        parts: the bytes so far.
    """

    directory: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    _n_bytes: int = 0

    def add(self, name: str, array: AnyArray) -> None:
        """Add an array, in C order; its shape is not kept."""
        kind = array.dtype.name
        assert kind in _TYPES, kind
        self._append(name, kind, np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())

    def add_json(self, name: str, value: Any) -> None:
        """Add a value as JSON."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        self._append(name, "json", text.encode())

    def add_indices(self, name: str, indptr: IntArray, indices: IntArray) -> None:
        """Add the columns of a sparse matrix, ascending in each row, as differences in two arrays of their bytes."""
        columns = indices.astype(np.int64)
        steps = np.diff(columns, prepend=0)
        starts = indptr[:-1][np.diff(indptr) > 0]
        steps[starts] = columns[starts]
        n_bytes = 2 if columns.max(initial=0) < 2**16 else 4
        for place in range(n_bytes):
            self.add(f"{name}.byte{place}", ((steps >> (8 * place)) & 255).astype(np.uint8))
        self.add(f"{name}.counts", np.diff(indptr).astype(np.uint32))

    def packed(self) -> str:
        """All bytes, deflated without a header, in base64."""
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = b"".join([*(deflate.compress(part) for part in self.parts), deflate.flush()])
        return base64.b64encode(packed).decode("ascii")

    def _append(self, name: str, kind: str, content: bytes) -> None:
        assert name not in self.directory, name
        self.directory[name] = (kind, self._n_bytes, len(content))
        padding = -len(content) % _ALIGNMENT
        self.parts += [content, bytes(padding)]
        self._n_bytes += len(content) + padding


def add_float_columns(archive: ArrayArchive, name: str, values: FloatArray) -> None:
    """Add numbers as 32-bit floats, their bytes apart: the first bytes of like numbers are alike, and compress."""
    raw = np.ascontiguousarray(values, "<f4").view(np.uint8).reshape(-1, 4)
    archive.add(f"{name}.f32", np.ascontiguousarray(raw.T).ravel())
