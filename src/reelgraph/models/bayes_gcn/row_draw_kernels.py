"""Compiled draws of weight rows, one feature after the other."""

from __future__ import annotations

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray


@jit
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
    current residuals. Rows that share no entity (the ids) may be drawn at the same time.

    Args:
        indptr: ``(rows + 1,)`` where each feature's entities begin.
        entity: ``(nnz,)`` entities that have the feature.
        value: ``(nnz,)`` :math:`F_{ej}`.
        weights: ``(rows, width)``, changed in place.
        mean: ``(width,)`` of the group's prior.
        precision: ``(width,)`` diagonal of the group's prior.
        normals: ``(rows, width)`` standard normal draws.
        second: see `kernels.gather`.
        first: see `kernels.gather`; changed in place.
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
            f = np.float64(value[p])
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
            f, s, m, row = np.float64(value[p]), second[entity[p]], first[entity[p]], embedding[entity[p]]
            for a in range(width):
                change_in_s = s[a * width] * step[0]
                for b in range(1, width):
                    change_in_s += s[a * width + b] * step[b]
                m[a] -= f * change_in_s
                row[a] += f * change[a]


@jit
def exchange_rows(
    indptr: IntArray,
    entity: IntArray,
    value: FloatArray,
    weights: FloatArray,
    mean: FloatArray,
    precision: FloatArray,
    id_weights: FloatArray,
    id_mean: FloatArray,
    id_precision: FloatArray,
    normals: FloatArray,
) -> None:
    r"""Move each weight row of a group by a draw, and the id rows of its entities the other way, so that F W stays.

    .. math::
        w_j \leftarrow w_j + \delta, \quad v_e \leftarrow v_e - F_{ej} \delta, \quad
        \delta \sim N\Bigl(\frac{\lambda (\mu - w_j) + \lambda_0 \sum_e F_{ej} (v_e - \mu_0)}{q}, \frac 1 q\Bigr),
        \quad q = \lambda + \lambda_0 \sum_e F_{ej}^2

    The likelihood does not change, so the conditional depends on the priors alone. Without this move a feature mixes
    slowly, because the id rows of all its entities hold it in place.

    Args:
        indptr: ``(rows + 1,)``, see `draw_rows`.
        entity: ``(nnz,)``.
        value: ``(nnz,)``.
        weights: ``(rows, width)``, changed in place.
        mean: ``(width,)`` of the group's prior.
        precision: ``(width,)``.
        id_weights: ``(entities, width)`` rows of the ids, changed in place.
        id_mean: ``(width,)`` of the ids' prior.
        id_precision: ``(width,)``.
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
            f, v = np.float64(value[p]), id_weights[entity[p]]
            squares += f * f
            for a in range(width):
                pull[a] += f * (v[a] - id_mean[a])
        for a in range(width):
            total_precision = precision[a] + id_precision[a] * squares
            step = (precision[a] * (mean[a] - weights[j, a]) + id_precision[a] * pull[a]) / total_precision
            pull[a] = step + normals[j, a] / np.sqrt(total_precision)
            weights[j, a] += pull[a]
        for p in range(indptr[j], indptr[j + 1]):
            f, v = np.float64(value[p]), id_weights[entity[p]]
            for a in range(width):
                v[a] -= f * pull[a]


@jit
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
