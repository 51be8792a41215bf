"""Beyond accuracy: diversity, unexpectedness, popularity and genre calibration of a person's list.

Lists are ``(n, k)`` item rows, best first, -1 where a list is short; the people's histories are ``(n, n_items)`` CSR,
of which the pattern alone is read, so that every rated movie counts alike. Genres are ``(n_items, n_genres)`` 0/1 CSR,
such as ``data.features.items(catalogue, ids)["genres"].matrix``. A movie without a genre says nothing about variety and
is left out. Every metric gives one value a person, NaN where it has no meaning. Coverage, Gini and novelty are in
`metrics.ranking`.
"""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix
from reelgraph.evaluation.metrics.ranking import mean_over_list

ALPHA = 0.01  # Steck's own: the share of the history's genres that is mixed into those of the list
OF_GENRES = ("diversity", "unexpectedness", "miscalibration")


def of_lists(items: IntArray, history: Matrix, popularity: IntArray, genres: Matrix | None) -> dict[str, FloatArray]:
    """All metrics of this file by name, those of `OF_GENRES` only where genres are given.

    Args:
        items: ``(n, k)`` lists.
        history: ``(n, n_items)`` CSR.
        popularity: ``(n_items,)`` number of ratings of each item.
        genres: ``(n_items, n_genres)`` 0/1 CSR, or None.

    Cost: O(n k + ratings), times the genres of a movie.
    """
    values = {"popularity_lift": popularity_lift(items, history, popularity)}
    if genres is not None:
        values["diversity"] = diversity(items, genres)
        values["unexpectedness"] = unexpectedness(items, history, genres)
        list_shares = genre_shares(as_pattern(items, history.shape[1]), genres)
        values["miscalibration"] = miscalibration(genre_shares(history, genres), list_shares)
    return values


def popularity_lift(items: IntArray, history: Matrix, popularity: IntArray) -> FloatArray:
    """How much more popular the list is than the person's history: ``mean_list(c) / mean_history(c) - 1``.

    0 for a list as popular as the person's own movies, 1 for one twice as popular.

    Args:
        items: ``(n, k)`` lists.
        history: ``(n, n_items)`` CSR.
        popularity: ``(n_items,)`` c, number of ratings of each item.

    Returns:
        ``(n,)`` float64 >= -1, NaN for an empty list and for a history without ratings.

    Source: Abdollahpouri et al. 2019, "The unfairness of popularity bias in recommendation", their ΔGAP; theirs is the
    ratio of a group's mean popularities, ours the mean of each person's ratio, so that a person has a value.
    """
    total = _pattern(history) @ popularity.astype(np.float64)
    length = np.diff(history.indptr)
    mean = np.where(total > 0, total / np.maximum(length, 1), np.nan)
    lift: FloatArray = mean_over_list(popularity.astype(np.float64), items) / mean - 1
    return lift


def diversity(items: IntArray, genres: Matrix) -> FloatArray:
    """Intra-list diversity: 1 minus the mean cosine of the genres over all pairs of the list.

    The cosine of two movies is ``|A and B| / sqrt(|A| |B|)`` of their sets of genres, so that a list in which no two
    movies share a genre has diversity 1, and one of movies of the same genres throughout has 0.

    Args:
        items: ``(n, k)`` lists.
        genres: ``(n_items, n_genres)`` 0/1 CSR.

    Returns:
        ``(n,)`` float64 in [0, 1], NaN for a list with fewer than two movies of known genres.

    Source: Ziegler et al. 2005, "Improving recommendation lists through topic diversification", as one minus the mean
    similarity and not the sum, with the cosine of the genres for the similarity.
    """
    total, count = _summed(as_pattern(items, genres.shape[0]), directions(genres))
    similarity = np.square(total).sum(axis=1) - count  # sum over ordered pairs of two different movies
    pairs = count * (count - 1)
    return np.where(pairs > 0, 1 - similarity / np.maximum(pairs, 1), np.nan)


def unexpectedness(items: IntArray, history: Matrix, genres: Matrix) -> FloatArray:
    """How far the list is from the person's history: 1 minus the mean cosine of its genres with the history's.

    The mean is over all pairs of a listed and a known movie; the cosine is that of `diversity`.

    Args:
        items: ``(n, k)`` lists.
        history: ``(n, n_items)`` CSR.
        genres: ``(n_items, n_genres)`` 0/1 CSR.

    Returns:
        ``(n,)`` float64 in [0, 1], NaN where the list or the history has no movie of known genres.

    Source: Castells, Hurley and Vargas 2015, "Novelty and diversity in recommender systems", section 26.3.
    """
    unit = directions(genres)
    listed, n_listed = _summed(as_pattern(items, genres.shape[0]), unit)
    rated, n_rated = _summed(history, unit)
    pairs = n_listed * n_rated
    return np.where(pairs > 0, 1 - (listed * rated).sum(axis=1) / np.maximum(pairs, 1), np.nan)


def miscalibration(history_shares: FloatArray, list_shares: FloatArray, alpha: float = ALPHA) -> FloatArray:
    """How far the genres of the list are from those of the history: the Kullback-Leibler divergence of `divergence`.

    Args:
        history_shares: ``(n, n_genres)`` p, `genre_shares` of the histories.
        list_shares: ``(n, n_genres)`` q, `genre_shares` of the lists.
        alpha: share of p mixed into q.

    Returns:
        ``(n,)`` float64 from 0 to ``-log(alpha)`` nats, NaN where the list or the history has no movie of known genres.
    """
    has_genres = (history_shares.sum(axis=1) > 0) & (list_shares.sum(axis=1) > 0)
    return np.where(has_genres, divergence(history_shares, list_shares, alpha), np.nan)


def divergence(history_shares: FloatArray, list_shares: FloatArray, alpha: float = ALPHA) -> FloatArray:
    """``sum_g p_g log(p_g / ((1 - alpha) q_g + alpha p_g))``, in nats, over the last axis.

    Args:
        history_shares: ``(..., n_genres)`` p; its rows sum to 1, or are 0, which gives 0.
        list_shares: ``(..., n_genres)`` q, of a shape that broadcasts with p; a row of zeros gives ``-log(alpha)``.
        alpha: share of p mixed into q, which keeps genres that the list lacks finite.

    Source: Steck 2018, "Calibrated recommendations", equations 4 and 5.
    """
    mixed = (1 - alpha) * list_shares + alpha * history_shares
    is_positive = history_shares > 0
    logs = np.log(np.where(is_positive, history_shares, 1.0)) - np.log(np.where(is_positive, mixed, 1.0))
    total: FloatArray = np.maximum((history_shares * logs).sum(axis=-1), 0.0)  # rounding ends a hair below 0
    return total


def genre_shares(lists: Matrix, genres: Matrix) -> FloatArray:
    """Each person's genres: the mean over their movies of p(g | i), a movie's genres counted in equal parts.

    Args:
        lists: ``(n, n_items)`` CSR, pattern only: histories, or lists made by `as_pattern`.
        genres: ``(n_items, n_genres)`` 0/1 CSR.

    Returns:
        ``(n, n_genres)`` float64; a row sums to 1, or is 0 where no movie has a genre.

    Source: Steck 2018, equations 2 and 3, with all movies of equal weight.
    """
    total, count = _summed(lists, shares(genres))
    return total / np.maximum(count, 1)[:, None]


def shares(genres: Matrix) -> FloatArray:
    """p(g | i): the genres of each movie in equal parts, ``(n_items, n_genres)`` float64; rows sum to 1 or are 0."""
    dense = genres.toarray().astype(np.float64)
    out: FloatArray = dense / np.maximum(dense.sum(axis=1, keepdims=True), 1)
    return out


def directions(features: Matrix | FloatArray) -> FloatArray:
    """Rows scaled to length 1, dense ``(n_items, dim)`` float64, so that their products are cosines; 0 stays 0."""
    dense = features.toarray() if isinstance(features, Matrix) else features
    length = np.linalg.norm(dense.astype(np.float64), axis=1, keepdims=True)
    out: FloatArray = np.divide(dense, length, out=np.zeros(dense.shape), where=length > 0)
    return out


def as_pattern(items: IntArray, n_items: int) -> Matrix:
    """Lists ``(n, k)`` of item rows, -1 for an empty place, as ``(n, n_items)`` CSR of ones."""
    is_item = items >= 0
    indptr = np.concatenate([[0], np.cumsum(is_item.sum(axis=1))])
    rows = np.sort(np.where(is_item, items, n_items), axis=1)
    indices = rows[rows < n_items]
    return Matrix((np.ones(len(indices)), indices, indptr), shape=(len(items), n_items))


def _pattern(matrix: Matrix) -> Matrix:
    return Matrix((np.ones(len(matrix.indices)), matrix.indices, matrix.indptr), shape=matrix.shape)


def _summed(lists: Matrix, rows: FloatArray) -> tuple[FloatArray, AnyArray]:
    """Sum of ``rows`` over each list, ``(n, dim)``, and how many movies of it have a row that is not 0, ``(n,)``."""
    ones = _pattern(lists)
    return ones @ rows, ones @ (np.abs(rows).sum(axis=1) > 0).astype(np.float64)
