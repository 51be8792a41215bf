"""What the compiled fold-in reads, what it fills, and its scratch arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray


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
        slope: ``(n,)`` of the log-likelihood at the fitted values, mean over the draws.
        curvature: ``(n,)`` of the same with the session offsets integrated out, mean over the draws.
    """

    mean: FloatArray
    factor: FloatArray
    precision: FloatArray
    shift: FloatArray
    shift_variance: FloatArray
    slope: FloatArray
    curvature: FloatArray


class FoldInWorkspace(NamedTuple):
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
def empty_workspace(lengths: int, width: int, n: int) -> FoldInWorkspace:
    """Scratch arrays for n ratings, rows of ``width``, and as many lengths of stretches of time."""
    return FoldInWorkspace(
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
