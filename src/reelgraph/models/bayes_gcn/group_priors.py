"""The means and precisions of groups of weight rows."""

from __future__ import annotations

import numpy as np

from reelgraph.core import FloatArray

_SHAPE, _RATE, _PULL = 1.0, 1.0, 1.0  # prior of a precision: Gamma(1, 1); of a mean: N(0, 1 / (1 * precision))


def draw_prior(weights: FloatArray, mean: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Mean and precision of a group, each ``(width,)``, given its weight rows ``(n, width)``.

    Source: Rendle, Zhang and Koren 2019 (the sampler of libFM), hyperpriors as in Freudenthaler et al. 2011, section
    3.2: independent dimensions.
    """
    squares = np.square(weights - mean).sum(axis=0)
    return draw_prior_of_sums(len(weights), weights.sum(axis=0, dtype=np.float64), squares, mean, rng)


def draw_prior_of_sums(
    n: int, total: FloatArray, squares: FloatArray, mean: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """As `draw_prior`, from the sum of n rows and of their squared distances from ``mean``, each ``(width,)``."""
    rate = _RATE + (squares + _PULL * np.square(mean)) / 2
    precision = rng.gamma(_SHAPE + (n + 1) / 2, size=len(mean)) / rate
    return rng.normal(total / (n + _PULL), 1.0 / np.sqrt(precision * (n + _PULL))), precision
