"""Compiled loops over the ratings: fitted values, and the statistics of an entity's ratings for its embedding.

Embeddings of all fields lie in one table of rows ``[bias, vector]``, length 1 + dim; row ``codes[k, n]`` is the entity
of field k in rating n. A field may be short (biases alone): then ``width`` is 1 and its vector is zero.
"""

from __future__ import annotations

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray

_BLOCK = 64  # ratings taken together; their columns stay in the first cache


@jit
def predict(codes: IntArray, table: FloatArray, offset: float, out: FloatArray, start: int, stop: int) -> None:
    r"""Fill ``out[start:stop]`` with :math:`w_0 + \sum_k b_k + \sum_{k<l} E_k \cdot E_l`.

    Args:
        codes: ``(fields, n)`` int32 rows of ``table``.
        table: ``(rows, 1 + dim)`` float64.
        offset: :math:`w_0`.
        out: ``(n,)`` float64.
        start: first rating.
        stop: past the last.

    Source: Rendle 2010 (factorisation machines), equation 5: the sum over pairs in linear time.
    """
    fields, dim = codes.shape[0], table.shape[1]
    total = np.empty(dim)
    for n in range(start, stop):
        squares = 0.0
        total[:] = 0.0
        for k in range(fields):
            row = table[codes[k, n]]
            for a in range(dim):
                total[a] += row[a]
            for a in range(1, dim):
                squares += row[a] * row[a]
        value = 0.0
        for a in range(1, dim):
            value += total[a] * total[a]
        out[n] = offset + total[0] + 0.5 * (value - squares)


@jit
def gather(
    field: int,
    order: IntArray,
    indptr: IntArray,
    codes: IntArray,
    table: FloatArray,
    offset: float,
    target: FloatArray,
    weight: FloatArray,
    second: FloatArray,
    first: FloatArray,
    start: int,
    stop: int,
) -> None:
    r"""Sufficient statistics of each entity's ratings for its embedding in one field.

    With x = [1, sum of the other fields' vectors] and the residual e of a rating,

    .. math:: S_e = \sum_n \omega_n x_n x_n^\top, \qquad m_e = \sum_n \omega_n x_n e_n.

    Args:
        field: k.
        order: ``(n,)`` ratings sorted by the entity of the field.
        indptr: ``(entities + 1,)`` where each entity's ratings begin in ``order``.
        codes: as in `predict`.
        table: as in `predict`.
        offset: :math:`w_0`.
        target: ``(n,)`` what the embeddings are to add up to.
        weight: ``(n,)`` precision of each rating.
        second: ``(entities, width * width)``, filled with S.
        first: ``(entities, width)``, filled with m.
        start: first entity.
        stop: past the last.

    Source: Rendle 2013 (relation blocks), section 4: sums over a block's rows are taken once. Here the sums are
    blocks of second moments, so that a whole weight row is drawn at once.

    Cost: O(ratings * width^2), no array of ratings times width^2.
    """
    fields, dim, width = codes.shape[0], table.shape[1], first.shape[1]
    x = np.zeros(dim)
    plain, scaled = np.empty((width, _BLOCK), second.dtype), np.empty((width, _BLOCK), second.dtype)
    for e in range(start, stop):
        s, m = second[e], first[e]
        s[:] = 0.0
        m[:] = 0.0
        at = indptr[e]
        while at < indptr[e + 1]:
            block = min(_BLOCK, indptr[e + 1] - at)
            entity_row = table[codes[field, order[at]]]
            for p in range(block):
                n = order[at + p]
                x[:] = 0.0
                squares = 0.0
                for k in range(fields):
                    if k != field:
                        row = table[codes[k, n]]
                        for a in range(dim):
                            x[a] += row[a]
                        if fields > 2:
                            for a in range(1, dim):
                                squares += row[a] * row[a]
                pairs, fitted = 0.0, 0.0
                for a in range(1, dim):
                    pairs += x[a] * x[a]
                    fitted += x[a] * entity_row[a]
                if fields == 2:
                    squares = pairs
                omega = weight[n]
                residual = omega * (target[n] - offset - x[0] - entity_row[0] - fitted - 0.5 * (pairs - squares))
                x[0] = 1.0
                for a in range(width):
                    m[a] += residual * x[a]
                    plain[a, p] = x[a]
                    scaled[a, p] = omega * x[a]
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
