"""The rated movies nearest to given ones, by features and by what the features say of their vectors."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from reelgraph.core import FloatArray, IntArray, Matrix
from reelgraph.models.content_based import largest_of_rows

_BLOCK_BYTES = 64 * 2**20  # of the likenesses that are computed at once


def nearest_rated(
    units: Matrix,
    rated: IntArray,
    rows: IntArray,
    neighbours: int,
    alignment: float = 0.0,
    directions: FloatArray | None = None,
    rated_directions: FloatArray | None = None,
    *,
    power: float = 3.0,
) -> Matrix:
    """Powers of the likeness to the nearest rated movies, divided by their sum; a movie itself is left out.

    The likeness is the cosine of the features, and, with a weight of ``alignment``, the cosine of the directions where
    that is above 0.

    Args:
        units: ``(n_items, n)`` CSR, features in rows of length 1.
        rated: ``(m,)`` item rows, ascending.
        rows: ``(b,)`` item rows of the movies whose neighbours are wanted.
        neighbours: number for each, at most; ties at the edge go by item row.
        alignment: weight of the directions, 0 to 1.
        directions: ``(b, dim)`` of length 1, of ``rows``; read where ``alignment`` is above 0.
        rated_directions: ``(m, dim)`` the same, of ``rated``.
        power: of the likeness, so that the nearest count most.

    Returns:
        ``(b, n_items)`` CSR float64; rows add up to 1, or are empty where no rated movie is alike.

    Cost: O(b * m * (features a movie + dim)) time, in blocks of 64 MiB.
    """
    candidates = Matrix(units[rated].T)
    step = max(_BLOCK_BYTES // (8 * max(len(rated), 1)), 1)
    blocks = [sparse.csr_array((0, units.shape[0]))]
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        likeness = (units[block] @ candidates).toarray()
        if alignment and directions is not None and rated_directions is not None:
            aligned = np.maximum(directions[start : start + step] @ rated_directions.T, 0.0)
            likeness = (1.0 - alignment) * likeness + alignment * aligned
        position = np.minimum(np.searchsorted(rated, block), len(rated) - 1)
        itself = np.flatnonzero(rated[position] == block)
        likeness[itself, position[itself]] = 0.0
        row, column = np.nonzero(largest_of_rows(likeness, neighbours))
        powers = likeness[row, column] ** power
        total = np.bincount(row, powers, minlength=len(block))
        blocks.append(sparse.csr_array((powers / total[row], (row, rated[column])), shape=(len(block), units.shape[0])))
    return Matrix(sparse.vstack(blocks, format="csr"))


def unit_length(vectors: FloatArray) -> FloatArray:
    """Rows divided by their length; rows of 0 stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: FloatArray = vectors / np.where(length > 0, length, 1.0)
    return units


def unit_rows(features: Matrix) -> Matrix:
    """Rows of a CSR matrix divided by their length, float64; empty ones stay."""
    length = np.sqrt(np.asarray(features.astype(np.float64).power(2).sum(axis=1)).ravel())
    return Matrix(sparse.diags_array(1.0 / np.where(length > 0, length, 1.0)) @ features.astype(np.float64))
