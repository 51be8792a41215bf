"""How near to the noise floor of the stars one comes who knows the movies, or the people, and infers the others."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from benchmarks.scale.planted import Planted
from reelgraph.core import BoolArray, FloatArray, IntArray
from reelgraph.data.generation import people_kernels as kernels
from reelgraph.data.generation.star_noise import NOISE

_LEVELS = np.arange(0.5, 5.25, 0.5)
_VARIANCE = NOISE**2 + 0.5**2 / 12  # of published stars around what is felt: noise, and rounding to half stars


def star_errors(planted: Planted) -> dict[str, float]:
    """Root mean squared errors on the test ratings, stars.

    ``limit``: of who knows all that is planted. ``movies known``: the people are inferred from the training ratings.
    ``people known``: the movies are, from what is expected of their genres and fame. ``movies, then people``: the
    movies so inferred, then the people with these movies.
    """
    movies = planted.world.movies
    of_movies = np.column_stack([movies.star_taste, movies.quality, movies.drift]).astype(np.float64)
    of_people = np.column_stack([planted.tastes, planted.profile[:, :2]])
    inferred_movies = _inferred_movies(planted, of_people)
    return {
        "limit": _error(planted, of_people, of_movies),
        "movies known": _error(planted, _inferred_people(planted, of_movies), of_movies),
        "people known": _error(planted, of_people, inferred_movies),
        "movies, then people": _error(planted, _inferred_people(planted, inferred_movies), inferred_movies),
    }


def _inferred_people(planted: Planted, of_movies: FloatArray) -> FloatArray:
    """Tastes, level and drift of each person, ``(n_users, TASTES + 2)``."""
    width, item = kernels.TASTES, planted.item
    offset = of_movies[item, width] + of_movies[item, width + 1] * planted.years_of_movies()
    design = np.column_stack([of_movies[item, :width], np.ones(len(item)), planted.years_of_person()])
    mean = np.tile(np.r_[np.zeros(width), planted.world.level, 0.0], (planted.n_users, 1))
    spread = np.r_[np.ones(width), kernels.USER_BIAS, kernels.USER_DRIFT]
    return posterior_means(planted.user, design, planted.stars - offset, planted.is_train, mean, spread)


def _inferred_movies(planted: Planted, of_people: FloatArray) -> FloatArray:
    """Star tastes, quality and drift of each movie, ``(n_movies, TASTES + 2)``."""
    width, user, movies = kernels.TASTES, planted.user, planted.world.movies
    offset = of_people[user, width] + of_people[user, width + 1] * planted.years_of_person()
    design = np.column_stack([of_people[user, :width], np.ones(len(user)), planted.years_of_movies()])
    fame = np.log(planted.world.expected)
    expected_quality = np.polyval(np.polyfit(fame, movies.quality, 1), fame)
    mean = np.column_stack([planted.of_genres(movies.star_taste), expected_quality, np.zeros(len(fame))])
    planted_values = np.column_stack([movies.star_taste, movies.quality, movies.drift])
    spread = np.sqrt(np.mean((planted_values - mean) ** 2, axis=0))
    return posterior_means(planted.item, design, planted.stars - offset, planted.is_train, mean, spread)


def posterior_means(
    group: IntArray,
    design: FloatArray,
    response: FloatArray,
    is_train: BoolArray,
    mean: FloatArray,
    spread: FloatArray,
) -> FloatArray:
    """The expected coefficients of each group's linear model, noise of variance `_VARIANCE`, ``(n_groups, d)``.

    Args:
        group: ``(n,)`` of each row.
        design: ``(n, d)``.
        response: ``(n,)``.
        is_train: ``(n,)`` rows that are known.
        mean: ``(n_groups, d)`` of the coefficients before the rows are seen.
        spread: ``(d,)`` their standard deviations.
    """
    known = np.flatnonzero(is_train)
    known = known[np.argsort(group[known], kind="stable")]
    bounds = np.searchsorted(group[known], np.arange(len(mean) + 1))
    out, prior = mean.copy(), np.diag(_VARIANCE / spread**2)
    for number in np.flatnonzero(np.diff(bounds)):
        rows = known[bounds[number] : bounds[number + 1]]
        x, left = design[rows], response[rows] - design[rows] @ mean[number]
        out[number] += np.linalg.solve(x.T @ x + prior, x.T @ left)
    return out


def _error(planted: Planted, of_people: FloatArray, of_movies: FloatArray) -> float:
    """Root mean squared error of the expected published stars on the test ratings."""
    test, width = ~planted.is_train, kernels.TASTES
    people, movies = of_people[planted.user[test]], of_movies[planted.item[test]]
    felt = np.einsum("ij,ij->i", people[:, :width], movies[:, :width]) + people[:, width] + movies[:, width]
    felt += (
        people[:, width + 1] * planted.years_of_person()[test] + movies[:, width + 1] * planted.years_of_movies()[test]
    )
    below = ndtr((_LEVELS[:-1] + 0.25 - felt[:, None]) / NOISE)
    expected = _LEVELS[-1] - 0.5 * below.sum(axis=1)
    return float(np.sqrt(np.mean((planted.stars[test] - expected) ** 2)))
