"""Compiled numerics of the ordinal probit output: the likelihood of a level, and a quick Phi."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reelgraph._util.numba_jit import jit, normal_cdf
from reelgraph.core import FloatArray

_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_SQRT_HALF = math.sqrt(0.5)
_TAIL = 6.0  # from here on the continued fraction is exact to the last digits
_TERMS = 24
_NEAR = 3.0  # up to here the difference of two chances has digits enough
_LEAST = 1e-150  # of the chance of a level, in units of the density at its nearer edge

# Of erf(x) = 1 - (1 + a_1 x + ... + a_6 x^6)^-16 for x >= 0.
_A1, _A2, _A3, _A4, _A5, _A6 = (
    np.float32(c) for c in (0.0705230784, 0.0422820123, 0.0092705272, 0.0001520143, 0.0002765672, 0.0000430638)
)
_ONE, _HALF, _FAR, _ROOT = np.float32(1.0), np.float32(0.5), np.float32(9.0), np.float32(_SQRT_HALF)


@jit
def quick_cdf(x: float) -> float:
    """Phi, float32, absolute error below 1e-6, without a branch or a table, so that loops over it vectorise.

    Source: Abramowitz and Stegun 7.1.28 (after Hastings 1955).
    """
    y: Any = abs(x) * _ROOT
    y = _FAR if y > _FAR else y
    p = _ONE + y * (_A1 + y * (_A2 + y * (_A3 + y * (_A4 + y * (_A5 + y * _A6)))))
    p *= p
    p *= p
    p *= p
    p *= p
    half_mass: Any = _HALF - _HALF / p
    out: float = _HALF + (half_mass if x >= 0 else -half_mass)
    return out


@jit
def mills(x: float) -> float:
    """(1 - Phi(x)) / phi(x) for x >= 0, relative error below 1e-12 however far out.

    Source: the continued fraction of Laplace, Abramowitz and Stegun 26.2.14.
    """
    if x < _TAIL:
        return 0.5 * math.erfc(x * _SQRT_HALF) / (_DENSITY * math.exp(-0.5 * x * x))
    below = x
    for k in range(_TERMS, 0, -1):
        below = x + k / below
    return 1.0 / below


@jit
def level_slope(low: float, high: float) -> tuple[float, float]:
    r"""Moments of a standard normal number that lies between ``low`` and ``high``, which may be infinite.

    With P its chance, returns :math:`(\phi(low) - \phi(high)) / P`, which is its mean and the slope of log P when
    both edges move down, and :math:`(low\,\phi(low) - high\,\phi(high)) / P`, its second moment less 1. Nothing is
    cut off in the tails: there chances are taken as multiples of the density at the nearer edge.
    """
    sign = 1.0
    if low + high < 0.0:  # work on the upper side
        low, high, sign = -high, -low, -1.0
    if low > _NEAR or (low > 0.0 and math.isinf(high)):
        if math.isinf(high):
            below = 1.0 / mills(low)
            return sign * below, low * below
        log_ratio = 0.5 * (high - low) * (high + low)
        below = 1.0 / max(mills(low) - math.exp(-log_ratio) * mills(high), _LEAST)
        mean = -below * math.expm1(-log_ratio)
        return sign * mean, high * mean - (high - low) * below
    chance = normal_cdf(-low) - normal_cdf(-high) if low > 0.0 else normal_cdf(high) - normal_cdf(low)
    chance = max(chance, _LEAST)
    below = _DENSITY * math.exp(-0.5 * low * low) / chance
    above = 0.0 if math.isinf(high) else _DENSITY * math.exp(-0.5 * high * high) / chance
    bend = (0.0 if math.isinf(low) else low * below) - (0.0 if math.isinf(high) else high * above)
    return sign * (below - above), bend


@jit
def likelihood(
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
        mean, bend = level_slope((low_edge[n] - fitted[n]) * root, (high_edge[n] - fitted[n]) * root)
        slope[n] = mean * root
        curvature[n] = min(max(mean * mean - bend, 1e-6), 1.0) * precision
        squares[n] = max(1.0 + bend, 0.0)
