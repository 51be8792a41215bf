"""Directions of a graph that is at hand beside its inverse: by products with it, on from those before a change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import linalg

from reelgraph.core import AnyArray, FloatArray
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.item_filter.item_vectors import n_vector_directions
from reelgraph.scorers.item_filter.low_pass import Directions, iterated, n_passing, orthonormal, ritz

_DEGREE = 2  # of the polynomial that directions are improved with


def kept_directions(directions: Directions, cutoff: int) -> AnyArray:
    """The directions to go on from after a change, ``(n, k)`` float16: those that pass and a sixth more.

    There are as many as item vectors are made from, at least, if there are as many at all.

    Args:
        directions: of the graph, more of them.
        cutoff: of the low pass.
    """
    n_items = len(directions.vectors)
    passing = n_passing(n_items, cutoff)
    return directions.vectors[:, : max(passing + passing // 6 + 1, n_vector_directions(n_items))].astype(np.float16)


def scaled_graph(packed_graph: FloatArray, diagonal: FloatArray) -> FloatArray:
    r""":math:`D^{1/2} A D^{1/2}`, ``(n, n)`` float32, the inverse of the matrix whose directions are looked for.

    Args:
        packed_graph: A, rows of its lower triangle.
        diagonal: of C, ``(n,)``, D.
    """
    root = np.sqrt(diagonal.astype(np.float32))
    scaled = np.empty((len(root), len(root)), np.float32)
    kernels.unpack(packed_graph, scaled)
    scaled *= root[:, None]
    scaled *= root
    return scaled


def directions_of_graph(scaled: FloatArray, n_directions: int, start: AnyArray | None) -> Directions:
    """The directions of `low_pass <reelgraph.scorers.item_filter.low_pass.low_pass>` from A in place of C.

    From a start they are improved by a Chebyshev polynomial of `scaled_graph` less the identity, M, that is small from
    -1 to the smallest of their eigenvalues, and grows above it.

    Args:
        scaled: of `scaled_graph`.
        n_directions: as many, without a start.
        start: ``(n, k)``, directions before a change; None for a fixed start, the six iterations of a fit.

    Source: Zhou et al. 2006, "Self-consistent-field calculations using Chebyshev-filtered subspace iteration".

    Cost: O(n^2), and three products of M with k vectors; seven without a start.
    """

    def product(block: FloatArray) -> FloatArray:
        image: FloatArray = scaled @ block
        image -= block
        return image

    if start is None:
        return iterated(product, len(scaled), n_directions)
    return ritz(product, orthonormal(_improved(product, orthonormal(start.astype(np.float32)))))


def _improved(product: Callable[[FloatArray], FloatArray], basis: FloatArray) -> FloatArray:
    """The polynomial of the product, of ``basis``, by the recurrence of Chebyshev polynomials."""
    image = product(basis)
    smallest = linalg.eigvalsh(basis.T @ image, subset_by_index=(0, 0), check_finite=False)[0]
    centre, half = np.float32((smallest - 1.0) / 2.0), np.float32(max(smallest + 1.0, 1e-6) / 2.0)
    before, block = basis, (image - centre * basis) / half
    for _ in range(1, _DEGREE):
        before, block = block, (product(block) - centre * block) * (2.0 / half) - before
    block /= np.linalg.norm(block, axis=0)
    return block
