"""Item vectors of weights in little room: those of the head from its inverse, those of the tail from their columns."""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix
from reelgraph.scorers.item_filter.compact_weights import CompactWeights


def compact_vectors(
    of_head: FloatArray, diagonal: FloatArray, weights: CompactWeights, head: IntArray, ridge: float
) -> AnyArray:
    r"""``(n_items, dim)`` float16: those of `ItemFilterScorer.item_vectors` on the head, extended to the tail.

    .. math:: v_t = \sum_h W_{ht} v_h / \sqrt{\lambda C_{hh}}

    is the eigenvector at t of the matrix of the head and t, but for a factor near 1: the sum over the items that speak
    for t. Items without a column have zeros.

    Args:
        of_head: those of the head, ``(n_head, dim)`` float32.
        diagonal: of C, ``(n_head,)``.
        weights: made from C.
        head: ``(n_head,)`` item rows, ascending.
        ridge: :math:`\lambda`.

    Source: Bengio et al. 2004, "Out-of-sample extensions for LLE, Isomap, MDS, eigenmaps, and spectral clustering".
    """
    scale = 1.0 / np.sqrt(ridge * diagonal)
    n_items = len(weights.right)
    vectors = np.zeros((n_items, of_head.shape[1]), np.float32)
    vectors[head] = of_head
    has_column = weights.right_scale > 0
    has_column[head] = False
    tail = np.flatnonzero(has_column)
    if len(tail):
        weighed = of_head * scale[:, None]
        left = weights.left * weights.left_scale[:, None]
        right = weights.right[tail] * weights.right_scale[tail, None]
        arrays = weights.data.astype(np.float32), weights.indices.astype(np.int32), weights.indptr
        rest = Matrix(arrays, shape=(n_items, n_items))[head][:, tail]
        vectors[tail] = right @ (left.T @ weighed) + rest.T @ (weights.data_scale[head, None] * weighed)
    return vectors.astype(np.float16)
