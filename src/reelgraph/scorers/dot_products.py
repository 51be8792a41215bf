"""Scores of people's vectors with items' vectors, the same for one person alone and among many."""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, FloatArray
from reelgraph.scorers import weight_matrix_kernels as kernels

_FEW = 8  # people, below which reading the items once as they are is the quickest
_ROWS = 1024  # items in float64 at once


def dot_products(people: FloatArray, items: AnyArray) -> FloatArray:
    """``people @ items.T``, summed in float64, rounded once: a user's scores do not depend on the rest of the batch.

    Args:
        people: ``(batch, k)`` float64.
        items: ``(n_items, k)`` float32 or int8, C order.

    Returns:
        ``(batch, n_items)`` float32.

    Cost: O(batch * n_items * k).
    """
    scores = np.empty((len(people), len(items)), np.float32)
    if len(people) < _FEW:
        kernels.dot_products(people, items, scores)
        return scores
    for start in range(0, len(items), _ROWS):
        scores[:, start : start + _ROWS] = people @ items[start : start + _ROWS].astype(np.float64).T
    return scores
