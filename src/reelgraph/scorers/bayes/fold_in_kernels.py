"""Compiled fold-in of the Bayesian scorer: the posterior of one person given each draw of the item side.

Arrays are ``(draws, d, n)``: columns of a design matrix lie side by side, so that loops over ratings vectorise. d is
the width of a person's row ``[bias, vector]``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray
from reelgraph.scorers.bayes.probit import likelihood

_MAX_STEPS = 50  # people need 3 to 10; what has not converged then is left as it is
_SLOW_STEPS = 10  # steps after which curvatures may only grow, so that steps to and fro between two points converge
_STEP_TOLERANCE = 1e-3  # of a standard deviation of the noise; smaller steps end the search
_NOISE_TOLERANCE = 1e-2  # of the log of the noise precision
_STALE_CURVATURE = 0.1  # relative change of the curvatures from which the posterior is factored again
# Slope of the gap in the log noise precision: its value before two steps are known, and the range it is held in.
_GAP_SLOPE, _MIN_GAP_SLOPE, _MAX_GAP_SLOPE = -0.7, -1.2, -0.25


class FoldInProblem(NamedTuple):
    """One person's ratings and prior, for each draw of the item side.

    Args:
        design: ``(draws, d, n)`` float64.
        base: ``(draws, n)``.
        low_edge: ``(draws, n)`` lower cut point of each rating's level, or the ratings themselves.
        high_edge: ``(draws, n)`` upper cut point.
        noise: ``(draws,)`` precision of the ratings (normal output).
        ordinal: whether the output is ordinal; else it is normal.
        prior_mean: ``(draws, d)``.
        whiten: ``(draws, d, d)``, W: the prior's precision is W' diag(gain) W.
        gain: ``(draws, d)``.
        stretches: ``(lengths, n)`` int64 stretch of time of each rating, ascending.
        effect_mean: ``(lengths, draws)``.
        effect_variance: ``(lengths, draws)``.
        shape: ``(draws,)`` of the gamma prior of the person's noise precision; 0 where the precision is 1.
    """

    design: FloatArray
    base: FloatArray
    low_edge: FloatArray
    high_edge: FloatArray
    noise: FloatArray
    ordinal: bool
    prior_mean: FloatArray
    whiten: FloatArray
    gain: FloatArray
    stretches: IntArray
    effect_mean: FloatArray
    effect_variance: FloatArray
    shape: FloatArray


class FoldInResult(NamedTuple):
    """Arrays that `fold` fills.

    Args:
        mean: ``(draws, d)``.
        factor: ``(draws, d, d)`` upper triangular, A with A A' the covariance.
        precision: ``(draws,)`` of the person's noise.
        shift: ``(lengths, draws, n)`` mean of the offsets, as many as there are stretches.
        shift_variance: ``(lengths, draws, n)`` their variance given the person's row and the other lengths; the
            covariance with these is left out, which makes the variance of f in a known session somewhat too large.
    """

    mean: FloatArray
    factor: FloatArray
    precision: FloatArray
    shift: FloatArray
    shift_variance: FloatArray


class _Workspace(NamedTuple):
    """Scratch arrays of one person; n ratings, d the width of a row."""

    offset_mean: FloatArray  # (n,) fitted value apart from the person
    fitted: FloatArray  # (n,)
    gradient: FloatArray  # (n,) of the log-likelihood at the fitted values
    new_curvature: FloatArray  # (n,) of the same
    squared_noise: FloatArray  # (n,) expected, in units of the noise variance
    curvature: FloatArray  # (n,) h, with which the posterior was factored
    inverse_diagonal: FloatArray  # (n,) of V^-1
    variance: FloatArray  # (n,) of the fitted values
    residual: FloatArray  # (n,) V^-1 (response - X z) after a step
    response: FloatArray  # (n,) of the linearised model
    woodbury_weight: FloatArray  # (lengths, n)
    woodbury_share: FloatArray  # (lengths, 2 n)
    weighted_design: FloatArray  # (d, n) V^-1 X
    design_rows: FloatArray  # (n, d)
    matrix: FloatArray  # (d, d) posterior precision, then its Cholesky factor
    right_hand_side: FloatArray  # (d,)
    rotated: FloatArray  # (d,)
    prior_precision: FloatArray  # (d, d) P
    prior_shift: FloatArray  # (d,) P times the prior mean


@jit
def _woodbury_weights(
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
def _apply_inverse_covariance(
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
def _apply_inverse_covariance_to_columns(
    stretches: IntArray,
    curvature: FloatArray,
    weight: FloatArray,
    share: FloatArray,
    x: FloatArray,
    rows: FloatArray,
    out: FloatArray,
) -> None:
    """``out`` = V^-1 on every column of ``x``, all ``(d, n)``; ``rows``, ``(n, d)``, is scratch space.

    As `_apply_inverse_covariance`, with the columns innermost: their number is fixed, so that loops vectorise.
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
def _inverse_factor(matrix: FloatArray, factor: FloatArray) -> None:
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
def _prior_precision(
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


@jit
def _workspace(lengths: int, width: int, n: int) -> _Workspace:
    return _Workspace(
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.zeros((lengths, n)),
        np.zeros((lengths, 2 * n)),
        np.empty((width, n)),
        np.empty((n, width)),
        np.empty((width, width)),
        np.empty(width),
        np.empty(width),
        np.empty((width, width)),
        np.empty(width),
    )


@jit
def _start(problem: FoldInProblem, t: int, work: _Workspace, converged_before: bool) -> None:
    """The fitted values apart from the person, and where the search begins: draws are alike, so at the last mode."""
    x = problem.design[t]
    width, n = x.shape
    for p in range(n):
        work.offset_mean[p] = problem.base[t, p]
        for s in range(problem.stretches.shape[0]):
            work.offset_mean[p] += problem.effect_mean[s, t]
    if not converged_before:
        for p in range(n):
            work.fitted[p] = work.offset_mean[p]
            for a in range(width):
                work.fitted[p] += x[a, p] * problem.prior_mean[t, a]


@jit
def _find_mode(
    problem: FoldInProblem, t: int, work: _Workspace, result: FoldInResult, noise_precision: float
) -> tuple[float, float]:
    """Newton's method for the person's row and the secant method for their noise precision, in turn.

    Returns:
        The noise precision, and the largest change of a fitted value in the last step.
    """
    x, mean, factor = problem.design[t], result.mean[t], result.factor[t]
    unit_precision = problem.noise[t] if not problem.ordinal else 1.0
    log_before, gap_before, largest_step = 0.0, 0.0, np.inf
    for step in range(_MAX_STEPS):
        likelihood(
            work.fitted,
            unit_precision * noise_precision,
            problem.low_edge[t],
            problem.high_edge[t],
            problem.ordinal,
            work.gradient,
            work.new_curvature,
            work.squared_noise,
        )
        if _is_stale(work.curvature, work.new_curvature, step):
            _factor_posterior(x, problem.stretches, problem.effect_variance[:, t], work, factor)
        largest_step = _newton_step(x, problem.stretches, work, mean, factor)
        gap = 0.0
        if problem.shape[t] > 0.0 and step > 0:
            log = math.log(noise_precision)
            gap = _noise_gap(problem.shape[t], noise_precision, work.squared_noise, work.variance, work.curvature)
            log_change = log - log_before
            slope = (gap - gap_before) / log_change if step > 1 and abs(log_change) > 1e-6 else _GAP_SLOPE
            log_before, gap_before = log, gap
            noise_precision = math.exp(log - gap / min(max(slope, _MIN_GAP_SLOPE), _MAX_GAP_SLOPE))
        is_close = largest_step * math.sqrt(unit_precision) < _STEP_TOLERANCE and abs(gap) < _NOISE_TOLERANCE
        if step > 1 and is_close:
            break
    return noise_precision, largest_step


@jit
def _is_stale(curvature: FloatArray, new_curvature: FloatArray, step: int) -> bool:
    """Whether the curvatures have changed so much that the posterior must be factored again; takes the new ones."""
    change, total = 0.0, 0.0
    for p in range(curvature.shape[0]):
        change += abs(new_curvature[p] - curvature[p])
        total += new_curvature[p]
    slow = step > _SLOW_STEPS
    if not (step == 0 or (step > 1 and change > _STALE_CURVATURE * total) or slow):
        return False
    for p in range(curvature.shape[0]):
        curvature[p] = max(curvature[p], new_curvature[p]) if slow else new_curvature[p]
    return True


@jit
def _factor_posterior(
    x: FloatArray, stretches: IntArray, effect_variance: FloatArray, work: _Workspace, factor: FloatArray
) -> None:
    """The factor of the row's covariance and the variance of the fitted values, with the present curvatures."""
    h, weight, share = work.curvature, work.woodbury_weight, work.woodbury_share
    width, n = x.shape
    _woodbury_weights(stretches, effect_variance, h, weight, share, work.inverse_diagonal)
    _apply_inverse_covariance_to_columns(stretches, h, weight, share, x, work.design_rows, work.weighted_design)
    for a in range(width):
        for b in range(a + 1):
            total = 0.0
            for p in range(n):
                total += x[a, p] * work.weighted_design[b, p]
            work.matrix[a, b] = total + work.prior_precision[a, b]
    _inverse_factor(work.matrix, factor)
    variance, column = work.variance, work.residual
    for p in range(n):
        variance[p] = work.inverse_diagonal[p]
    for e in range(width):
        column[:] = 0.0
        for a in range(e + 1):
            for p in range(n):
                column[p] += work.weighted_design[a, p] * factor[a, e]
        for p in range(n):
            variance[p] -= column[p] * column[p]
    for p in range(n):
        variance[p] = max(1.0 / h[p] - variance[p] / (h[p] * h[p]), 0.0)


@jit
def _newton_step(x: FloatArray, stretches: IntArray, work: _Workspace, mean: FloatArray, factor: FloatArray) -> float:
    """The mean of the row under the linearised likelihood, and the fitted values there; returns the largest change."""
    h, response, residual = work.curvature, work.response, work.residual
    width, n = x.shape
    for p in range(n):
        response[p] = work.fitted[p] + work.gradient[p] / h[p] - work.offset_mean[p]
    _apply_inverse_covariance(stretches, h, work.woodbury_weight, work.woodbury_share, response, residual)
    for a in range(width):
        total = work.prior_shift[a]
        for p in range(n):
            total += x[a, p] * residual[p]
        work.right_hand_side[a] = total
    for a in range(width):  # mean = A A' right_hand_side
        total = 0.0
        for b in range(a + 1):
            total += factor[b, a] * work.right_hand_side[b]
        work.rotated[a] = total
    for a in range(width):
        total = 0.0
        for b in range(a, width):
            total += factor[a, b] * work.rotated[b]
        mean[a] = total
    for a in range(width):
        for p in range(n):
            residual[p] -= work.weighted_design[a, p] * mean[a]  # V^-1 (response - X z) in the end
    largest_step = 0.0
    for p in range(n):
        new_value = work.offset_mean[p] + response[p] - residual[p] / h[p]
        largest_step = max(largest_step, abs(new_value - work.fitted[p]))
        work.fitted[p] = new_value
    return largest_step


@jit
def _noise_gap(
    shape: float, noise_precision: float, squared_noise: FloatArray, variance: FloatArray, curvature: FloatArray
) -> float:
    """Log of the noise precision that the expected squared noise asks for, less that of the present one."""
    n = squared_noise.shape[0]
    total = 0.0
    for p in range(n):
        total += squared_noise[p] + variance[p] * curvature[p]
    return math.log((shape + n / 2) / (shape + total / noise_precision / 2)) - math.log(noise_precision)


@jit
def _time_offsets(problem: FoldInProblem, t: int, work: _Workspace, result: FoldInResult) -> None:
    """Mean and variance of the offset of each stretch of time."""
    n = problem.stretches.shape[1]
    for s in range(problem.stretches.shape[0]):
        stretch, effect_variance = problem.stretches[s], problem.effect_variance[s, t]
        shift, variance = result.shift[s, t], result.shift_variance[s, t]
        for c in range(stretch[n - 1] + 1):
            shift[c], variance[c] = 0.0, 0.0
        for p in range(n):
            shift[stretch[p]] += work.residual[p]
            variance[stretch[p]] += work.curvature[p]
        for c in range(stretch[n - 1] + 1):
            shift[c] *= effect_variance
            variance[c] = effect_variance / (1.0 + effect_variance * variance[c])


@jit
def fold(problem: FoldInProblem, result: FoldInResult) -> None:
    r"""Fill ``result`` with the person's posterior given each draw; see `person_posterior.fold_in` for the formula.

    The ratings' covariance given the person's row is V = 1/h + sum of variance_s Z_s Z_s'. The stretches of one length
    lie within those of the next, so each Woodbury step is diagonal in its stretches.

    Cost: O(draws * (n d^2 + d^3)).
    """
    draws, width, n = problem.design.shape
    work = _workspace(problem.stretches.shape[0], width, n)
    noise_precision, largest_step = 1.0, np.inf
    for t in range(draws):
        _prior_precision(
            problem.whiten[t], problem.gain[t], problem.prior_mean[t], work.prior_precision, work.prior_shift
        )
        if n == 0:
            work.matrix[:] = work.prior_precision
            _inverse_factor(work.matrix, result.factor[t])
            result.mean[t] = problem.prior_mean[t]
            result.precision[t] = 1.0
            continue
        converged_before = largest_step < np.inf
        _start(problem, t, work, converged_before)
        noise_precision, largest_step = _find_mode(
            problem, t, work, result, noise_precision if converged_before else 1.0
        )
        result.precision[t] = noise_precision
        _time_offsets(problem, t, work, result)
