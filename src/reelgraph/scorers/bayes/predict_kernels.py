"""Compiled loops of the Bayesian scorer: predictions for a person given each draw.

Arrays are ``(draws, d, n)``: columns of a design matrix lie side by side, so that loops over movies vectorise. d is
the width of a person's row ``[bias, vector]``.
"""

from __future__ import annotations

import math

import numpy as np

from reelgraph._util.numba_jit import jit, strict_jit
from reelgraph.core import FloatArray
from reelgraph.scorers.bayes.probit import quick_cdf

_BLOCK = 64  # movies taken together


@strict_jit
def fill_design(item: FloatArray, date: FloatArray, offset: FloatArray, design: FloatArray, base: FloatArray) -> None:
    """The factor of a person's row and the fitted value without the person, of each movie on its date.

    Rounded in the same way whatever the number of movies, so that a movie has the same stars alone and among all.

    Args:
        item: ``(draws, n, d)`` float32, ``[bias, vector]`` of the movies.
        date: ``(draws, n, d)`` float32, those of the dates, or ``(draws, 1, d)`` of one date.
        offset: ``(draws,)`` float32.
        design: ``(draws, d, n)`` float32, filled: 1 and the sum of both vectors.
        base: ``(draws, n)`` float32, filled: offset, biases, and the product of both vectors.
    """
    draws, n, width = item.shape
    for t in range(draws):
        for p in range(n):
            q = p if date.shape[1] > 1 else 0
            pair = np.float32(0.0)
            design[t, 0, p] = 1.0
            for a in range(1, width):
                design[t, a, p] = item[t, p, a] + date[t, q, a]
                pair += item[t, p, a] * date[t, q, a]
            base[t, p] = offset[t] + item[t, p, 0] + date[t, q, 0] + pair


@jit
def average(design: FloatArray, base: FloatArray, mean: FloatArray, out: FloatArray) -> None:
    """Mean over the draws of f, ``(n,)``, from ``design`` ``(draws, d, n)``, ``base`` and ``mean`` ``(draws, d)``."""
    draws, width, n = design.shape
    out[:] = 0.0
    for t in range(draws):
        row = base[t]
        for p in range(n):
            out[p] += row[p]
        for a in range(width):
            column, weight = design[t, a], mean[t, a]
            for p in range(n):
                out[p] += column[p] * weight
    for p in range(n):
        out[p] /= draws


@jit
def similar_shift(
    targets: FloatArray, rated: FloatArray, slope: FloatArray, curvature: FloatArray, damping: float, out: FloatArray
) -> None:
    r"""What the ratings of similar movies say of f beyond the person's row.

    .. math:: s_i = \frac{\sum_j k_{ij} g_j}{damping + \sum_j k_{ij} h_j}, \quad k_{ij} = \max(v_i \cdot v_j, 0)^8

    Rounded in the same way whatever the number of movies.

    Args:
        targets: ``(v, n)`` float32, unit vectors of the movies asked for, as columns.
        rated: ``(m, v)`` float32, those of the rated movies, as rows.
        slope: ``(m,)``, g of each rating.
        curvature: ``(m,)``, h of each rating.
        damping: above 0.
        out: ``(n,)`` float32, filled.

    Cost: O(n m v).
    """
    width, n = targets.shape
    wide = (width + 3) // 4 * 4
    # Blocks of a fixed size and four numbers at a time: the innermost loops then stay in the registers.
    block, of_movie = np.zeros((wide, _BLOCK), np.float32), np.zeros(wide, np.float32)
    cosine, total, mass = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32)
    for first in range(0, n, _BLOCK):
        size = min(_BLOCK, n - first)
        for a in range(width):
            for p in range(size):
                block[a, p] = targets[a, first + p]
        total[:], mass[:] = 0.0, 0.0
        for j in range(len(rated)):
            of_movie[:width] = rated[j]
            cosine[:] = 0.0
            for a in range(0, wide, 4):
                r0, r1, r2, r3 = of_movie[a], of_movie[a + 1], of_movie[a + 2], of_movie[a + 3]
                for p in range(_BLOCK):
                    cosine[p] += block[a, p] * r0 + block[a + 1, p] * r1 + block[a + 2, p] * r2 + block[a + 3, p] * r3
            slope_j, curvature_j = np.float32(slope[j]), np.float32(curvature[j])
            for p in range(_BLOCK):
                positive = max(cosine[p], np.float32(0.0))
                square = positive * positive
                fourth = square * square
                kernel = fourth * fourth
                total[p] += kernel * slope_j
                mass[p] += kernel * curvature_j
        for p in range(size):
            out[first + p] = total[p] / (np.float32(damping) + mass[p])


@jit
def below(
    design: FloatArray,
    base: FloatArray,
    mean: FloatArray,
    factor: FloatArray,
    extra: FloatArray,
    edges: FloatArray,
    out: FloatArray,
) -> None:
    r"""Mean over the draws of the chance that a rating lies below each edge.

    .. math:: \Phi\bigl((c_k - f) / \sqrt{x^\top A A^\top x + extra}\bigr), \quad f = base + x \cdot mean

    Args:
        design: ``(draws, d, n)`` float32.
        base: ``(draws, n)`` float32.
        mean: ``(draws, d)`` float32.
        factor: ``(draws, d, d)`` float32, A, upper triangular.
        extra: ``(draws, n)`` float32, variance of the noise and of all unknowns but the person's row.
        edges: ``(draws, levels - 1)`` float32.
        out: ``(n, levels - 1)`` float64, filled.

    Cost: O(draws * n * (d^2 + levels)).
    """
    draws, width, n = design.shape
    levels, wide = edges.shape[1], (width + 3) // 4 * 4
    # Blocks of a fixed size and four columns of A at a time: the innermost loop then stays in the registers.
    x, upper = np.zeros((wide, _BLOCK), design.dtype), np.zeros((wide, wide), design.dtype)
    part, total = np.empty((4, _BLOCK), design.dtype), np.empty((levels, _BLOCK), design.dtype)
    fitted, variance = np.empty(_BLOCK, design.dtype), np.empty(_BLOCK, design.dtype)
    for first in range(0, n, _BLOCK):
        size = min(_BLOCK, n - first)
        total[:] = 0.0
        for t in range(draws):
            for a in range(width):
                upper[a, a:width] = factor[t, a, a:]
                for p in range(size):
                    x[a, p] = design[t, a, first + p]
            for p in range(size):
                fitted[p] = base[t, first + p]
                variance[p] = extra[t, first + p]
            for a in range(width):
                weight = mean[t, a]
                for p in range(_BLOCK):
                    fitted[p] += x[a, p] * weight
            for e in range(0, wide, 4):
                part[:] = 0.0
                for a in range(min(e + 4, width)):
                    f0, f1, f2, f3 = upper[a, e], upper[a, e + 1], upper[a, e + 2], upper[a, e + 3]
                    for p in range(_BLOCK):
                        value = x[a, p]
                        part[0, p] += value * f0
                        part[1, p] += value * f1
                        part[2, p] += value * f2
                        part[3, p] += value * f3
                for c in range(4):
                    for p in range(_BLOCK):
                        variance[p] += part[c, p] * part[c, p]
            for p in range(size):
                variance[p] = np.float32(1.0) / math.sqrt(variance[p])
            for k in range(levels):
                edge = edges[t, k]
                for p in range(size):
                    total[k, p] += quick_cdf((edge - fitted[p]) * variance[p])
        for p in range(size):
            for k in range(levels):
                out[first + p, k] = total[k, p] / draws


@jit
def expected(
    design: FloatArray,
    base: FloatArray,
    mean: FloatArray,
    by_draw: FloatArray,
    by_item: FloatArray,
    extra: FloatArray,
    edges: FloatArray,
    steps: FloatArray,
    out: FloatArray,
) -> None:
    r"""Mean over the draws of :math:`\sum_k step_k \Phi((f - c_k) / \sqrt{variance})`, f as in `below`.

    Args:
        design: ``(draws, d, n)`` float32.
        base: ``(draws, n)`` float32.
        mean: ``(draws, d)`` float32.
        by_draw: ``(draws,)`` float32; times ``by_item``, it is the variance that the person's row leaves.
        by_item: ``(n,)`` float32.
        extra: ``(draws,)`` float32, all other variance.
        edges: ``(draws, levels - 1)`` float32.
        steps: ``(levels - 1,)`` float32, stars from each level to the next.
        out: ``(n,)`` float32, filled.

    Cost: O(draws * n * (d + levels)).
    """
    draws, width, n = design.shape
    levels = edges.shape[1]
    fitted, root = np.empty(n, design.dtype), np.empty(n, design.dtype)
    out[:] = 0.0
    for t in range(draws):
        fitted[:] = base[t]
        for a in range(width):
            column, weight = design[t, a], mean[t, a]
            for p in range(n):
                fitted[p] += column[p] * weight
        for p in range(n):
            root[p] = np.float32(1.0) / math.sqrt(by_draw[t] * by_item[p] + extra[t])
        for k in range(levels):
            edge, step = edges[t, k], steps[k]
            for p in range(n):
                out[p] += step * quick_cdf((fitted[p] - edge) * root[p])
    for p in range(n):
        out[p] /= draws
