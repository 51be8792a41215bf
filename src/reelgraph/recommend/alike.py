"""How alike movies are by their vectors."""

from __future__ import annotations

import numpy as np

from reelgraph.types import FloatArray


def cosines(vectors: FloatArray, row: int) -> FloatArray:
    """Cosine of each of the vectors ``(n, dim)`` with the one at ``row``, ``(n,)`` float32; 0 for one of length 0."""
    length = np.linalg.norm(vectors, axis=1)
    cosine: FloatArray = vectors @ vectors[row] / np.maximum(length * length[row], 1e-12)
    return cosine.astype(np.float32)
