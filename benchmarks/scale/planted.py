"""Generated ratings together with everything that is planted in them, and a split per person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelgraph.core import BoolArray, FloatArray, IntArray
from reelgraph.data.generation import people_kernels as kernels
from reelgraph.data.generation.blocks import draw_block
from reelgraph.data.generation.shapes import SHAPES
from reelgraph.data.generation.star_noise import star_moments
from reelgraph.data.generation.world import World

_NEVER = 10**9  # people between two that the generation itself ranks
_TEST_SHARE = 0.1


@dataclass(frozen=True)
class Planted:
    """The ratings of a generated data set in the order of the people, and what was drawn for people and movies.

    Args:
        world: the movies.
        start: ``(n_users + 1,)`` where each person's ratings begin.
        user: ``(n_ratings,)``.
        item: ``(n_ratings,)`` rows of the movies.
        stars: ``(n_ratings,)`` float64, as published.
        time: ``(n_ratings,)`` float64 Unix seconds.
        tastes: ``(n_users, TASTES)``.
        profile: ``(n_users, 3)``, see `people_kernels.draw_person`.
        is_train: ``(n_ratings,)`` all but a random tenth of each person's ratings.
    """

    world: World
    start: IntArray
    user: IntArray
    item: IntArray
    stars: FloatArray
    time: FloatArray
    tastes: FloatArray
    profile: FloatArray
    is_train: BoolArray

    @classmethod
    def draw(cls, n_ratings: int, seed: int) -> Planted:
        """The data of ``reelgraph data generate --like ml-32m --ratings N --seed S``, split by the same seed.

        Memory: about 60 bytes a rating.
        """
        world = World.of(SHAPES["ml-32m"], seed)
        sizes = world.sizes(n_ratings)
        drawn = draw_block(world, 0, sizes, _NEVER, star_moments())
        tastes, profile = np.empty((len(sizes), kernels.TASTES)), np.empty((len(sizes), 3))
        for person, size in enumerate(sizes.tolist()):
            kernels.draw_person(
                seed, person, world.level, float(world.shape.first), float(world.shape.last),
                tastes[person], np.empty(size), profile[person],
            )  # fmt: skip
        user = np.repeat(np.arange(len(sizes)), sizes)
        rng = np.random.default_rng([seed, 4])
        start = np.concatenate([[0], np.cumsum(sizes)])
        place_within = np.empty(n_ratings, np.int64)
        place_within[np.lexsort((rng.random(n_ratings), user))] = np.arange(n_ratings) - start[user]
        n_test = np.maximum(1, np.floor(_TEST_SHARE * sizes + 1e-9))
        return cls(
            world, start, user, drawn.item.astype(np.int64), drawn.half_stars / 2, drawn.time.astype(np.float64),
            tastes, profile, place_within >= n_test[user],
        )  # fmt: skip

    @property
    def n_users(self) -> int:
        """Number of people."""
        return len(self.start) - 1

    def years_of_person(self) -> FloatArray:
        """Years from the middle of the person's time to each rating, no more than count, ``(n_ratings,)``."""
        years = (self.time - self.profile[self.user, 2]) / kernels.YEAR
        limited: FloatArray = np.clip(years, -kernels.MOST_YEARS, kernels.MOST_YEARS)
        return limited

    def years_of_movies(self) -> FloatArray:
        """Years from the middle of all time to each rating, ``(n_ratings,)``."""
        years: FloatArray = (self.time - kernels.MIDDLE) / kernels.YEAR
        return years

    def last_known(self) -> FloatArray:
        """The last second of each person's training ratings, ``(n_users,)``."""
        last: FloatArray = np.maximum.reduceat(np.where(self.is_train, self.time, 0.0), self.start[:-1])
        return last

    def of_genres(self, values: FloatArray) -> FloatArray:
        """The part of places in the space of tastes, ``(n_movies, TASTES)``, that genres say: least squares."""
        has_genre = self.world.has_genre
        genres = has_genre / np.sqrt(np.maximum(has_genre.sum(axis=1, keepdims=True), 1))
        weights = np.linalg.lstsq(genres, values.astype(np.float64), rcond=None)[0]
        part: FloatArray = genres @ weights
        return part
