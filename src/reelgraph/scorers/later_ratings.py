"""What people rate later: the breaks in their histories, and which movies were rated on both sides of them."""

from __future__ import annotations

import numpy as np

from reelgraph._util.numba_jit import jit, parallel_for
from reelgraph.core import NO_TIME, FloatArray, IntArray, Matrix

PAUSE = 360
"""Seconds without a rating that make a break."""
SAME_SCALE = "the same scale of what is rated later"
"""What updates keep of it: the scale is measured on people, once, at the fit."""
_PERSON_EXPONENT = 0.5  # of the number of a person's ratings, by whose power their breaks weigh less
_LEFT_EXPONENT = 0.5  # of the number of ratings after a break, likewise
_ROWS = 32  # taken together by one thread


def weights_of_breaks_after(indptr: IntArray, times: IntArray) -> FloatArray:
    r"""The sum of the weights of the breaks that came after each rating, ``(nnz,)`` float64.

    A break is a pause of six minutes or more between two ratings of a person. Its weight is :math:`1 / \sqrt{n m}`,
    where n is the number of ratings of the person and m the number of those after the break. The breaks between a
    rating a and a later one b weigh :math:`s_a - s_b` together. Ratings whose time is unknown do not count; theirs is
    NaN.

    Args:
        indptr: ``(people + 1,)``, of the ratings: all that each person has.
        times: ``(nnz,)`` int64, Unix seconds, in any order; `NO_TIME` where unknown.

    Cost: O(nnz log nnz).
    """
    weights = np.empty(len(times))
    _sum_weights_of_breaks(indptr, times, weights)
    return weights


@jit
def _sum_weights_of_breaks(indptr: IntArray, times: IntArray, out: FloatArray) -> None:
    for person in range(indptr.shape[0] - 1):
        first, n_ratings = indptr[person], indptr[person + 1] - indptr[person]
        order = np.argsort(times[first : first + n_ratings])
        n_unknown = 0  # they are sorted first
        while n_unknown < n_ratings and times[first + order[n_unknown]] == NO_TIME:
            out[first + order[n_unknown]] = np.nan
            n_unknown += 1
        person_weight, after = max(n_ratings - n_unknown, 1) ** -_PERSON_EXPONENT, 0.0
        for place in range(n_ratings - 1, n_unknown - 1, -1):
            rating = first + order[place]
            out[rating] = after
            if place > n_unknown and times[rating] - times[first + order[place - 1]] >= PAUSE:
                after += person_weight * (n_ratings - place) ** -_LEFT_EXPONENT


def add_rated_later(
    out: FloatArray, movies: Matrix, movies_after: FloatArray, others: Matrix, others_after: FloatArray, sign: float
) -> None:
    r"""Add to ``out`` what was rated on the other side of breaks from the ``movies``, its columns the ``others``.

    .. math:: out_{ab} \mathrel{+}= \sum_u v_{ua} v_{ub} \max(\pm (s_{ua} - s_{ub}), 0)

    Rows are summed one by one in float64, in the order of the people, on all processors. Ratings whose s is NaN add
    nothing.

    Args:
        out: ``(n, n_others)`` float32 or float64.
        movies: ``(n_users, n)`` CSR, v of the rows.
        movies_after: ``(nnz,)``, s of them, of `weights_of_breaks_after`.
        others: ``(n_users, n_others)`` CSR, v of the columns.
        others_after: s of them.
        sign: 1 for others rated later than the movie of the row, -1 for earlier ones.

    Cost: O(pairs of ratings of one person).
    """
    by_movie = Matrix((np.arange(movies.nnz), movies.indices, movies.indptr), shape=movies.shape).tocsc()
    values, after = movies.data[by_movie.data], sign * movies_after[by_movie.data]
    columns, signed_after = others.indices.astype(np.uint32), sign * others_after
    after[np.isnan(after)] = -np.inf  # so that no difference is above 0
    signed_after[np.isnan(signed_after)] = np.inf

    def add(block: int) -> None:
        start, stop = block * _ROWS, min((block + 1) * _ROWS, len(out))
        _add_rows(
            start, stop, by_movie.indptr, by_movie.indices, values, after,
            others.indptr, columns, others.data, signed_after, np.empty(out.shape[1]), out,
        )  # fmt: skip

    parallel_for(add, -(-len(out) // _ROWS))


@jit
def _add_rows(
    start: int,
    stop: int,
    row_indptr: IntArray,
    row_users: IntArray,
    row_values: FloatArray,
    row_after: FloatArray,
    indptr: IntArray,
    columns: IntArray,
    values: FloatArray,
    after: FloatArray,
    row: FloatArray,
    out: FloatArray,
) -> None:
    for movie in range(start, stop):
        row[:] = 0.0
        for rating in range(row_indptr[movie], row_indptr[movie + 1]):
            user, value, after_rating = row_users[rating], row_values[rating], row_after[rating]
            for place in range(indptr[user], indptr[user + 1]):
                row[columns[place]] += value * values[place] * max(after_rating - after[place], 0.0)
        for column in range(out.shape[1]):
            out[movie, column] += row[column]
