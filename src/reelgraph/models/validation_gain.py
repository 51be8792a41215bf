"""When a setting is better on validation by more than chance."""

from __future__ import annotations

import numpy as np

from reelgraph.core import FloatArray

_MIN_GAIN = 1e-4
_MIN_PEOPLE = 10  # of fewer a standard error says little: with one it is not known, with two equal ones it is 0


def is_gain(differences: FloatArray, n_errors: float = 1.0) -> bool:
    """Whether the mean of a difference over ten people or more is above its own standard error, and above 0.0001.

    Args:
        differences: ``(n_people,)``, of a figure where more is better.
        n_errors: number of standard errors.
    """
    if len(differences) < _MIN_PEOPLE:
        return False
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return bool(differences.mean() > max(_MIN_GAIN, n_errors * error))
