"""Scores of different models on the same footing."""

from __future__ import annotations

from typing import Any

import numpy as np

from reelgraph.core import FloatArray


def standardised(scores: FloatArray, dtype: type[np.floating[Any]] = np.float32) -> FloatArray:
    """Each row of ``(batch, n)`` less its mean, by its standard deviation; 0 where all are the same."""
    centred: FloatArray = scores - scores.mean(axis=1, keepdims=True, dtype=np.float64)
    std = np.sqrt(np.mean(np.square(centred), axis=1, keepdims=True))
    np.divide(centred, std, out=centred, where=std > 0)  # where all are the same, the numerators are 0
    return centred.astype(dtype, copy=False)
