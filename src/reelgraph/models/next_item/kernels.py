"""Compiled loops over pairs of ratings of one person, in order of time."""

from __future__ import annotations

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray


@jit
def add_earlier(
    starts: IntArray, items: IntArray, weight: FloatArray, decay: float, reach: int, out: FloatArray
) -> None:
    r"""Add the fading items before each rating: ``out[i_q, i_p] += weight_q decay^(q - p)`` for p < q <= p + reach.

    Args:
        starts: ``(n_users + 1,)`` int64, where the ratings of each user begin.
        items: ``(n,)`` int32 item rows, of each user in order of time; negative ones count for nothing but their place.
        weight: ``(n,)`` float64, of each rating q.
        decay: from one rating to the next, 0 to 1.
        reach: the most that q - p may be.
        out: ``(n_items, n_items)`` float32, added to.

    Cost: O(n reach), at most O(sum of n_u^2).
    """
    for user in range(starts.shape[0] - 1):
        first = starts[user]
        for q in range(first + 1, starts[user + 1]):
            if items[q] < 0 or weight[q] == 0.0:
                continue
            row = out[items[q]]
            value = weight[q]
            for p in range(q - 1, max(first, q - reach) - 1, -1):
                value *= decay
                if items[p] >= 0:
                    row[items[p]] += value


@jit
def add_weights_after(starts: IntArray, weight: FloatArray, decay: float, out: FloatArray) -> None:
    """The fading weights of what comes after each rating: ``out_q = sum over t > q of weight_t decay^(t - 1 - q)``.

    Args:
        starts: as in `add_earlier`.
        weight: ``(n,)`` float64, of each rating t.
        decay: from one rating to the next, 0 to 1.
        out: ``(n,)`` float64, overwritten.
    """
    for user in range(starts.shape[0] - 1):
        total = 0.0
        for q in range(starts[user + 1] - 1, starts[user] - 1, -1):
            out[q] = total
            total = weight[q] + decay * total
