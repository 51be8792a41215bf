"""Random draws inside compiled loops, from a stream of its own for each person, the same on every platform."""

from __future__ import annotations

import math

import numpy as np

from reelgraph._util.numba_jit import strict_jit
from reelgraph.core import AnyArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


@strict_jit
def mixed(value: np.uint64) -> np.uint64:
    """A 64-bit hash of ``value`` (uint64).

    Source: Steele, Lea and Flood 2014 (SplitMix), figure 10.
    """
    value = (value ^ (value >> _30)) * _FIRST
    value = (value ^ (value >> _27)) * _SECOND
    return value ^ (value >> _31)


@strict_jit
def uniform(state: AnyArray) -> float:
    """A draw above 0 and below 1; ``state``, ``(1,)`` uint64, goes one step on."""
    state[0] += _STEP
    return (float(mixed(state[0]) >> _11) + 0.5) * _UNIT


@strict_jit
def below(state: AnyArray, count: int) -> int:
    """A whole number from 0 to below ``count``."""
    return min(int(uniform(state) * count), count - 1)


@strict_jit
def normal(state: AnyArray) -> float:
    """A draw from the standard normal distribution (Box and Muller 1958)."""
    radius = math.sqrt(-2.0 * math.log(uniform(state)))
    return radius * math.cos(2.0 * math.pi * uniform(state))


@strict_jit
def exponential(state: AnyArray) -> float:
    """A draw from the exponential distribution of mean 1."""
    return -math.log(uniform(state))
