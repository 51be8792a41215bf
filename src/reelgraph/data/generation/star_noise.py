"""What rounding to half stars and clipping to the scale leave of a normal distribution: its mean and its variance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from reelgraph.core import FloatArray

NOISE = 0.80  # standard deviation of a rating around what the person feels, stars
_LOW, _HIGH, _STEP = -8.0, 14.0, 0.01  # of what is felt, stars


class StarMoments(NamedTuple):
    """Mean and variance of the published rating, by what is felt before noise, rounding and clipping.

    Args:
        low: what is felt at the first entry, stars.
        step: between two entries.
        mean: ``(n,)`` stars.
        variance: ``(n,)`` square stars.
    """

    low: float
    step: float
    mean: FloatArray
    variance: FloatArray


def star_moments(noise: float = NOISE) -> StarMoments:
    """The table for a noise of standard deviation ``noise``; linear between its entries, exact to 1e-4 stars."""
    felt = np.arange(_LOW, _HIGH + _STEP / 2, _STEP)
    levels = np.arange(0.5, 5.25, 0.5)
    below = ndtr((levels[:-1] + 0.25 - felt[:, None]) / noise)
    ones, zeros = np.ones((len(felt), 1)), np.zeros((len(felt), 1))
    probability = np.diff(np.concatenate([zeros, below, ones], 1), axis=1)
    mean = probability @ levels
    return StarMoments(_LOW, _STEP, mean, probability @ levels**2 - mean**2)
