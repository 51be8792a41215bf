"""Compiled loops of the Bayesian scorer: one person given each draw, and what they will say of each movie.

Arrays are ``(draws, d, n)``: columns of a design matrix lie side by side, so that loops over ratings vectorise. d is
the width of a person's row ``[bias, vector]``.
"""

from __future__ import annotations

import math

import numpy as np

from reelgraph.compiled import compiled, normal_cdf
from reelgraph.types import FloatArray, IntArray

_ROUNDS = 7  # Newton steps at most
_CLOSE = 1e-4  # of a standard deviation of the noise: nearer steps end the search
_FAR = 12.0  # standard deviations that stand for infinity
_BLOCK = 64  # movies taken together
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)

_REACH, _STEPS = np.float32(8.0), np.float32(128.0)
_CDF = np.array([0.5 * math.erfc(-(i / 128 - 8.0) / math.sqrt(2.0)) for i in range(2049)], np.float32)
_RISE = np.append(np.diff(_CDF), np.float32(0.0))


@compiled
def quick_cdf(x: float) -> float:
    """Phi, float32, absolute error below 2e-6: linear between the entries of a table."""
    place = min(max((x + _REACH) * _STEPS, np.float32(0.0)), np.float32(2047.0))
    left = int(place)
    out: float = _CDF[left] + (place - np.float32(left)) * _RISE[left]
    return out


@compiled
def _likelihood(
    fitted: FloatArray,
    precision: float,
    low_edge: FloatArray,
    high_edge: FloatArray,
    ordinal: bool,
    slope: FloatArray,
    curvature: FloatArray,
    squares: FloatArray,
) -> None:
    """Slope and curvature of the log-likelihood in each fitted value, and the expected squared noise in its own unit.

    For a normal output ``low_edge`` holds the ratings and ``precision`` is that of their noise.
    """
    root = math.sqrt(precision)
    for n in range(fitted.shape[0]):
        if not ordinal:
            error = low_edge[n] - fitted[n]
            slope[n], curvature[n], squares[n] = precision * error, precision, precision * error * error
            continue
        low = min(max((low_edge[n] - fitted[n]) * root, -_FAR), _FAR)
        high = min(max((high_edge[n] - fitted[n]) * root, -_FAR), _FAR)
        # Probabilities keep their digits in the lower tail only.
        chance = normal_cdf(-low) - normal_cdf(-high) if low > 0.0 else normal_cdf(high) - normal_cdf(low)
        chance = max(chance, 1e-37)
        below = _DENSITY * math.exp(-0.5 * low * low) / chance
        above = _DENSITY * math.exp(-0.5 * high * high) / chance
        bend = low * below - high * above
        slope[n] = (below - above) * root
        curvature[n] = max((below - above) * (below - above) - bend, 1e-6) * precision
        squares[n] = max(1.0 + bend, 0.0)


@compiled
def _weaken(
    marks: IntArray,
    variance: FloatArray,
    curvature: FloatArray,
    weight: FloatArray,
    share: FloatArray,
    left: FloatArray,
) -> None:
    """Fill the Woodbury steps of the noise, see `fold`: ``weight`` and ``share``, and the diagonal of the inverse."""
    lengths, n = marks.shape
    left[:] = curvature
    for s in range(lengths):
        share[s] = 0.0
        for p in range(n):
            if s == 0:
                weight[s, p] = curvature[p]
            else:
                weight[s, p] = weight[s - 1, p] * (1.0 - share[s - 1, n + marks[s - 1, p]])
            share[s, marks[s, p]] += weight[s, p]
        for c in range(marks[s, n - 1] + 1):
            total = share[s, c]
            share[s, c] = variance[s] / (1.0 + variance[s] * total)
            share[s, n + c] = share[s, c] * total
        for p in range(n):
            left[p] -= weight[s, p] * weight[s, p] * share[s, marks[s, p]]


@compiled
def _calm(
    marks: IntArray, curvature: FloatArray, weight: FloatArray, share: FloatArray, right: FloatArray, out: FloatArray
) -> None:
    """``out`` = V^-1 ``right``: one diagonal Woodbury step for each length of stretches, in linear time."""
    lengths, n = marks.shape
    for p in range(n):
        out[p] = curvature[p] * right[p]
    for s in range(lengths):
        first = 0
        while first < n:
            mark, stop, total = marks[s, first], first, 0.0
            while stop < n and marks[s, stop] == mark:
                total += out[stop]
                stop += 1
            total *= share[s, mark]
            for p in range(first, stop):
                out[p] -= weight[s, p] * total
            first = stop


@compiled
def _invert(matrix: FloatArray, factor: FloatArray) -> None:
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


@compiled
def fold(
    design: FloatArray,
    base: FloatArray,
    low_edge: FloatArray,
    high_edge: FloatArray,
    noise: FloatArray,
    ordinal: bool,
    prior_mean: FloatArray,
    prior_precision: FloatArray,
    marks: IntArray,
    effect_mean: FloatArray,
    effect_variance: FloatArray,
    shape: FloatArray,
    mean: FloatArray,
    factor: FloatArray,
    precision: FloatArray,
    shift: FloatArray,
    spread: FloatArray,
) -> None:
    r"""One person given each draw; fills the last five arguments. The formula is in `bayes_person.fold_in`.

    The ratings' covariance given the person's row is V = 1/h + sum of variance_s Z_s Z_s'. The stretches of one length
    lie within those of the next, so each Woodbury step is diagonal in its stretches.

    Args:
        design: ``(draws, d, n)`` float64.
        base: ``(draws, n)``.
        low_edge: ``(draws, n)`` lower cut point of each rating's level, or the ratings themselves.
        high_edge: ``(draws, n)`` upper cut point.
        noise: ``(draws,)`` precision of the ratings (normal output).
        ordinal: which of the two.
        prior_mean: ``(draws, d)``.
        prior_precision: ``(draws, d)``.
        marks: ``(lengths, n)`` int64 stretch of each rating, ascending.
        effect_mean: ``(lengths, draws)``.
        effect_variance: ``(lengths, draws)``.
        shape: ``(draws,)`` of the gamma prior of the person's precision; 0 where it is 1.
        mean: ``(draws, d)``.
        factor: ``(draws, d, d)`` upper triangular.
        precision: ``(draws,)``.
        shift: ``(lengths, draws, n)`` mean of the offsets, as many as there are stretches.
        spread: ``(lengths, draws, n)`` their variance given the person's row and the other lengths; what they share
            with these is left out, which makes the variance of f in a known sitting somewhat too large.

    Cost: O(draws * (n d^2 + d^3)).
    """
    draws, width, n = design.shape
    lengths = marks.shape[0]
    level, fitted, moved = np.empty(n), np.empty(n), np.empty(n)
    slope, bend, squares = np.empty(n), np.empty(n), np.empty(n)
    h, left, variance, calm, response = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    weight, share = np.zeros((lengths, n)), np.zeros((lengths, 2 * n))
    across, matrix = np.empty((width, n)), np.empty((width, width))
    pulled, turned = np.empty(width), np.empty(width)
    for t in range(draws):
        x = design[t]
        known = noise[t] if not ordinal else 1.0
        own = 1.0
        for p in range(n):
            level[p] = base[t, p]
            for s in range(lengths):
                level[p] += effect_mean[s, t]
            fitted[p] = level[p]
        for a in range(width):
            for p in range(n):
                fitted[p] += x[a, p] * prior_mean[t, a]
        for turn in range(_ROUNDS):
            _likelihood(fitted, known * own, low_edge[t], high_edge[t], ordinal, slope, bend, squares)
            if turn in (0, 2):  # the curvature is taken anew
                h[:] = bend
                _weaken(marks, effect_variance[:, t], h, weight, share, left)
                for a in range(width):
                    _calm(marks, h, weight, share, x[a], across[a])
                for a in range(width):
                    for b in range(a + 1):
                        total = 0.0
                        for p in range(n):
                            total += x[a, p] * across[b, p]
                        matrix[a, b] = total
                    matrix[a, a] += prior_precision[t, a]
                _invert(matrix, factor[t])
                for p in range(n):
                    variance[p] = left[p]
                for e in range(width):
                    calm[:] = 0.0
                    for a in range(e + 1):
                        for p in range(n):
                            calm[p] += across[a, p] * factor[t, a, e]
                    for p in range(n):
                        variance[p] -= calm[p] * calm[p]
                for p in range(n):
                    variance[p] = max(1.0 / h[p] - variance[p] / (h[p] * h[p]), 0.0)
            for p in range(n):
                response[p] = fitted[p] + slope[p] / h[p] - level[p]
            _calm(marks, h, weight, share, response, calm)
            for a in range(width):
                total = prior_precision[t, a] * prior_mean[t, a]
                for p in range(n):
                    total += x[a, p] * calm[p]
                pulled[a] = total
            for a in range(width):  # mean = A A' pulled
                total = 0.0
                for b in range(a + 1):
                    total += factor[t, b, a] * pulled[b]
                turned[a] = total
            for a in range(width):
                total = 0.0
                for b in range(a, width):
                    total += factor[t, a, b] * turned[b]
                mean[t, a] = total
            for a in range(width):
                for p in range(n):
                    calm[p] -= across[a, p] * mean[t, a]  # V^-1 (response - X z) in the end
            furthest = 0.0
            for p in range(n):
                moved[p] = level[p] + response[p] - calm[p] / h[p]
                furthest = max(furthest, abs(moved[p] - fitted[p]))
                fitted[p] = moved[p]
            before = own
            if shape[t] > 0.0 and turn > 0:
                total = 0.0
                for p in range(n):
                    total += squares[p] + variance[p] * h[p]
                own = (shape[t] + n / 2) / (shape[t] + total / own / 2)
            if turn > 2 and furthest * math.sqrt(known) < _CLOSE and abs(own - before) < _CLOSE * own:
                break
        precision[t] = own
        for s in range(lengths):
            for c in range(marks[s, n - 1] + 1):
                shift[s, t, c], spread[s, t, c] = 0.0, 0.0
            for p in range(n):
                shift[s, t, marks[s, p]] += calm[p]
                spread[s, t, marks[s, p]] += h[p]
            for c in range(marks[s, n - 1] + 1):
                shift[s, t, c] *= effect_variance[s, t]
                spread[s, t, c] = effect_variance[s, t] / (1.0 + effect_variance[s, t] * spread[s, t, c])


@compiled
def average(design: FloatArray, base: FloatArray, mean: FloatArray, out: FloatArray) -> None:
    """Mean over the draws of f, ``(n,)``, from ``design`` ``(draws, d, n)``, ``base`` and ``mean`` ``(draws, d)``."""
    draws, width, n = design.shape
    out[:] = 0.0
    for t in range(draws):
        row = base[t]
        for p in range(n):
            out[p] += row[p]
        for a in range(width):
            column, own = design[t, a], mean[t, a]
            for p in range(n):
                out[p] += column[p] * own
    for p in range(n):
        out[p] /= draws


@compiled
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
        extra: ``(draws, n)`` float32, variance of the noise and of what is not known beside the person.
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
                own = mean[t, a]
                for p in range(_BLOCK):
                    fitted[p] += x[a, p] * own
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
