"""How ratings become entries of the item graph; used to fit the graph and to update it."""

from __future__ import annotations

import numpy as np

from reelgraph.core import NO_TIME, FloatArray, IntArray


def entries(stars: FloatArray, power: float, unit: float) -> FloatArray:
    r"""The entry of a rating in the graph: :math:`(r / r_1)^\rho`, 1 for all when the power is 0.

    Args:
        stars: ``(n,)``, at least 0 (anything less counts as 0).
        power: :math:`\rho`, at least 0.
        unit: :math:`r_1`, stars that count 1, above 0.

    Returns:
        ``(n,)`` float64.
    """
    values: FloatArray = (np.maximum(stars.astype(np.float64), 0.0) / unit) ** power
    return values


def user_weights(counts: IntArray, exponent: float) -> FloatArray:
    """Weight of each person, ``n_u ** -exponent``, ``(n,)`` float64; it does not depend on other people's ratings.

    Args:
        counts: ``(n,)`` ratings of each person, n_u; 0 counts as 1.
        exponent: at least 0.
    """
    weights: FloatArray = np.maximum(counts, 1.0) ** -exponent
    return weights


def user_block(
    values: FloatArray,
    times: IntArray | None,
    weight: float,
    *,
    session_weight: float,
    time_scale: float,
    dropout: float,
) -> FloatArray:
    r"""The block that one person adds to the matrix A of the closed form, at the rows and columns of their items.

    .. math:: S_{ab} = w v_a v_b ((1 - s) + s e^{-|t_a - t_b| / \tau}), \quad S_{aa} \mathrel{+}= \tfrac{p}{1-p} w v_a^2

    A rating whose time is unknown has no time in common with another one: its exponential is 0 beside all but itself.

    Args:
        values: ``(n,)`` entries of the person's ratings, v.
        times: ``(n,)`` int64, Unix seconds, `NO_TIME` where unknown; not read when ``session_weight`` is 0.
        weight: of the person, w.
        session_weight: s, see `GraphFilter`.
        time_scale: :math:`\tau`, seconds.
        dropout: p.

    Returns:
        ``(n, n)`` float64, symmetric, positive semi-definite.
    """
    similarity = np.full((len(values), len(values)), 1.0 - session_weight)
    if session_weight and times is not None:
        together = np.exp(-np.abs(times[:, None] - times[None, :]) / time_scale)
        is_unknown = times == NO_TIME
        together[is_unknown] = 0.0
        together[:, is_unknown] = 0.0
        np.fill_diagonal(together, 1.0)
        similarity += session_weight * together
    block: FloatArray = weight * np.outer(values, values) * similarity
    block[np.diag_indices_from(block)] += dropout / (1.0 - dropout) * weight * values**2
    return block
