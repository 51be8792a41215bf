"""A list of the best mean in which nobody gives up much more than others."""

from __future__ import annotations

import numpy as np

from reelgraph.core import FloatArray, IntArray
from reelgraph.core.interruption import raise_if_interrupted

_MAX_EXCHANGES = 200
TOLERANCE = 1e-9  # smaller differences are rounding
_POOL_SIZE = 200  # items of the best mean that an envy-bounded list is chosen from, and as many of each person's own


def bound_envy(values: FloatArray, own_order: IntArray, listed: IntArray, envy: float) -> IntArray:
    """A list with the best mean whose losses differ by at most ``envy``, found by exchanging items.

    Starting from the list with the best mean, it first makes the exchange that lowers the envy most for what it costs,
    until the envy is within the bound or cannot be lowered; then those that improve the mean within the bound.

    Args:
        values: ``(people, n_candidates)``.
        own_order: ``(people, n_candidates)`` candidates in each person's own order.
        listed: ``(n,)`` candidates with the best mean.
        envy: the bound.
    """
    mean, size = values.mean(axis=0), len(listed)
    pool = np.union1d(np.argsort(-mean, kind="stable")[:_POOL_SIZE], own_order[:, :_POOL_SIZE].ravel())
    alone = np.take_along_axis(values, own_order[:, :size], axis=1).mean(axis=1)
    listed = listed.copy()
    for _ in range(_MAX_EXCHANGES):
        raise_if_interrupted()
        others: IntArray = np.setdiff1d(pool, listed)
        losses = alone - values[:, listed].mean(axis=1)
        # (people, removed item, added item)
        losses_after = losses[:, None, None] + (values[:, listed, None] - values[:, None, others]) / size
        excess_after = np.maximum(losses_after.max(axis=0) - losses_after.min(axis=0) - envy, 0.0)
        mean_gain = (mean[others] - mean[listed][:, None]) / size
        excess = max(float(losses.max() - losses.min()) - envy, 0.0)
        if excess > TOLERANCE:
            lowers = excess_after < excess - TOLERANCE
            merit = np.where(lowers, (excess - excess_after) / np.maximum(-mean_gain, TOLERANCE), -np.inf)
        else:
            merit = np.where((excess_after <= TOLERANCE) & (mean_gain > TOLERANCE), mean_gain, -np.inf)
        if not merit.size or merit.max() == -np.inf:
            break
        removed, added = np.unravel_index(int(merit.argmax()), merit.shape)
        listed[removed] = others[added]
    by_mean: IntArray = listed[np.lexsort((listed, -mean[listed]))]
    return by_mean
