"""When a setting is better on validation by more than chance, and on whom that was seen."""

from __future__ import annotations

import numpy as np

from reelgraph.core import FloatArray, IntArray
from reelgraph.core.display import counted

_MIN_GAIN = 1e-4
_MIN_PEOPLE = 10  # of fewer a standard error says little: with one it is not known, with two equal ones it is 0


def counted_people(users: IntArray) -> str:
    """How many people were ranked, in words; where some have several rows, one for each target, how many those are.

    Args:
        users: ``(n,)`` row of the user of each ranked row.

    Examples:
        >>> import numpy as np
        >>> from reelgraph.models.validation_gain import counted_people
        >>> counted_people(np.array([3, 5])), counted_people(np.array([3, 3, 5]))
        ('2 validation people', '3 targets of 2 validation people')
    """
    n_people = len(np.unique(users))
    people = counted(n_people, "validation person")
    return people if n_people == len(users) else f"{counted(len(users), 'target')} of {people}"


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
