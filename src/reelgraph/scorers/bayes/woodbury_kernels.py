"""Compiled linear algebra of the fold-in: the inverse of the ratings' covariance, and that of a small matrix."""

from __future__ import annotations

import math

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray


@jit
def woodbury_weights(
    stretches: IntArray,
    variance: FloatArray,
    curvature: FloatArray,
    weight: FloatArray,
    share: FloatArray,
    inverse_diagonal: FloatArray,
) -> None:
    """Fill the Woodbury steps of the noise, see `fold`: ``weight`` and ``share``, and the diagonal of the inverse."""
    lengths, n = stretches.shape
    inverse_diagonal[:] = curvature
    for s in range(lengths):
        share[s] = 0.0
        for p in range(n):
            if s == 0:
                weight[s, p] = curvature[p]
            else:
                weight[s, p] = weight[s - 1, p] * (1.0 - share[s - 1, n + stretches[s - 1, p]])
            share[s, stretches[s, p]] += weight[s, p]
        for c in range(stretches[s, n - 1] + 1):
            total = share[s, c]
            share[s, c] = variance[s] / (1.0 + variance[s] * total)
            share[s, n + c] = share[s, c] * total
        for p in range(n):
            inverse_diagonal[p] -= weight[s, p] * weight[s, p] * share[s, stretches[s, p]]


@jit
def apply_inverse_covariance(
    stretches: IntArray,
    curvature: FloatArray,
    weight: FloatArray,
    share: FloatArray,
    right: FloatArray,
    out: FloatArray,
) -> None:
    """``out`` = V^-1 ``right``: one diagonal Woodbury step for each length of stretches, in linear time."""
    lengths, n = stretches.shape
    for p in range(n):
        out[p] = curvature[p] * right[p]
    for s in range(lengths):
        first = 0
        while first < n:
            stretch, stop, total = stretches[s, first], first, 0.0
            while stop < n and stretches[s, stop] == stretch:
                total += out[stop]
                stop += 1
            total *= share[s, stretch]
            for p in range(first, stop):
                out[p] -= weight[s, p] * total
            first = stop


@jit
def apply_inverse_covariance_to_columns(
    stretches: IntArray,
    curvature: FloatArray,
    weight: FloatArray,
    share: FloatArray,
    x: FloatArray,
    rows: FloatArray,
    out: FloatArray,
) -> None:
    """``out`` = V^-1 on every column of ``x``, all ``(d, n)``; ``rows``, ``(n, d)``, is scratch space.

    As `apply_inverse_covariance`, with the columns innermost: their number is fixed, so that loops vectorise.
    """
    width, n = x.shape
    total = np.empty(width)
    for a in range(width):
        for p in range(n):
            rows[p, a] = curvature[p] * x[a, p]
    for s in range(stretches.shape[0]):
        first = 0
        while first < n:
            stretch, stop = stretches[s, first], first
            total[:] = 0.0
            while stop < n and stretches[s, stop] == stretch:
                row = rows[stop]
                for a in range(width):
                    total[a] += row[a]
                stop += 1
            for p in range(first, stop):
                row, part = rows[p], weight[s, p] * share[s, stretch]
                for a in range(width):
                    row[a] -= part * total[a]
            first = stop
    for a in range(width):
        for p in range(n):
            out[a, p] = rows[p, a]


@jit
def inverse_factor(matrix: FloatArray, factor: FloatArray) -> None:
    """Fill the upper triangular ``factor`` A with A A' the inverse of ``matrix``; its lower half is used up."""
    width = matrix.shape[0]
    for a in range(width):  # the Cholesky factor
        for b in range(a + 1):
            total = matrix[a, b]
            for c in range(b):
                total -= matrix[a, c] * matrix[b, c]
            matrix[a, b] = math.sqrt(max(total, 1e-12)) if a == b else total / matrix[b, b]
    factor[:] = 0.0
    for a in range(width):  # its inverse, transposed
        factor[a, a] = 1.0 / matrix[a, a]
        for b in range(a + 1, width):
            total = 0.0
            for c in range(a, b):
                total -= matrix[b, c] * factor[a, c]
            factor[a, b] = total / matrix[b, b]


@jit
def fill_prior_precision(
    whiten: FloatArray, gain: FloatArray, mean: FloatArray, matrix: FloatArray, product: FloatArray
) -> None:
    """Fill the lower half of ``matrix``, P = W' diag(gain) W, and ``product``, P ``mean``."""
    width = whiten.shape[0]
    matrix[:] = 0.0
    product[:] = 0.0
    for c in range(width):
        row, total = whiten[c], 0.0
        for a in range(width):
            total += row[a] * mean[a]
        for a in range(width):
            scaled = gain[c] * row[a]
            product[a] += scaled * total
            for b in range(a + 1):
                matrix[a, b] += scaled * row[b]
