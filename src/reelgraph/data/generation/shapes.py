"""The shapes that generated data can have: how many movies, how active people are, how popular movies are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reelgraph.core import FloatArray


@dataclass(frozen=True)
class Shape:
    """The counts of a published data set, which the generated world has at its full size.

    Args:
        name: of the data set.
        n_movies: movies in the catalogue, rated or not.
        n_ratings: at the full size.
        fewest: ratings of a person, at least.
        most: ratings of a person, at most.
        median: ratings of a person.
        spread: standard deviation of the logarithm of a person's ratings above ``fewest``.
        counts: rank of a movie by its ratings -> ratings at the full size; between the ranks a monotone curve in
            logarithms. Below two ratings, the expected number: a rank then has 0, 1, 2, ... by chance.
        largest_id: movie ids are below it.
        first: first second of a rating, Unix time.
        last: last second of a rating.
    """

    name: str
    n_movies: int
    n_ratings: int
    fewest: int
    most: int
    median: float
    spread: float
    counts: Mapping[int, float]
    largest_id: int
    first: int
    last: int

    def expected_counts(self) -> FloatArray:
        """Expected ratings of each movie at the full size, from the most to the least rated, ``(n_movies,)``."""
        from scipy.interpolate import PchipInterpolator  # here: reading does without

        ranks, counts = np.array(list(self.counts), float), np.array(list(self.counts.values()))
        curve = PchipInterpolator(np.log(ranks), np.log(counts))
        expected: FloatArray = np.exp(curve(np.log(np.arange(1, self.n_movies + 1))))
        expected *= self.n_ratings / expected.sum()
        return expected


SHAPES: Mapping[str, Shape] = {
    "ml-32m": Shape(
        name="ml-32m",
        n_movies=87_585,
        n_ratings=32_000_204,
        fewest=20,
        most=33_332,
        median=75.0,
        spread=1.367,
        counts={
            1: 102_929, 10: 80_000, 30: 63_000, 100: 40_000, 300: 21_500, 1_000: 7_300, 3_000: 1_750, 8_000: 340,
            16_000: 80, 24_000: 31, 32_000: 14, 44_000: 5.4, 60_000: 3.2, 75_000: 2.4, 84_400: 1.9, 87_585: 1.6,
        },
        largest_id=292_757,
        first=789_652_004,
        last=1_697_164_147,
    )
}  # fmt: skip
"""The known shapes, by name."""
