"""A low-pass filter made from the inverse alone, so that it can be made anew wherever the inverse has changed."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from reelgraph.core import FloatArray
from reelgraph.core.errors import TrainingError
from reelgraph.scorers import weight_matrix_kernels as kernels

_ITERATIONS = 6  # of subspace iteration
_JITTER = 1e-6  # added to the eigenvalues, so that rounding leaves the matrix positive definite
_MIN_ITEMS = 4  # for each direction that passes


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
    n_items = len(inverse)
    cutoff = min(cutoff, n_items // _MIN_ITEMS)
    if not cutoff:
        return np.empty((n_items, 0), np.float32), np.empty((n_items, 0), np.float32)
    work = inverse if inverse.dtype == np.float32 else inverse.astype(np.float32)
    diagonal = np.diag(work).copy()
    work[np.diag_indices(n_items)] = diagonal * np.float32(1.0 + _JITTER)
    # The lower triangle in C order is the upper one in Fortran order, which LAPACK overwrites; the other one stays.
    factor, fault = linalg.lapack.spotrf(work.T, lower=0, clean=0, overwrite_a=1)
    try:
        if fault:
            raise TrainingError("the low pass has no positive definite matrix", "give a larger ridge")
        values, directions = _smallest(factor, np.sqrt(diagonal)[:, None], cutoff)
    finally:
        if work is inverse:
            kernels.mirror(work.T)
            work[np.diag_indices(n_items)] = diagonal
    response = np.clip((values[cutoff] - values) / max(values[cutoff] - values[cutoff // 2], 1e-30), 0.0, 1.0)
    passing, root = directions[:, :cutoff], np.sqrt(diagonal)[:, None]
    left = passing * (np.float32(weight) * response[:cutoff].astype(np.float32)) * root
    return np.ascontiguousarray(left), np.ascontiguousarray(passing / root)


def _smallest(factor: FloatArray, root: FloatArray, cutoff: int) -> tuple[FloatArray, FloatArray]:
    """The smallest eigenvalues of ``D^-1/2 C D^-1/2``, ascending, and their vectors, from a factor of C."""
    n_items = len(root)
    n_directions = min(n_items, cutoff + cutoff // 2 + 1)

    def product(block: FloatArray) -> FloatArray:
        # The inverse of the matrix less the identity, where most of its eigenvalues lie: their vectors die out faster.
        solution = linalg.lapack.spotrs(factor, np.asfortranarray(block * root), lower=0, overwrite_b=1)[0]
        image: FloatArray = solution * root - block
        return image

    block = np.random.default_rng(0).normal(size=(n_items, n_directions)).astype(np.float32)
    for _ in range(_ITERATIONS):
        block = product(linalg.qr(block, mode="economic", overwrite_a=True, check_finite=False)[0])
    basis = linalg.qr(block, mode="economic", overwrite_a=True, check_finite=False)[0]
    inner = basis.T @ product(basis)
    values, vectors = linalg.eigh((inner + inner.T) / 2)
    directions: FloatArray = basis @ vectors[:, ::-1]
    return 1.0 / (1.0 + values[::-1].astype(np.float64)), directions
