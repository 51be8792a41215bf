"""What the features of a movie say of its vectors and its popularity: two closed forms, and their best sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from reelgraph._util.subsample import subsample
from reelgraph.core import BoolArray, FloatArray, IntArray, Matrix
from reelgraph.models.hetero.rated_neighbours import nearest_rated, unit_length, unit_rows
from reelgraph.models.hetero.side_features import SideFeatures
from reelgraph.models.hetero.teacher_vectors import TeacherVectors

_MAX_FEATURES = 4000  # of the regression, the most frequent ones
_MAX_MOVIES = 8192  # rated movies on which the two estimates are weighed and the network is trained
_BLOCK_ROWS = 1024
_POWER = 2.0  # of the likeness of the movies that vote


@dataclass(frozen=True)
class FeatureRegression:
    """Ridge regression of the movies' vectors on their features, each movie predicted without its own vector.

    Args:
        sample: ``(b,)`` int64, rated movies that are predicted: all, or 8,192 drawn ones.
        new: ``(m,)`` int64, movies without ratings, all of which are predicted.
        targets: ``(n_items, width)`` float64, vectors, stars and popularity side by side; 0 for the new ones.
        predicted: ``(b + m, width)`` float64, of ``sample`` and ``new``.
    """

    sample: IntArray
    new: IntArray
    targets: FloatArray
    predicted: FloatArray

    @classmethod
    def of(
        cls, teacher: TeacherVectors, side: SideFeatures, ridge: float, rng: np.random.Generator
    ) -> FeatureRegression:
        """The regression under the ``feature_ridge`` of `Hetero`; ``rng`` draws the sample.

        Cost: O(movies * features^2 + features^3).
        """
        new, rated = np.flatnonzero(teacher.count == 0), np.flatnonzero(teacher.count)
        # A person's vector is long along strong directions, so an error there costs more.
        scaled = teacher.rank * teacher.strength
        targets = np.column_stack([scaled, teacher.taste, teacher.item_bias, np.log1p(teacher.count)])
        targets = targets.astype(np.float64)
        sample = subsample(rated, _MAX_MOVIES, rng)
        rows = np.concatenate([sample, new])
        predicted = leave_one_out_ridge(side.regressors(), targets, teacher.has_ratings, ridge, rows)
        return cls(sample, new, targets, predicted)


@dataclass(frozen=True)
class FeatureEstimates:
    r"""Estimates for the movies without ratings ("new"), by their features.

    A movie's vector v is estimated by ridge regression on its features, g, and by the mean over the rated movies most
    alike in features, a:

    .. math:: \hat v_i = \bar v + \alpha (g_i - \bar v) + \beta (a_i - \bar v)

    :math:`\alpha, \beta` have the least squared error over rated movies, each estimated without itself; one pair for
    each block of vectors.

    Args:
        new: ``(m,)`` int64, rows of the movies without ratings.
        rated: ``(n_rated,)`` int64, rows of the others.
        units: ``(n_items, n)`` CSR, features in rows of length 1.
        vectors: ``(m, dim)`` float64, of the ranking.
        taste: ``(m, taste_dim)`` float64, of the stars.
        item_bias: ``(m,)`` stars.
        log_count: ``(m,)`` expected :math:`\log(1 + n)` of a movie of n ratings, by the regression alone.
        directions: ``(m, dim)`` ``vectors`` less the mean of the rated movies, of length 1.
        rated_directions: ``(n_rated, dim)`` the same of the rated movies' own vectors.
        sample: ``(b,)`` int64, rated movies that were estimated without themselves: all, or 8,192 drawn ones.
        sample_directions: ``(b, dim)`` the same of these estimates.
        rated_log_count: ``(n_items,)`` log(1 + n), 0 for the new ones.
        neighbours: rated movies that speak for a new one, at most.
    """

    new: IntArray
    rated: IntArray
    units: Matrix
    vectors: FloatArray
    taste: FloatArray
    item_bias: FloatArray
    log_count: FloatArray
    directions: FloatArray
    rated_directions: FloatArray
    sample: IntArray
    sample_directions: FloatArray
    rated_log_count: FloatArray
    neighbours: int

    @classmethod
    def of(
        cls, teacher: TeacherVectors, regression: FeatureRegression, features: Matrix, neighbours: int
    ) -> FeatureEstimates:
        """The estimates.

        Args:
            teacher: vectors of the rated movies.
            regression: the first of the two estimates.
            features: ``(n_items, n)`` CSR, by which movies are alike.
            neighbours: as for `Hetero`.

        Cost: O(movies * rated movies * features a movie).
        """
        sample, new, targets = regression.sample, regression.new, regression.targets
        rated, units = np.flatnonzero(teacher.count), unit_rows(features)
        mean, rows = targets[rated].mean(axis=0), np.concatenate([sample, new])
        by_neighbours = _neighbour_mean(units, rated, rows, neighbours, targets, mean)
        deviations = np.stack([regression.predicted - mean, by_neighbours])
        of_sample = deviations[:, : len(sample)]
        n_dim, n_taste = teacher.rank.shape[1], teacher.taste.shape[1]
        blocks = np.split(np.arange(targets.shape[1] - 1), [n_dim, n_dim + n_taste])
        estimates = []
        for columns in blocks:
            weight = teacher.confidence[sample] if columns is blocks[-1] else np.ones(len(sample))
            shares = _shares(of_sample[:, :, columns], (targets[sample] - mean)[:, columns], weight)
            estimates.append(np.tensordot(shares, deviations[:, :, columns], 1))
        strength = np.where(teacher.strength > 0, teacher.strength, 1.0)
        of_vectors, of_taste, of_bias = estimates
        directions, mean_vector = unit_length(of_vectors / strength), mean[:n_dim] / strength
        return cls(
            new=new,
            rated=rated,
            units=units,
            vectors=mean_vector + of_vectors[len(sample) :] / strength,
            taste=mean[blocks[1]] + of_taste[len(sample) :],
            item_bias=mean[blocks[2]] + of_bias[len(sample) :, 0],
            log_count=regression.predicted[len(sample) :, -1],
            directions=directions[len(sample) :],
            rated_directions=unit_length(teacher.rank[rated] - mean_vector),
            sample=sample,
            sample_directions=directions[: len(sample)],
            rated_log_count=targets[:, -1],
            neighbours=neighbours,
        )

    def votes(self, positions: IntArray, alignment: float, popularity: float) -> Matrix:
        r"""How much each rated movie speaks for new ones.

        .. math:: P_{ij} = w_{ij} e^{\pi (p_i - \sum_k w_{ik} p_k)}, \quad
            w_{ij} \propto ((1 - \tau) \cos(f_i, f_j) + \tau \max(\cos(\hat v_i, v_j), 0))^2

        The weights w of the nearest rated movies add up to 1. p is log(1 + n), of a new movie as expected: one that
        should be better known than its neighbours counts more.

        Args:
            positions: ``(b,)`` places in ``new``.
            alignment: :math:`\tau`.
            popularity: :math:`\pi`.

        Returns:
            ``(b, n_items)`` CSR float64.
        """
        weights = nearest_rated(
            self.units,
            self.rated,
            self.new[positions],
            self.neighbours,
            alignment,
            self.directions[positions],
            self.rated_directions,
            power=_POWER,
        )
        has_neighbours = np.diff(weights.indptr) > 0
        above = np.where(has_neighbours, self.log_count[positions] - weights @ self.rated_log_count, 0.0)
        weights.data *= np.repeat(np.exp(popularity * above), np.diff(weights.indptr))
        return weights


def leave_one_out_ridge(
    features: Matrix, vectors: FloatArray, has_vector: BoolArray, ridge: float, rows: IntArray
) -> FloatArray:
    """Ridge regression of the vectors on the features, each movie predicted without its own vector.

    Args:
        features: ``(n, features)`` CSR; the 4,000 most frequent columns are used.
        vectors: ``(n, width)``.
        has_vector: ``(n,)`` bool, movies whose vectors are known, at least one; their mean is not penalised.
        ridge: penalty, in movies.
        rows: ``(b,)`` movies to predict.

    Returns:
        ``(b, width)`` float64; for a known movie the exact leave-one-out value, (y^ - h y) / (1 - h).

    Cost: O(features^3 + b * features^2).
    """
    frequent = np.sort(
        np.argsort(-np.bincount(features.indices, minlength=features.shape[1]), kind="stable")[:_MAX_FEATURES]
    )
    x = features[:, frequent].astype(np.float64)
    x_known, known_vectors = x[np.flatnonzero(has_vector)], vectors[has_vector].astype(np.float64)
    n_known, x_mean, mean = len(known_vectors), np.asarray(x_known.mean(axis=0)).ravel(), known_vectors.mean(axis=0)
    square = (x_known.T @ x_known).toarray() - n_known * np.outer(x_mean, x_mean)
    square[np.diag_indices_from(square)] += ridge
    factor = linalg.cholesky(square, lower=True, overwrite_a=True, check_finite=False)
    weight = linalg.cho_solve((factor, True), np.asarray(x_known.T @ (known_vectors - mean)), check_finite=False)
    predicted: FloatArray = np.asarray(x[rows] @ weight) + (mean - x_mean @ weight)
    for start in range(0, len(rows), _BLOCK_ROWS):
        places = start + np.flatnonzero(has_vector[rows[start : start + _BLOCK_ROWS]])
        if not len(places):
            continue
        deviation = (x[rows[places]].toarray() - x_mean).T
        solved = linalg.solve_triangular(factor, deviation, lower=True, overwrite_b=True, check_finite=False)
        leverage = np.square(solved).sum(axis=0)[:, None] + 1.0 / n_known
        own_vectors = vectors[rows[places]]
        predicted[places] = (predicted[places] - leverage * own_vectors) / np.maximum(1.0 - leverage, 1e-6)
    return predicted


def _neighbour_mean(
    units: Matrix, rated: IntArray, rows: IntArray, neighbours: int, targets: FloatArray, mean: FloatArray
) -> FloatArray:
    """Mean of ``targets`` over the nearest rated movies less ``mean``, ``(len(rows), width)``; 0 without any."""
    weights = nearest_rated(units, rated, rows, neighbours)
    deviation: FloatArray = weights @ targets - np.asarray(weights.sum(axis=1)).reshape(-1, 1) * mean
    return deviation


def _shares(estimates: FloatArray, target: FloatArray, weight: FloatArray) -> FloatArray:
    """The least-squares weights of two estimates, ``(2, n, width)``, of ``target``; ``weight`` is ``(n,)``."""
    root = np.sqrt(weight)[:, None]
    shares: FloatArray = np.linalg.lstsq(
        (root * estimates).reshape(len(estimates), -1).T, (root * target).ravel(), rcond=None
    )[0]
    return shares
