"""A random sample of at most so many values, in ascending order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def subsample(values: NDArray[Any], max_size: int, rng: np.random.Generator) -> NDArray[Any]:
    """All the values, or ``max_size`` of them drawn at random without replacement, in ascending order.

    Args:
        values: ``(n,)`` of any sortable type, ascending.
        max_size: values in the sample, at most.
        rng: draws the sample, and is left as it was where there is nothing to draw.

    Returns:
        ``(min(n, max_size),)`` of the same type; ``values`` itself where there are ``max_size`` or fewer.
    """
    if len(values) <= max_size:
        return values
    return np.sort(rng.choice(values, max_size, replace=False))
