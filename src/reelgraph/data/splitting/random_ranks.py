"""Which edges of each user have the lowest random numbers, without sorting all edges by user and number."""

from __future__ import annotations

import numpy as np

from reelgraph.core import BoolArray, FloatArray, IntArray
from reelgraph.core.pair_order import row_starts

_MANTISSA_BITS = 53  # of the random numbers
_KEY_BITS = 63
_BLOCK = 2**20


def among_lowest(user_row: IntArray, draws: FloatArray, n_users: int, *n_lowest: IntArray) -> tuple[BoolArray, ...]:
    """Masks of the edges whose draw is among the ``n`` lowest of their user; of equal draws the first is the lower.

    Args:
        user_row: ``(n_edges,)``.
        draws: ``(n_edges,)`` float64 from 0 to below 1.
        n_users: number of users.
        *n_lowest: ``(n_users,)`` numbers of edges, one array for each mask.

    Returns:
        For each of ``n_lowest`` a mask ``(n_edges,)``: the same as the rank of an edge in a stable sort by user and
        draw, below ``n``.

    Cost: one sort of the values, not of positions, of 64-bit keys: user and the leading bits of the draw. People for
    whom these bits do not decide are sorted by all bits.
    """
    user_bits = max(n_users - 1, 1).bit_length()
    draw_bits = min(_MANTISSA_BITS, _KEY_BITS - user_bits)
    key = (draws * 2.0**draw_bits).astype(np.uint64)
    for start in range(0, len(key), _BLOCK):
        key[start : start + _BLOCK] |= user_row[start : start + _BLOCK].astype(np.uint64) << np.uint64(draw_bits)
    ordered, starts = np.sort(key), row_starts(user_row, n_users)
    return tuple(_below(n, key, ordered, starts, user_row, draws, draw_bits) for n in n_lowest)


def _below(
    n_lowest: IntArray,
    key: IntArray,
    ordered: IntArray,
    starts: IntArray,
    user_row: IntArray,
    draws: FloatArray,
    draw_bits: int,
) -> BoolArray:
    """The edges of one mask: those below the key of the first one that is not in it."""
    n_edges = np.diff(starts)
    n_lowest = np.minimum(n_lowest, n_edges).astype(np.int64)
    users = np.arange(len(n_edges), dtype=np.uint64)
    bound = (users + np.uint64(1)) << np.uint64(draw_bits)  # above all keys of the user
    has_next = n_lowest < n_edges
    next_one = (starts[:-1] + n_lowest)[has_next]
    bound[has_next] = ordered[next_one]
    is_below = np.empty(len(key), np.bool_)
    for start in range(0, len(key), _BLOCK):
        block = slice(start, start + _BLOCK)
        np.less(key[block], bound[user_row[block]], out=is_below[block])
    undecided = np.zeros(len(n_edges), np.bool_)
    undecided[has_next] = (n_lowest[has_next] > 0) & (ordered[np.maximum(next_one - 1, 0)] == ordered[next_one])
    if undecided.any():
        edges = np.flatnonzero(undecided[user_row])
        edges = edges[np.lexsort((draws[edges], user_row[edges]))]
        user = user_row[edges]
        rank = np.arange(len(edges)) - np.searchsorted(user, user)
        is_below[edges] = rank < n_lowest[user]
    return is_below
