"""How near to the ranking ceiling one comes who knows the movies, or the people, and infers the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.scale.planted import Planted
from reelgraph.core import BoolArray, FloatArray, IntArray
from reelgraph.data.generation import people_kernels as kernels
from reelgraph.data.generation.world import World

_STEPS, _TOLERANCE = 25, 1e-4  # of Newton's method
_LEAST, _MOST = -27.0, 6.0  # of the logarithm of a rate, where the likelihood is flat in floating point
_OTHERS = 1500  # people drawn to stand for all who have not rated a movie
_TOP = 10


class Prior(NamedTuple):
    """Independent normal distributions: ``mean`` and ``precision``, ``(d,)`` each; precision 0 says nothing."""

    mean: FloatArray
    precision: FloatArray


def ranking_figures(planted: Planted, n_people: int, seed: int) -> tuple[dict[str, float], float]:
    """NDCG@10 of a random sample of the people, in the order of their own known or inferred preferences.

    ``limit``: of who knows all that is planted. ``movies known``: the people are inferred from the training ratings.
    ``people known``: the movies are. ``movies, then people``: the movies so inferred, then the people with these
    movies. ``popularity``: the planted popularity and release. Nothing is listed that was not out at the person's last
    rating.

    Returns:
        The means, and the standard error of the mean of what is lost by learning both sides, as a share of the limit.
    """
    rng = np.random.default_rng([seed, 5])
    users = np.sort(rng.choice(planted.n_users, min(n_people, planted.n_users), replace=False))
    world, end = planted.world, planted.last_known()
    known = np.column_stack([world.movies.taste, world.movies.log_weight]).astype(np.float64)
    inferred = inferred_movies(planted, known, end, rng)
    rows = [_of_person(planted, user, float(end[user]), known, inferred) for user in users.tolist()]
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    ratio = means["movies, then people"] / means["limit"]
    spread = np.std([row["movies, then people"] - ratio * row["limit"] for row in rows])
    return means, float(spread / np.sqrt(len(rows)) / means["limit"])


def _of_person(planted: Planted, user: int, end: float, known: FloatArray, inferred: FloatArray) -> dict[str, float]:
    place = slice(planted.start[user], planted.start[user + 1])
    is_train, items = planted.is_train[place], planted.item[place]

    def value(of_movies: FloatArray, tastes: FloatArray | None) -> float:
        base, taste = base_weights(planted.world, of_movies[:, -1], end), of_movies[:, :-1]
        tastes = inferred_tastes(base, taste, items[is_train]) if tastes is None else tastes
        scores = base + np.minimum(taste @ tastes, kernels.TASTE_CAP)
        return ndcg(scores, items[is_train], items[~is_train])

    return {
        "limit": value(known, planted.tastes[user]),
        "movies known": value(known, None),
        "people known": value(inferred, planted.tastes[user]),
        "movies, then people": value(inferred, None),
        "popularity": value(known, np.zeros(kernels.TASTES)),
    }


def base_weights(world: World, log_weight: FloatArray, end: float) -> FloatArray:
    """Logarithm of each movie's weight for a person without tastes whose last rating is at ``end``, ``(n,)``."""
    movies = world.movies._replace(log_weight=log_weight)
    weights = np.empty(len(log_weight))
    kernels.log_preferences(movies, np.zeros(kernels.TASTES), end, weights)
    return weights


def inferred_tastes(base: FloatArray, taste: FloatArray, rated: IntArray) -> FloatArray:
    """The most likely tastes of a person who rated some movies, ``(TASTES,)``; how many they rate is free.

    Args:
        base: ``(n,)`` logarithm of each movie's weight for a person without tastes.
        taste: ``(n, TASTES)`` of the movies.
        rated: rows of the movies that the person rated.
    """
    width, weights = taste.shape[1], np.ones(len(base))
    start = np.r_[np.zeros(width), np.log(len(rated)) - np.log(np.exp(base).sum())]
    is_rated = np.zeros(len(base), np.bool_)
    is_rated[rated] = True
    prior = Prior(np.zeros(width + 1), np.r_[np.ones(width), 0.0])
    return most_likely(base, taste, is_rated, weights, prior, start)[:width]


def inferred_movies(planted: Planted, known: FloatArray, end: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The most likely taste and popularity of each movie, the people given, ``(n_movies, TASTES + 1)``.

    Movies without training ratings keep what their genres say and the least popularity.

    Args:
        planted: the data.
        known: ``(n_movies, TASTES + 1)`` planted, for how their values are spread.
        end: ``(n_users,)`` last second of each person.
        rng: draws who stands for those who have not rated a movie.
    """
    world, width = planted.world, kernels.TASTES
    reach = _reach(planted, end)
    mean = np.column_stack([planted.of_genres(known[:, :width]), np.full(len(known), known[:, width].mean())])
    precision = 1.0 / np.mean((known - mean) ** 2, axis=0)
    train = np.flatnonzero(planted.is_train)
    train = train[np.argsort(planted.item[train], kind="stable")]
    bounds = np.searchsorted(planted.item[train], np.arange(len(known) + 1))
    out = mean.copy()
    out[:, width] = known[:, width].min()
    for movie in np.flatnonzero(np.diff(bounds)).tolist():
        is_rater = np.zeros(planted.n_users, np.bool_)
        is_rater[planted.user[train[bounds[movie] : bounds[movie + 1]]]] = True
        others = np.flatnonzero(~is_rater & (end >= world.movies.release[movie]))
        drawn = rng.choice(others, _OTHERS, replace=False) if len(others) > _OTHERS else others
        raters = np.flatnonzero(is_rater)
        people = np.concatenate([raters, drawn])
        weights = np.r_[np.ones(len(raters)), np.full(len(drawn), len(others) / max(len(drawn), 1))]
        base = reach[people] - (end[people] - world.movies.release[movie]) / (kernels.YEAR * kernels.AGE_SCALE)
        drawn_to = np.minimum(planted.tastes[people] @ mean[movie, :width], kernels.TASTE_CAP)
        start = mean[movie].copy()
        start[width] = np.log(len(raters)) - np.log((weights * np.exp(base + drawn_to)).sum())
        prior = Prior(mean[movie], precision)
        out[movie] = most_likely(base, planted.tastes[people], is_rater[people], weights, prior, start)
    return out


def _reach(planted: Planted, end: FloatArray) -> FloatArray:
    """Logarithm of t, with which each person's expected number of movies is that of the training ratings."""
    out = np.empty(planted.n_users)
    n_known = np.add.reduceat(planted.is_train.astype(np.int64), planted.start[:-1])
    weights = np.empty(len(planted.world.movies.keep))
    for user in range(planted.n_users):
        kernels.log_preferences(planted.world.movies, planted.tastes[user], float(end[user]), weights)
        weight = np.exp(weights)
        log_t = np.log(n_known[user] / weight.sum())
        for _ in range(_STEPS):
            rate = weight * np.exp(log_t)
            step = (n_known[user] + np.expm1(-rate).sum()) / (rate * np.exp(-rate)).sum()
            log_t += np.clip(step, -1.0, 1.0)
            if abs(step) < _TOLERANCE:
                break
        out[user] = log_t
    return out


def most_likely(
    base: FloatArray, design: FloatArray, is_rated: BoolArray, weights: FloatArray, prior: Prior, start: FloatArray
) -> FloatArray:
    r"""The mode of coefficients and intercept, ``(d + 1,)``, given which of some pairs were rated.

    In the race by which movies are drawn, a movie of weight w is rated with the chance :math:`1 - e^{-w t}`. The
    logarithms of w t are ``base + min(design @ coefficients, cap) + intercept``.

    Args:
        base: ``(n,)``.
        design: ``(n, d)``: tastes of movies for a person, or of people for a movie.
        is_rated: ``(n,)`` bool.
        weights: ``(n,)`` how many pairs each stands for.
        prior: of coefficients and intercept.
        start: ``(d + 1,)`` where the search begins.

    Source: Newton's method for the logarithm of the posterior.
    """
    width, values = design.shape[1], start.astype(np.float64)
    with_intercept = np.column_stack([design, np.ones(len(design))]).astype(np.float64)
    for _ in range(_STEPS):
        sums = design @ values[:width]
        is_free = sums < kernels.TASTE_CAP
        log_rate = base + np.minimum(sums, kernels.TASTE_CAP) + values[width]
        rate = np.exp(np.clip(log_rate, _LEAST, _MOST))
        slope, curvature = -rate, rate.copy()
        odds = rate[is_rated] / np.expm1(rate[is_rated])  # by which the chance of a rated one grows with its rate
        slope[is_rated] = odds
        curvature[is_rated] = np.maximum(odds * (rate[is_rated] / -np.expm1(-rate[is_rated]) - 1.0), 1e-9)
        free = with_intercept * np.column_stack([np.repeat(is_free[:, None], width, axis=1), np.ones(len(design))])
        right = free.T @ (weights * slope) - prior.precision * (values - prior.mean)
        step = np.linalg.solve((free.T * (weights * curvature)) @ free + np.diag(prior.precision), right)
        values += step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < _TOLERANCE:
            break
    return values


def ndcg(scores: FloatArray, known: IntArray, test: IntArray) -> float:
    """NDCG@10 of the test movies of one person among all that are not known."""
    scores = scores.copy()
    scores[known] = -np.inf
    top = np.argpartition(-scores, _TOP)[:_TOP]
    top = top[np.argsort(-scores[top], kind="stable")]
    discount = 1.0 / np.log2(np.arange(2, _TOP + 2))
    return float(discount[np.isin(top, test)].sum() / discount[: len(test)].sum())
