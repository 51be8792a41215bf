"""Scores of different models on the same footing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray


def standardised(scores: FloatArray, dtype: type[np.floating[Any]] = np.float32) -> FloatArray:
    """Each row of ``(batch, n)`` less its mean, by its standard deviation; 0 where all are the same."""
    out = np.empty(scores.shape, dtype)
    _standardise(np.ascontiguousarray(scores), out)
    return out


@jit
def _standardise(scores: FloatArray, out: FloatArray) -> None:
    """Fill ``out``; sums are of float64 differences from the first score, which are 0 where all are the same."""
    n = scores.shape[1]
    for row in range(len(scores)):
        values, first = scores[row], np.float64(scores[row, 0]) if n else 0.0
        total, squares = 0.0, 0.0
        for place in range(n):
            total += values[place] - first
        mean = total / max(n, 1)
        for place in range(n):
            difference = values[place] - first - mean
            squares += difference * difference
        scale = 1.0 / math.sqrt(squares / n) if squares > 0.0 else 0.0
        for place in range(n):
            out[row, place] = (values[place] - first - mean) * scale
