"""Item vectors of an item filter: the leading directions of taste, made from the inverse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import linalg

from reelgraph.core import FloatArray
from reelgraph.scorers.item_filter.low_pass import Directions

_DIM = 64  # length of the item vectors
_ITERATIONS = 5  # of subspace iteration
_EXTRA_DIRECTIONS = 32  # carried along with the leading ones, which converge faster so


def leading_vectors(inverse: FloatArray) -> FloatArray:
    """Item vectors from C, ``(n_items, n_items)`` float64 or float32 (destroyed).

    See `ItemFilterScorer.item_vectors`.
    """
    return vectors_of(leading_directions(inverse))


def n_vector_directions(n_items: int) -> int:
    """Number of directions that item vectors are made from."""
    return min(min(_DIM + 1, n_items) + _EXTRA_DIRECTIONS, n_items)


def leading_directions(inverse: FloatArray) -> Directions:
    """The directions that item vectors are made from, of C (destroyed)."""
    scale = np.diag(inverse) ** -0.5
    inverse *= scale[:, None] * scale
    factor = linalg.cho_factor(inverse, lower=True, overwrite_a=True, check_finite=False)
    return _iterated(
        lambda block: np.asarray(linalg.cho_solve(factor, block, check_finite=False)), len(inverse), inverse.dtype
    )


def leading_directions_of_graph(scaled: FloatArray) -> Directions:
    """The same of A, see `scaled_graph <reelgraph.scorers.item_filter.graph_directions.scaled_graph>`."""
    return _iterated(lambda block: np.asarray(scaled @ block), len(scaled), scaled.dtype)


def _iterated(product: Callable[[FloatArray], FloatArray], n_items: int, dtype: np.dtype[np.floating]) -> Directions:
    """Directions by subspace iteration of the inverse of :math:`D^{-1/2} C D^{-1/2}`."""
    block = np.random.default_rng(0).normal(size=(n_items, n_vector_directions(n_items))).astype(dtype)
    for _ in range(_ITERATIONS):
        block = product(linalg.qr(block, mode="economic", check_finite=False)[0])
    basis = linalg.qr(block, mode="economic", check_finite=False)[0]
    values, directions = linalg.eigh(basis.T @ product(basis))
    return Directions(1.0 / values[::-1], basis @ directions[:, ::-1])


def vectors_of(directions: Directions) -> FloatArray:
    """Item vectors, ``(n_items, dim)`` float32, see `ItemFilterScorer.item_vectors`.

    Args:
        directions: as many as `n_vector_directions`, or more, which are not read.
    """
    n_items = len(directions.vectors)
    strength = 1.0 / directions.values[: n_vector_directions(n_items)]
    columns = slice(1, min(_DIM + 1, n_items)) if n_items > 1 else slice(0, 1)
    vectors = directions.vectors[:, columns] * np.sqrt(strength[columns] - (strength[-1] if n_items > 1 else 0.0))
    length = np.linalg.norm(vectors, axis=1)
    vectors[length < 1e-6 * length.max()] = 0.0
    return vectors.astype(np.float32)
