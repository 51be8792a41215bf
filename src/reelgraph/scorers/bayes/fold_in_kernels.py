"""Compiled loops of the Bayesian scorer: one person given each draw of the movie side.

Arrays are ``(draws, d, n)``: columns of a design matrix lie side by side, so that loops over ratings vectorise. d is
the width of a person's row ``[bias, vector]``.
"""

from __future__ import annotations

import math

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray
from reelgraph.scorers.bayes.probit import likelihood

_ROUNDS = 50  # turns at most; people need 3 to 10, and what is not settled then is left as it is
_LATE = 10  # turns after which people are hard to settle
_CLOSE = 1e-3  # of a standard deviation of the noise: nearer steps end the search
_SETTLED = 1e-2  # of the noise precision
_STALE = 0.1  # curvatures that have changed by more are taken anew


@jit
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


@jit
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


@jit
def _calm_all(
    marks: IntArray,
    curvature: FloatArray,
    weight: FloatArray,
    share: FloatArray,
    x: FloatArray,
    rows: FloatArray,
    out: FloatArray,
) -> None:
    """``out`` = V^-1 on every column of ``x``, all ``(d, n)``; ``rows``, ``(n, d)``, is room to work in.

    As `_calm`, with the columns innermost: they are as many for every rating, so that loops vectorise.
    """
    width, n = x.shape
    total = np.empty(width)
    for a in range(width):
        for p in range(n):
            rows[p, a] = curvature[p] * x[a, p]
    for s in range(marks.shape[0]):
        first = 0
        while first < n:
            mark, stop = marks[s, first], first
            total[:] = 0.0
            while stop < n and marks[s, stop] == mark:
                row = rows[stop]
                for a in range(width):
                    total[a] += row[a]
                stop += 1
            for p in range(first, stop):
                row, part = rows[p], weight[s, p] * share[s, mark]
                for a in range(width):
                    row[a] -= part * total[a]
            first = stop
    for a in range(width):
        for p in range(n):
            out[a, p] = rows[p, a]


@jit
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


@jit
def _precision(whiten: FloatArray, gain: FloatArray, mean: FloatArray, matrix: FloatArray, product: FloatArray) -> None:
    """Fill ``matrix``, P = W' diag(gain) W, lower half, and ``product``, P ``mean``."""
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


@jit
def fold(
    design: FloatArray,
    base: FloatArray,
    low_edge: FloatArray,
    high_edge: FloatArray,
    noise: FloatArray,
    ordinal: bool,
    prior_mean: FloatArray,
    whiten: FloatArray,
    gain: FloatArray,
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
        whiten: ``(draws, d, d)``, W: the prior's precision is W' diag(gain) W.
        gain: ``(draws, d)``.
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
    across, rows, matrix = np.empty((width, n)), np.empty((n, width)), np.empty((width, width))
    pulled, turned = np.empty(width), np.empty(width)
    own, furthest = 1.0, np.inf
    sure, drawn_in = np.empty((width, width)), np.empty(width)  # the prior's precision P, and P times its mean
    for t in range(draws):
        _precision(whiten[t], gain[t], prior_mean[t], sure, drawn_in)
        if n == 0:
            matrix[:] = sure
            _invert(matrix, factor[t])
            mean[t] = prior_mean[t]
            precision[t] = 1.0
            continue
        x = design[t]
        known = noise[t] if not ordinal else 1.0
        before, gap_before = 0.0, 0.0  # log of the last precision of the noise, and what it missed
        for p in range(n):
            level[p] = base[t, p]
            for s in range(lengths):
                level[p] += effect_mean[s, t]
        if not furthest < np.inf:  # the first draw; the others start where the last one ended, for they are alike
            own = 1.0
            for p in range(n):
                fitted[p] = level[p]
                for a in range(width):
                    fitted[p] += x[a, p] * prior_mean[t, a]
        for turn in range(_ROUNDS):
            likelihood(fitted, known * own, low_edge[t], high_edge[t], ordinal, slope, bend, squares)
            apart, size = 0.0, 0.0
            for p in range(n):
                apart += abs(bend[p] - h[p])
                size += bend[p]
            if turn == 0 or (turn > 1 and apart > _STALE * size) or turn > _LATE:
                for p in range(n):  # late, they only grow, so that steps to and fro between two places come to rest
                    h[p] = max(h[p], bend[p]) if turn > _LATE else bend[p]
                _weaken(marks, effect_variance[:, t], h, weight, share, left)
                _calm_all(marks, h, weight, share, x, rows, across)
                for a in range(width):
                    for b in range(a + 1):
                        total = 0.0
                        for p in range(n):
                            total += x[a, p] * across[b, p]
                        matrix[a, b] = total + sure[a, b]
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
                total = drawn_in[a]
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
            gap = 0.0
            if shape[t] > 0.0 and turn > 0:
                total = 0.0
                for p in range(n):
                    total += squares[p] + variance[p] * h[p]
                log = math.log(own)
                gap = math.log((shape[t] + n / 2) / (shape[t] + total / own / 2)) - log
                moved_by = log - before
                # The rise of the gap with the log, which lies between -1 and 0, from this turn and the last (secant).
                rise = (gap - gap_before) / moved_by if turn > 1 and abs(moved_by) > 1e-6 else -0.7
                before, gap_before = log, gap
                own = math.exp(log - gap / min(max(rise, -1.2), -0.25))
            if turn > 1 and furthest * math.sqrt(known) < _CLOSE and abs(gap) < _SETTLED:
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
