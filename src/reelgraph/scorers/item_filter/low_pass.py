"""A low-pass filter made from the inverse alone, so that it can be made anew wherever the inverse has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import linalg

from reelgraph.core import FloatArray
from reelgraph.core.errors import TrainingError
from reelgraph.scorers import weight_matrix_kernels as kernels

_ITERATIONS = 6  # of subspace iteration
_JITTER = 1e-6  # added to the eigenvalues, so that rounding leaves the matrix positive definite
_MIN_ITEMS = 4  # for each direction that passes


class Directions(NamedTuple):
    r"""The smallest eigenvalues of :math:`D^{-1/2} C D^{-1/2}`, D the diagonal of C, and their vectors.

    Args:
        values: ``(k,)`` float64, ascending, s.
        vectors: ``(n, k)`` float32, U.
    """

    values: FloatArray
    vectors: FloatArray


def low_pass(inverse: FloatArray, cutoff: int, weight: float) -> tuple[FloatArray, FloatArray]:
    r"""L and R, ``(n, cutoff)`` float32 each, of a low-pass filter of the graph that C is the regularised inverse of.

    .. math::
        L R' = \omega D^{1/2} U f(s) U' D^{-1/2}, \quad C = D^{1/2} U s U' D^{1/2}, \quad D = diag \, C

    Small eigenvalues s are the directions in which many people differ. f is 1 for the smaller half of those that pass
    and falls linearly in s to 0 at the first that does not: with a sharp edge, rounding could swap the two at it.

    C is all that it depends on, so with C updated for a person the filter is what a new fit would give. As D is an
    inverse scale of the counts, the filter is close to the ideal one of GF-CF (`closed_forms.spectral`).

    Args:
        inverse: C, ``(n, n)`` float32 or float64, the whole symmetric matrix in C order. In float32 it serves as
            working memory; it is the same afterwards.
        cutoff: directions that pass, at most; a quarter of the items where that is less.
        weight: :math:`\omega`.

    Raises:
        TrainingError: C is not positive definite in single precision.

    Source: Shen et al. 2021, "How powerful is graph convolution for recommendation?" (GF-CF), for the ideal low-pass.
    Departures: the regularised graph, its own diagonal in place of the degrees, and the soft edge.

    Cost: O(n^3 / 3), and some seven solutions for ``1.5 cutoff`` vectors.
    """
    directions = smallest_directions(inverse, cutoff)
    return filter_of(directions, np.diag(inverse), cutoff, weight)


def n_passing(n_items: int, cutoff: int) -> int:
    """Number of directions that pass: ``cutoff``, or a quarter of the items where that is less."""
    return min(cutoff, n_items // _MIN_ITEMS)


def n_directions_for(n_items: int, cutoff: int) -> int:
    """Number of directions that are iterated for a low pass: half more than pass."""
    cutoff = n_passing(n_items, cutoff)
    return min(n_items, cutoff + cutoff // 2 + 1)


def filter_of(
    directions: Directions, diagonal: FloatArray, cutoff: int, weight: float
) -> tuple[FloatArray, FloatArray]:
    """L and R of `low_pass`.

    Args:
        directions: more of them than pass.
        diagonal: of C, ``(n,)``.
        cutoff: as for `low_pass`.
        weight: likewise.
    """
    cutoff = n_passing(len(diagonal), cutoff)
    if not cutoff:
        return np.empty((len(diagonal), 0), np.float32), np.empty((len(diagonal), 0), np.float32)
    values, root = directions.values, np.sqrt(diagonal.astype(np.float32))[:, None]
    response = np.clip((values[cutoff] - values) / max(values[cutoff] - values[cutoff // 2], 1e-30), 0.0, 1.0)
    passing = directions.vectors[:, :cutoff]
    left = passing * (np.float32(weight) * response[:cutoff].astype(np.float32)) * root
    return np.ascontiguousarray(left), np.ascontiguousarray(passing / root)


def smallest_directions(inverse: FloatArray, cutoff: int) -> Directions:
    """The directions of `low_pass` and half as many more, which need not be quite those of the eigenvalues.

    Args, errors and cost as for `low_pass`.
    """
    n_items = len(inverse)
    work = inverse if inverse.dtype == np.float32 else inverse.astype(np.float32)
    diagonal = np.diag(work).copy()
    work[np.diag_indices(n_items)] = diagonal * np.float32(1.0 + _JITTER)
    # The lower triangle in C order is the upper one in Fortran order, which LAPACK overwrites; the other one stays.
    factor, fault = linalg.lapack.spotrf(work.T, lower=0, clean=0, overwrite_a=1)

    def product(block: FloatArray) -> FloatArray:
        # The inverse of the matrix less the identity, where most of its eigenvalues lie: their vectors die out faster.
        solution = linalg.lapack.spotrs(factor, np.asfortranarray(block * root), lower=0, overwrite_b=1)[0]
        image: FloatArray = solution * root - block
        return image

    try:
        if fault:
            raise TrainingError("the low pass has no positive definite matrix", "give a larger ridge")
        root = np.sqrt(diagonal)[:, None]
        return iterated(product, n_items, n_directions_for(n_items, cutoff))
    finally:
        if work is inverse:
            kernels.mirror(work.T)
            work[np.diag_indices(n_items)] = diagonal


def iterated(product: Callable[[FloatArray], FloatArray], n_items: int, n_directions: int) -> Directions:
    """Directions by subspace iteration from a fixed start.

    Args:
        product: with :math:`D^{1/2} C^{-1} D^{1/2} - I`.
        n_items: n.
        n_directions: k.
    """
    block = np.random.default_rng(0).normal(size=(n_items, n_directions)).astype(np.float32)
    for _ in range(_ITERATIONS):
        block = product(orthonormal(block))
    return ritz(product, orthonormal(block))


def ritz(product: Callable[[FloatArray], FloatArray], basis: FloatArray) -> Directions:
    """The best directions within an orthonormal basis, ``(n, k)`` float32."""
    inner = basis.T @ product(basis)
    values, vectors = linalg.eigh((inner + inner.T) / 2)
    return Directions(1.0 / (1.0 + values[::-1].astype(np.float64)), basis @ vectors[:, ::-1])


def orthonormal(block: FloatArray) -> FloatArray:
    """An orthonormal basis of the columns of ``block``, which is destroyed."""
    basis: FloatArray = linalg.qr(block, mode="economic", overwrite_a=True, check_finite=False)[0]
    return basis
