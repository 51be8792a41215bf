"""How similar items are, by the cosines of their vectors."""

from __future__ import annotations

import numpy as np

from reelgraph.core import FloatArray, HasItemVectors, Scorer
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers.dot_products import dot_products


class ItemSimilarity:
    """Cosines of a model's item vectors, whose lengths are computed once.

    Args:
        scorer: the model.

    Raises:
        CapabilityError: it has no item vectors.
    """

    def __init__(self, scorer: Scorer) -> None:
        if not isinstance(scorer, HasItemVectors):
            raise CapabilityError(f"the model {scorer.kind!r} has no item vectors", "train gcn for this")
        self._vectors: FloatArray = np.ascontiguousarray(scorer.item_vectors(), np.float32)
        self._lengths: FloatArray = np.linalg.norm(self._vectors, axis=1)

    def cosines_to(self, item_row: int) -> FloatArray:
        """Cosine of each item with ``item_row``, ``(n_items,)`` float32, see `cosines`. Cost: O(n_items dim)."""
        product = dot_products(self._vectors[[item_row]].astype(np.float64), self._vectors)
        cosine: FloatArray = product[0] / np.maximum(self._lengths * self._lengths[item_row], 1e-12)
        return cosine

    def unit_vectors(self) -> FloatArray:
        """The vectors divided by their lengths, ``(n_items, dim)`` float32; zeros stay zeros."""
        lengths = self._lengths.astype(np.float64)[:, None]
        unit = np.divide(self._vectors, lengths, out=np.zeros(self._vectors.shape), where=lengths > 0)
        return unit.astype(np.float32)


def cosines(vectors: FloatArray, row: int) -> FloatArray:
    """Cosine of each of the vectors ``(n, dim)`` with the one at ``row``, ``(n,)`` float32; 0 for one of length 0."""
    lengths = np.linalg.norm(vectors, axis=1)
    cosine: FloatArray = vectors @ vectors[row] / np.maximum(lengths * lengths[row], 1e-12)
    return cosine.astype(np.float32)
