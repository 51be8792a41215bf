"""The compiled loops of a Gibbs sweep: what an entity's ratings say of its embedding, and the draw of one weight row.

Embeddings of all fields lie in one table of rows ``[bias, vector]``, length 1 + dim; row ``codes[k, n]`` is the entity
of field k in rating n. A field may be short (biases alone): then ``width`` is 1 and its vector is zero.
"""

from __future__ import annotations

import numpy as np

from reelgraph.models.bayes.compiled import compiled
from reelgraph.types import FloatArray, IntArray

_BLOCK = 64  # ratings taken together; their columns stay in the first cache


@compiled
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


@compiled
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
    r"""What the ratings of each entity of one field say of its embedding.

    With x = [1, sum of the other fields' vectors] and the residual e of a rating,

    .. math:: S_e = \sum_n \omega_n x_n x_n^\top, \qquad m_e = \sum_n \omega_n x_n e_n.

    Args:
        field: k.
        order: ``(n,)`` ratings sorted by the entity of the field.
        indptr: ``(entities + 1,)`` where each entity's ratings begin in ``order``.
        codes: as in `predict`.
        table: as in `predict`.
        offset: :math:`w_0`.
        target: ``(n,)`` what the embeddings shall add up to.
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
            own = table[codes[field, order[at]]]
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
                    fitted += x[a] * own[a]
                if fields == 2:
                    squares = pairs
                omega = weight[n]
                residual = omega * (target[n] - offset - x[0] - own[0] - fitted - 0.5 * (pairs - squares))
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


@compiled
def _outer(plain: FloatArray, scaled: FloatArray, block: int, width: int, out: FloatArray) -> None:
    """Add the products of the columns to the lower half of ``out``: ratings run innermost, which vectorises."""
    for a in range(width):
        left = scaled[a]
        for b in range(a + 1):
            right = plain[b]
            total = left[0] * right[0]
            for p in range(1, block):
                total += left[p] * right[p]
            out[a * width + b] += total


@compiled
def draw_rows(
    indptr: IntArray,
    entity: IntArray,
    value: FloatArray,
    weights: FloatArray,
    mean: FloatArray,
    precision: FloatArray,
    normals: FloatArray,
    second: FloatArray,
    first: FloatArray,
    embedding: FloatArray,
    shape: tuple[int, ...],
    start: int,
    stop: int,
) -> None:
    r"""Draw weight rows ``start`` to ``stop`` of one group, one after the other, each given all the rest.

    .. math::
        P_j = \Lambda + \sum_e F_{ej}^2 S_e, \quad
        w_j \sim N\bigl(P_j^{-1}(\Lambda \mu + \sum_e F_{ej} (m_e + F_{ej} S_e w_j^{old})), P_j^{-1}\bigr)

    and then :math:`F_{ej} S_e (w_j - w_j^{old})` is taken off every :math:`m_e`, so that m always belongs to the
    residuals of now. Rows that share no entity (the ids) may be drawn at the same time.

    Args:
        indptr: ``(rows + 1,)`` where each feature's entities begin.
        entity: ``(nnz,)`` entities that have the feature.
        value: ``(nnz,)`` :math:`F_{ej}`.
        weights: ``(rows, width)``, changed in place.
        mean: ``(width,)`` of the group's prior.
        precision: ``(width,)`` diagonal of the group's prior.
        normals: ``(rows, width)`` standard normal draws.
        second: see `gather`.
        first: see `gather`; changed in place.
        embedding: ``(entities, 1 + dim)``, kept equal to F W.
        shape: any tuple of ``width`` integers: its length is known when compiling, so the inner loops are unrolled.
        start: first row.
        stop: past the last.

    Source: Salakhutdinov and Mnih 2008 (Bayesian PMF), equations 11 to 13, with a feature in the place of an id.

    Cost: O(nnz * width^2 + rows * width^3).
    """
    width = len(shape)
    size = width * width
    packed, factor = np.empty(size, second.dtype), np.empty((width, width))
    right, change, step = np.empty(width), np.empty(width), np.empty(width, second.dtype)
    for j in range(start, stop):
        packed[:] = 0.0
        right[:] = 0.0
        for p in range(indptr[j], indptr[j + 1]):
            f = value[p]
            square = second.dtype.type(f * f)
            s, m = second[entity[p]], first[entity[p]]
            for t in range(size):
                packed[t] += square * s[t]
            for a in range(width):
                right[a] += f * m[a]
        for a in range(width):
            total = precision[a] * mean[a]
            for b in range(width):
                factor[a, b] = packed[a * width + b]
                total += factor[a, b] * weights[j, b]
            right[a] += total
            factor[a, a] += precision[a]
        _draw(factor, right, normals[j])
        for a in range(width):
            change[a] = right[a] - weights[j, a]
            step[a] = change[a]
            weights[j, a] = right[a]
        for p in range(indptr[j], indptr[j + 1]):
            f, s, m, own = value[p], second[entity[p]], first[entity[p]], embedding[entity[p]]
            for a in range(width):
                moved = s[a * width] * step[0]
                for b in range(1, width):
                    moved += s[a * width + b] * step[b]
                m[a] -= f * moved
                own[a] += f * change[a]


@compiled
def trade_rows(
    indptr: IntArray,
    entity: IntArray,
    value: FloatArray,
    weights: FloatArray,
    mean: FloatArray,
    precision: FloatArray,
    own: FloatArray,
    own_mean: FloatArray,
    own_precision: FloatArray,
    normals: FloatArray,
) -> None:
    r"""Move each weight row of a group by a draw, and its entities' own rows the other way, so that F W stays.

    .. math::
        w_j \leftarrow w_j + \delta, \quad v_e \leftarrow v_e - F_{ej} \delta, \quad
        \delta \sim N\Bigl(\frac{\lambda (\mu - w_j) + \lambda_0 \sum_e F_{ej} (v_e - \mu_0)}{q}, \frac 1 q\Bigr),
        \quad q = \lambda + \lambda_0 \sum_e F_{ej}^2

    No rating notices, so the conditional is the priors' alone. Without it a feature can only creep along, held by the
    own rows of all its entities.

    Args:
        indptr: ``(rows + 1,)``, see `draw_rows`.
        entity: ``(nnz,)``.
        value: ``(nnz,)``.
        weights: ``(rows, width)``, changed in place.
        mean: ``(width,)`` of the group's prior.
        precision: ``(width,)``.
        own: ``(entities, width)`` rows of the ids, changed in place.
        own_mean: ``(width,)`` of the ids' prior.
        own_precision: ``(width,)``.
        normals: ``(rows, width)`` standard normal draws.

    Source: Liu and Wu 1999 (parameter expansion for data augmentation), a generalised Gibbs move along a direction
    that leaves the likelihood as it is.

    Cost: O(nnz * width).
    """
    width = weights.shape[1]
    pull = np.empty(width)
    for j in range(weights.shape[0]):
        squares = 0.0
        pull[:] = 0.0
        for p in range(indptr[j], indptr[j + 1]):
            f, v = value[p], own[entity[p]]
            squares += f * f
            for a in range(width):
                pull[a] += f * (v[a] - own_mean[a])
        for a in range(width):
            sure = precision[a] + own_precision[a] * squares
            step = (precision[a] * (mean[a] - weights[j, a]) + own_precision[a] * pull[a]) / sure
            pull[a] = step + normals[j, a] / np.sqrt(sure)
            weights[j, a] += pull[a]
        for p in range(indptr[j], indptr[j + 1]):
            f, v = value[p], own[entity[p]]
            for a in range(width):
                v[a] -= f * pull[a]


@compiled
def _draw(factor: FloatArray, right: FloatArray, normal: FloatArray) -> None:
    """Turn ``right`` into a draw of N(P^-1 right, P^-1); ``factor`` holds the lower half of P and is overwritten."""
    width = right.shape[0]
    for a in range(width):
        for b in range(a):
            total = factor[a, b]
            for c in range(b):
                total -= factor[a, c] * factor[b, c]
            factor[a, b] = total / factor[b, b]
        total = factor[a, a]
        for c in range(a):
            total -= factor[a, c] * factor[a, c]
        factor[a, a] = np.sqrt(max(total, 1e-12))
    for a in range(width):
        total = right[a]
        for c in range(a):
            total -= factor[a, c] * right[c]
        right[a] = total / factor[a, a]
    for a in range(width):
        right[a] += normal[a]
    for a in range(width - 1, -1, -1):
        total = right[a]
        for c in range(a + 1, width):
            total -= factor[c, a] * right[c]
        right[a] = total / factor[a, a]
