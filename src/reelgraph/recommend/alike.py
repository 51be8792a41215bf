"""How alike movies are by their vectors."""

from __future__ import annotations

import numpy as np

from reelgraph.errors import CapabilityError
from reelgraph.types import FloatArray, HasItemVectors, Scorer


class Alike:
    """Cosines of a model's item vectors, whose lengths are measured once.

    Args:
        scorer: the model.

    Raises:
        CapabilityError: it has no item vectors.
    """

    def __init__(self, scorer: Scorer) -> None:
        if not isinstance(scorer, HasItemVectors):
            raise CapabilityError(f"the model {scorer.kind!r} has no item vectors", "train gcn for this")
        self._vectors = scorer.item_vectors()
        self._length: FloatArray = np.linalg.norm(self._vectors, axis=1)

    def to(self, row: int) -> FloatArray:
        """See `cosines`. Cost: O(n dim)."""
        return _cosines(self._vectors, self._length, row)


def cosines(vectors: FloatArray, row: int) -> FloatArray:
    """Cosine of each of the vectors ``(n, dim)`` with the one at ``row``, ``(n,)`` float32; 0 for one of length 0."""
    return _cosines(vectors, np.linalg.norm(vectors, axis=1), row)


def _cosines(vectors: FloatArray, length: FloatArray, row: int) -> FloatArray:
    cosine: FloatArray = vectors @ vectors[row] / np.maximum(length * length[row], 1e-12)
    return cosine.astype(np.float32)
