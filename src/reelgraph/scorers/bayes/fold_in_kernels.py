"""Compiled fold-in of the Bayesian scorer: the posterior of one person given each draw of the item side.

Arrays are ``(draws, d, n)``: columns of a design matrix lie side by side, so that loops over ratings vectorise. d is
the width of a person's row ``[bias, vector]``.
"""

from __future__ import annotations

import math

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray
from reelgraph.scorers.bayes.fold_in_arrays import FoldInProblem, FoldInResult, FoldInWorkspace, empty_workspace
from reelgraph.scorers.bayes.probit import likelihood
from reelgraph.scorers.bayes.woodbury_kernels import (
    apply_inverse_covariance,
    apply_inverse_covariance_to_columns,
    fill_prior_precision,
    inverse_factor,
    woodbury_weights,
)

_MAX_STEPS = 50  # people need 3 to 10; what has not converged then is left as it is
_SLOW_STEPS = 10  # steps after which curvatures may only grow, so that steps to and fro between two points converge
_STEP_TOLERANCE = 1e-3  # of a standard deviation of the noise; smaller steps end the search
_NOISE_TOLERANCE = 1e-2  # of the log of the noise precision
_STALE_CURVATURE = 0.1  # relative change of the curvatures from which the posterior is factored again
# Slope of the gap in the log noise precision: its value before two steps are known, and the range it is held in.
_GAP_SLOPE, _MIN_GAP_SLOPE, _MAX_GAP_SLOPE = -0.7, -1.2, -0.25


@jit
def _start(problem: FoldInProblem, t: int, work: FoldInWorkspace, converged_before: bool) -> None:
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
    problem: FoldInProblem, t: int, work: FoldInWorkspace, result: FoldInResult, noise_precision: float
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
    x: FloatArray, stretches: IntArray, effect_variance: FloatArray, work: FoldInWorkspace, factor: FloatArray
) -> None:
    """The factor of the row's covariance and the variance of the fitted values, with the present curvatures."""
    h, weight, share = work.curvature, work.woodbury_weight, work.woodbury_share
    width, n = x.shape
    woodbury_weights(stretches, effect_variance, h, weight, share, work.inverse_diagonal)
    apply_inverse_covariance_to_columns(stretches, h, weight, share, x, work.design_rows, work.weighted_design)
    for a in range(width):
        for b in range(a + 1):
            total = 0.0
            for p in range(n):
                total += x[a, p] * work.weighted_design[b, p]
            work.matrix[a, b] = total + work.prior_precision[a, b]
    inverse_factor(work.matrix, factor)
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
def _newton_step(
    x: FloatArray, stretches: IntArray, work: FoldInWorkspace, mean: FloatArray, factor: FloatArray
) -> float:
    """The mean of the row under the linearised likelihood, and the fitted values there; returns the largest change."""
    h, response, residual = work.curvature, work.response, work.residual
    width, n = x.shape
    for p in range(n):
        response[p] = work.fitted[p] + work.gradient[p] / h[p] - work.offset_mean[p]
    apply_inverse_covariance(stretches, h, work.woodbury_weight, work.woodbury_share, response, residual)
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
def _time_offsets(problem: FoldInProblem, t: int, work: FoldInWorkspace, result: FoldInResult) -> None:
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
    work = empty_workspace(problem.stretches.shape[0], width, n)
    noise_precision, largest_step = 1.0, np.inf
    for t in range(draws):
        fill_prior_precision(
            problem.whiten[t], problem.gain[t], problem.prior_mean[t], work.prior_precision, work.prior_shift
        )
        if n == 0:
            work.matrix[:] = work.prior_precision
            inverse_factor(work.matrix, result.factor[t])
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
        for p in range(n):
            result.slope[p] += work.residual[p] / draws
            result.curvature[p] += work.inverse_diagonal[p] / draws
