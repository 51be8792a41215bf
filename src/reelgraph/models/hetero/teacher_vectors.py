"""Closed-form vectors of rated movies, which `hetero` predicts from features for the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from reelgraph.core import BoolArray, FloatArray, IntArray, Interactions, Matrix, unit_rating
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.hetero import above_user_mean, user_scale

_TRAIT_RIDGE = 10.0  # people, or ratings, at which a trait has half its effect
_SWEEPS = 8  # of alternating least squares; the validation error moves by less than 0.001 after


@dataclass(frozen=True)
class TeacherVectors:
    """Vectors of the movies that have ratings; rows of the others are 0.

    Args:
        rank: ``(n_items, dim)`` float32, the low-pass part of the user-item graph: right singular vectors.
        taste: ``(n_items, taste_dim)`` float32, factors of the stars above the item bias.
        strength: ``(dim,)`` float32, singular values of ``rank``.
        item_bias: ``(n_items,)`` float32 stars, damped means above each person's own mean.
        confidence: ``(n_items,)`` float32 in [0, 1), of the item bias: n / (n + damping).
        count: ``(n_items,)`` int64, ratings of each movie.
        mean: stars.
    """

    rank: FloatArray
    strength: FloatArray
    taste: FloatArray
    item_bias: FloatArray
    confidence: FloatArray
    count: IntArray
    mean: float

    @property
    def has_ratings(self) -> BoolArray:
        """Movies with ratings, ``(n_items,)``."""
        is_rated: BoolArray = self.count > 0
        return is_rated

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
    ) -> TeacherVectors:
        """The vectors of a training set, under settings of the same names as those of `Hetero`.

        Cost: O(edges * dim) for the first; a sweep of the second is O(edges * taste_dim^2 + (users + items) *
        taste_dim^3).
        """
        rated = train.matrix()
        unit = unit_rating(train.scale)
        if train.scale is None:  # views and counts: only the pattern is used, and there is no taste above the mean
            rated = Matrix((np.ones_like(rated.data), rated.indices, rated.indptr), shape=rated.shape)
        mean = float(np.mean(rated.data, dtype=np.float64))
        above, _ = above_user_mean(rated, mean, damping)
        count = np.bincount(rated.indices, minlength=train.n_items)
        item_bias = np.bincount(rated.indices, above, minlength=train.n_items) / (count + damping + 1e-12)
        residual = Matrix((above - item_bias[rated.indices], rated.indices, rated.indptr), shape=rated.shape)
        rank, strength = _low_pass(rated, dim, rating_power, unit, rng)
        return cls(
            rank=rank,
            strength=strength,
            taste=_factors(residual, taste_dim, ridge, rng),
            item_bias=item_bias.astype(np.float32),
            confidence=(count / (count + damping + 1e-12)).astype(np.float32),
            count=count,
            mean=mean,
        )


def _low_pass(
    rated: Matrix, dim: int, power: float, unit: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """The leading right singular vectors of the people's rows, and their singular values, strongest first.

    Each row is divided by the root of its length before; columns beyond the rank are 0.
    """
    weighted = entries(rated.data, power, unit) * user_scale(rated)
    scaled = Matrix((weighted, rated.indices, rated.indptr), shape=rated.shape)
    max_rank = min(scaled.shape)
    rank = min(dim, max(max_rank // 10, 1))  # all of them would only reproduce the ratings
    if rank < max_rank // 2:
        _, values, right = svds(scaled, k=rank, v0=rng.random(max_rank))
    else:
        _, values, right = np.linalg.svd(scaled.toarray(), full_matrices=False)
    best = np.argsort(-values, kind="stable")[:rank]
    sign = np.where(right[best].sum(axis=1, keepdims=True) < 0, -1.0, 1.0)  # which the solver leaves open
    vectors, strength = np.zeros((rated.shape[1], dim), np.float32), np.zeros(dim, np.float32)
    vectors[:, :rank], strength[:rank] = (right[best] * sign).T, values[best]
    return vectors, strength


def _factors(above: Matrix, dim: int, ridge: float, rng: np.random.Generator) -> FloatArray:
    """Factors of the items by alternating least squares, penalty ``ridge`` a vector; user factors are N(0, 1).

    Source: Zhou et al. 2008, without their weights by count.
    """
    items: FloatArray = rng.normal(size=(above.shape[1], dim)) * 0.1
    items[np.diff(above.tocsc().indptr) == 0] = 0.0
    transposed = Matrix(above.T)
    users = _least_squares(above, items, ridge)
    for _ in range(_SWEEPS):
        items = _least_squares(transposed, users, ridge)
        users = _least_squares(above, items, ridge)
    covariance = users.T @ users / max(len(users), 1) + 1e-9 * np.eye(dim)
    factors: FloatArray = (items @ np.linalg.cholesky(covariance)).astype(np.float32)
    return factors


def _least_squares(values: Matrix, factors: FloatArray, ridge: float) -> FloatArray:
    """For each row the least-squares vector on the rows of ``factors`` that it has, ``(rows, dim)`` float64."""
    dim = factors.shape[1]
    ones = sparse.csr_array((np.ones(values.nnz), values.indices, values.indptr), shape=values.shape)
    squares = (factors[:, :, None] * factors[:, None, :]).reshape(len(factors), dim * dim)
    precision = np.asarray(ones @ squares).reshape(-1, dim, dim) + ridge * np.eye(dim)
    solved: FloatArray = np.linalg.solve(precision, np.asarray(values @ factors)[:, :, None])[:, :, 0]
    return solved


def trait_effects(user_vectors: FloatArray, traits: Matrix) -> FloatArray:
    """The effect of each trait on a person's vector, by ridge regression with a penalty of ten people.

    Args:
        user_vectors: ``(n, dim)``, centred.
        traits: ``(n, n_traits)`` 0/1 CSR.

    Returns:
        ``(n_traits, dim)`` float32.
    """
    square = (traits.T @ traits).toarray() + _TRAIT_RIDGE * np.eye(traits.shape[1])
    solved: FloatArray = np.linalg.solve(square, np.asarray(traits.T @ user_vectors)).astype(np.float32)
    return solved


def favourite_genre_effects(user_vectors: FloatArray, liked: Matrix, genres: Matrix) -> FloatArray:
    """The effect of a favourite genre on a person's vector: the mean over its fans, damped by ten people at 0.

    A person's favourites are at most three: those whose share among the movies they like is most above the share among
    all likes.

    Args:
        user_vectors: ``(n, dim)``, centred.
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
    summed: FloatArray = favourite.T @ user_vectors / (favourite.sum(axis=0) + _TRAIT_RIDGE)[:, None]
    return summed.astype(np.float32)
