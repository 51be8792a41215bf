"""Compiled loops over the ratings: fitted values, and the statistics of an entity's ratings for its embedding.

Embeddings of all fields lie in one table of rows ``[bias, vector]``, length 1 + dim; row ``starts[k] + codes[k, n]`` is
the entity of field k in rating n. Arrays may be float32 or float64: sums of many ratings are float64 beyond a block.
"""

from __future__ import annotations

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray

_BLOCK = 64  # ratings taken together; their columns stay in the first cache


@jit
def predict(
    codes: IntArray,
    starts: IntArray,
    table: FloatArray,
    offset: float,
    out: FloatArray,
    start: int,
    stop: int,
) -> None:
    r"""Fill ``out[start:stop]`` with :math:`w_0 + \sum_k b_k + \sum_{k<l} E_k \cdot E_l`.

    Args:
        codes: ``(fields, n)`` int32 entities.
        starts: ``(fields,)`` int64 first row of each field in ``table``.
        table: ``(rows, 1 + dim)``.
        offset: :math:`w_0`.
        out: ``(n,)``.
        start: first rating.
        stop: past the last.

    Source: Rendle 2010 (factorisation machines), equation 5: the sum over pairs in linear time.
    """
    fields, width, zero = codes.shape[0], table.shape[1], table.dtype.type(0.0)
    total = np.empty(width, table.dtype)
    for n in range(start, stop):
        squares, value = zero, zero
        total[:] = zero
        for k in range(fields):
            row = table[starts[k] + codes[k, n]]
            for a in range(width):
                total[a] += row[a]
            for a in range(1, width):
                squares += row[a] * row[a]
        for a in range(1, width):
            value += total[a] * total[a]
        out[n] = offset + total[0] + 0.5 * (value - squares)


@jit
def gather(
    field_start: int,
    order: IntArray,
    indptr: IntArray,
    partners: IntArray,
    starts: IntArray,
    table: FloatArray,
    offset: float,
    signal: FloatArray,
    second: FloatArray,
    first: FloatArray,
    start: int,
    stop: int,
) -> None:
    r"""Sufficient statistics of each entity's ratings for its embedding in one field.

    With x = [1, sum of the other fields' vectors] and the residual e of a rating,

    .. math:: S_e = \sum_n \omega_n x_n x_n^\top, \qquad m_e = \sum_n \omega_n x_n e_n.

    Args:
        field_start: first row of the field in ``table``.
        order: ``(n,)`` ratings sorted by the entity of the field; empty if they are so already.
        indptr: ``(entities + 1,)`` where each entity's ratings begin in ``order``.
        partners: ``(fields - 1, n)`` int32 entities of the other fields, in the order of ``order``.
        starts: ``(fields - 1,)`` int64 first row of each of the other fields in ``table``.
        table: as in `predict`.
        offset: :math:`w_0`.
        signal: ``(n, 2)`` what the embeddings are to add up to, and its precision, side by side: one access a rating.
        second: ``(entities, width * width)``, filled with S.
        first: ``(entities, width)``, filled with m.
        start: first entity.
        stop: past the last.

    Source: Rendle 2013 (relation blocks), section 4: sums over a block's rows are taken once. Here the sums are
    blocks of second moments, so that a whole weight row is drawn at once.

    Cost: O(ratings * width^2), no array of ratings times width^2.
    """
    others, width, zero = partners.shape[0], table.shape[1], table.dtype.type(0.0)
    plain, scaled = np.zeros((width, _BLOCK), table.dtype), np.zeros((width, _BLOCK), table.dtype)
    weighted_residuals, x = np.zeros(_BLOCK, table.dtype), np.empty(width, table.dtype)
    is_sorted = order.shape[0] == 0
    plain[0] = table.dtype.type(1.0)
    for e in range(start, stop):
        s, m, row_of_entity = second[e], first[e], table[field_start + e]
        s[:] = 0.0
        m[:] = 0.0
        at = indptr[e]
        while at < indptr[e + 1]:
            block = min(_BLOCK, indptr[e + 1] - at)
            for p in range(block):
                squares, pairs, fitted = zero, zero, zero
                x[:] = zero
                for k in range(others):
                    row = table[starts[k] + partners[k, at + p]]
                    for a in range(width):
                        x[a] += row[a]
                    for a in range(1, width):
                        squares += row[a] * row[a]
                for a in range(1, width):
                    pairs += x[a] * x[a]
                    fitted += x[a] * row_of_entity[a]
                    plain[a, p] = x[a]
                pair = signal[at + p] if is_sorted else signal[order[at + p]]
                residual = pair[0] - offset - x[0] - row_of_entity[0] - fitted - 0.5 * (pairs - squares)
                weighted_residuals[p] = pair[1] * residual
                scaled[0, p] = pair[1]
            for a in range(1, width):
                for p in range(block):
                    scaled[a, p] = scaled[0, p] * plain[a, p]
            for a in range(width):
                total = zero
                for p in range(block):
                    total += plain[a, p] * weighted_residuals[p]
                m[a] += total
            _outer(plain, scaled, block, width, s)
            at += block
        for a in range(width):
            for b in range(a):
                s[b * width + a] = s[a * width + b]


@jit
def _outer(plain: FloatArray, scaled: FloatArray, block: int, width: int, out: FloatArray) -> None:
    """Add the products of the columns to the lower half of ``out``: ratings run innermost, which vectorises."""
    for a in range(width):
        scaled_row = scaled[a]
        for b in range(a + 1):
            plain_row = plain[b]
            total = scaled_row[0] * plain_row[0]
            for p in range(1, block):
                total += scaled_row[p] * plain_row[p]
            out[a * width + b] += total


@jit
def error_sums(
    indptr: IntArray, latent: FloatArray, fitted: FloatArray, sums: FloatArray, start: int, stop: int
) -> None:
    """Fill ``sums[start:stop]``, ``(n_users, 2)`` float64, with the sums of the errors and of their squares."""
    for u in range(start, stop):
        total, squares = 0.0, 0.0
        for n in range(indptr[u], indptr[u + 1]):
            error = latent[n] - fitted[n]
            total += error
            squares += error * error
        sums[u, 0] = total
        sums[u, 1] = squares


@jit
def fill_signal(
    indptr: IntArray, latent: FloatArray, precision: FloatArray, signal: FloatArray, start: int, stop: int
) -> None:
    """Fill ``signal``, see `gather`, for the ratings of some users with the ``precision`` of each, ``(n_users,)``."""
    for u in range(start, stop):
        for n in range(indptr[u], indptr[u + 1]):
            signal[n, 0] = latent[n]
            signal[n, 1] = precision[u]
