"""Laws of what was measured: exponents in the number of ratings, and the ratings that fit in a memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MEMORIES = (4, 8, 16, 24)  # GiB
_LEFT_FREE = 0.9  # of a memory: the rest is for the system
_SHORTEST = 0.05  # CPU seconds: less is all start

Rows = Sequence[Mapping[str, Any]]


def exponent(rows: Rows, key: str = "cpu_seconds") -> float | None:
    """Slope of the logarithm of a figure in that of the ratings, by least squares; None with fewer than two sizes."""
    pairs = [(row["ratings"], row[key]) for row in rows if row[key] > _SHORTEST]
    if len({ratings for ratings, _ in pairs}) < 2:
        return None
    ratings, figure = np.log(np.array(pairs, float)).T
    return float(np.polyfit(ratings, figure, 1)[0])


def last_exponent(rows: Rows, key: str = "cpu_seconds") -> float | None:
    """The same between the two largest sizes, where what every process costs counts least."""
    return exponent(sorted(rows, key=lambda row: row["ratings"])[-2:], key)


def ratings_that_fit(rows: Rows, gib: float) -> float | None:
    """Ratings whose step stays within nine tenths of a memory; None with fewer than two sizes.

    The largest memory of a process is a constant and a part for each rating; both are taken from the two largest sizes.
    Infinite where more ratings took no more memory.
    """
    two = sorted(rows, key=lambda row: row["ratings"])[-2:]
    if len(two) < 2:
        return None
    small, large = two
    slope = (large["peak_gib"] - small["peak_gib"]) / (large["ratings"] - small["ratings"])
    if slope <= 0:
        return math.inf
    return float(max((_LEFT_FREE * gib - large["peak_gib"]) / slope + large["ratings"], 0.0))
