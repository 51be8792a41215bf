"""What the learned part of `hetero` is given: its settings, and the graph of movies and features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reelgraph.core import FloatArray, IntArray, Matrix


@dataclass(frozen=True)
class AlignmentSettings:
    """How the network is trained; see `Hetero` for the fields."""

    width: int
    steps: int
    cold_share: float
    dropout: float
    learning_rate: float


@dataclass(frozen=True)
class MovieGraph:
    """Movies, their features and directions; the network's inputs.

    Args:
        features: kind -> ``(n, n_kind)`` 0/1 CSR.
        numbers: ``(n, m)`` float32, other inputs.
        estimates: ``(n, dim)`` float32 of length 1, what the closed forms say, each movie left out of its own.
        directions: ``(n, dim)`` float32 of length 1, of the movies' own vectors; 0 for movies without ratings.
        count: ``(n,)`` ratings.
    """

    features: Mapping[str, Matrix]
    numbers: FloatArray
    estimates: FloatArray
    directions: FloatArray
    count: IntArray
