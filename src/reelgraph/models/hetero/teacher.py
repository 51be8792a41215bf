"""Closed-form vectors of rated movies: what the network of `hetero` learns to tell from features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from reelgraph.core import BoolArray, FloatArray, Interactions, Matrix
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.hetero import above_own_mean, person_scale

_TRAIT_RIDGE = 10.0  # people, or ratings, that a trait needs to count half
_COLUMNS = 4000
_SWEEPS = 8  # of alternating least squares; the validation error moves by less than 0.001 after


@dataclass(frozen=True)
class Teacher:
    """Vectors of the movies that have ratings; rows of the others are 0.

    Args:
        rank: ``(n_items, dim)`` float32, the low-pass part of the user-item graph: right singular vectors.
        taste: ``(n_items, taste_dim)`` float32, factors of the stars above the middle.
        strength: ``(dim,)`` float32, singular values of ``rank``.
        middle: ``(n_items,)`` float32 stars, damped means above each person's own mean.
        trust: ``(n_items,)`` float32 in [0, 1), how much the ratings say of the middle: n / (n + damping).
        warm: ``(n_items,)`` bool, movies with ratings.
        mean: stars.
    """

    rank: FloatArray
    strength: FloatArray
    taste: FloatArray
    middle: FloatArray
    trust: FloatArray
    warm: BoolArray
    mean: float

    @classmethod
    def of(
        cls,
        train: Interactions,
        rng: np.random.Generator,
        *,
        dim: int,
        taste_dim: int,
        rating_power: float,
        damping: float,
        ridge: float,
    ) -> Teacher:
        """The vectors of a training set, under settings of the same names as those of `Hetero`.

        Cost: O(edges * dim) for the first; a sweep of the second is O(edges * taste_dim^2 + (users + items) *
        taste_dim^3).
        """
        rated = train.matrix()
        mean = float(np.mean(train.rating, dtype=np.float64))
        above, _ = above_own_mean(rated, mean, damping)
        count = np.bincount(rated.indices, minlength=train.n_items)
        middle = np.bincount(rated.indices, above, minlength=train.n_items) / (count + damping + 1e-12)
        residual = Matrix((above - middle[rated.indices], rated.indices, rated.indptr), shape=rated.shape)
        rank, strength = _low_pass(rated, dim, rating_power, train.scale.liked_from, rng)
        return cls(
            rank=rank,
            strength=strength,
            taste=_factors(residual, taste_dim, ridge, rng),
            middle=middle.astype(np.float32),
            trust=(count / (count + damping + 1e-12)).astype(np.float32),
            warm=count > 0,
            mean=mean,
        )


def _low_pass(
    rated: Matrix, dim: int, power: float, unit: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """The leading right singular vectors of the people's rows, and their singular values, strongest first.

    Each row is divided by the root of its length before; columns beyond the rank are 0.
    """
    values = entries(rated.data, power, unit) * person_scale(rated)
    scaled = Matrix((values, rated.indices, rated.indptr), shape=rated.shape)
    small = min(scaled.shape)
    kept = min(dim, max(small // 10, 1))  # with all of them the ratings themselves would come out, and nothing beside
    if kept < small // 2:
        _, found, right = svds(scaled, k=kept, v0=rng.random(small))
    else:
        _, found, right = np.linalg.svd(scaled.toarray(), full_matrices=False)
    best = np.argsort(-found, kind="stable")[:kept]
    sign = np.where(right[best].sum(axis=1, keepdims=True) < 0, -1.0, 1.0)  # else free, and left to the solver
    vectors, strength = np.zeros((rated.shape[1], dim), np.float32), np.zeros(dim, np.float32)
    vectors[:, :kept], strength[:kept] = (right[best] * sign).T, found[best]
    return vectors, strength


def _factors(above: Matrix, dim: int, ridge: float, rng: np.random.Generator) -> FloatArray:
    """Factors of the items by alternating least squares, penalty ``ridge`` a vector, scaled so that people are N(0, 1).

    Source: Zhou et al. 2008, without their weights by count.
    """
    items: FloatArray = rng.normal(size=(above.shape[1], dim)) * 0.1
    items[np.diff(above.tocsc().indptr) == 0] = 0.0
    back = Matrix(above.T)
    people = _solved(above, items, ridge)
    for _ in range(_SWEEPS):
        items = _solved(back, people, ridge)
        people = _solved(above, items, ridge)
    spread = people.T @ people / max(len(people), 1) + 1e-9 * np.eye(dim)
    factors: FloatArray = (items @ np.linalg.cholesky(spread)).astype(np.float32)
    return factors


def _solved(values: Matrix, other: FloatArray, ridge: float) -> FloatArray:
    """For each row the least-squares vector against the rows of ``other`` that it has, ``(rows, dim)`` float64."""
    dim = other.shape[1]
    ones = sparse.csr_array((np.ones(values.nnz), values.indices, values.indptr), shape=values.shape)
    squares = (other[:, :, None] * other[:, None, :]).reshape(len(other), dim * dim)
    precision = np.asarray(ones @ squares).reshape(-1, dim, dim) + ridge * np.eye(dim)
    solved: FloatArray = np.linalg.solve(precision, np.asarray(values @ other)[:, :, None])[:, :, 0]
    return solved


def of_traits(people: FloatArray, traits: Matrix) -> FloatArray:
    """What each trait adds to a person's vector, by ridge regression; a trait pulls like ten people to the mean.

    Args:
        people: ``(n, dim)`` less their mean.
        traits: ``(n, n_traits)`` 0/1 CSR.

    Returns:
        ``(n_traits, dim)`` float32.
    """
    square = (traits.T @ traits).toarray() + _TRAIT_RIDGE * np.eye(traits.shape[1])
    solved: FloatArray = np.linalg.solve(square, np.asarray(traits.T @ people)).astype(np.float32)
    return solved


def of_favourites(people: FloatArray, liked: Matrix, genres: Matrix) -> FloatArray:
    """What a favourite genre adds to a person's vector: the mean over those whose it is, ten people pulling to 0.

    A person's favourites are at most three: those whose share among the movies they like is most above the share among
    all likes.

    Args:
        people: ``(n, dim)`` less their mean.
        liked: ``(n, n_items)`` CSR, 1 where a movie is liked, else 0.
        genres: ``(n_items, n_genres)`` 0/1 CSR.

    Returns:
        ``(n_genres, dim)`` float32.
    """
    count, total = (liked @ genres).toarray().astype(np.float64), np.asarray(liked.sum(axis=1), np.float64).ravel()
    share = count.sum(axis=0) / max(float(total.sum()), 1.0)
    lift = (count + _TRAIT_RIDGE * share) / ((total + _TRAIT_RIDGE)[:, None] * np.maximum(share, 1e-9))
    favourite = np.zeros(count.shape)
    np.put_along_axis(favourite, np.argsort(-lift, axis=1, kind="stable")[:, :3], 1.0, axis=1)
    favourite *= lift > 1.0
    summed: FloatArray = favourite.T @ people / (favourite.sum(axis=0) + _TRAIT_RIDGE)[:, None]
    return summed.astype(np.float32)


def guessed(features: Matrix, vectors: FloatArray, warm: BoolArray, ridge: float) -> FloatArray:
    """Ridge regression of the vectors on the features, each movie told without its own vector.

    Args:
        features: ``(n, features)`` 0/1 CSR; the 4,000 most frequent columns are used.
        vectors: ``(n, wide)``.
        warm: ``(n,)`` bool, movies whose vectors are known.
        ridge: penalty, in movies.

    Returns:
        ``(n, wide)`` float32; for a known movie the exact leave-one-out value, (y^ - h y) / (1 - h).

    Cost: O(features^3 + n * features^2).
    """
    frequent = np.sort(
        np.argsort(-np.bincount(features.indices, minlength=features.shape[1]), kind="stable")[:_COLUMNS]
    )
    x = features[:, frequent].astype(np.float64)
    known = x[np.flatnonzero(warm)]
    inverse = np.linalg.inv((known.T @ known).toarray() + ridge * np.eye(x.shape[1]))
    weight = inverse @ np.asarray(known.T @ vectors[warm].astype(np.float64))
    told = np.asarray(x @ weight)
    leverage = np.asarray((x @ inverse) * x.toarray()).sum(axis=1)[:, None] * warm[:, None]
    left_out: FloatArray = (told - leverage * vectors) / np.maximum(1.0 - leverage, 1e-6)
    return left_out.astype(np.float32)
