"""The canonical order of (user, item) pairs: by ascending user row, and item row within a user."""

from __future__ import annotations

import numpy as np

from reelgraph.core.arrays import IntArray

_KEY_BITS = 63


def is_ascending(user_row: IntArray, item_row: IntArray, *, strictly: bool = False) -> bool:
    """True if the pairs, ``(n,)`` each, are in canonical order; ``strictly`` if no pair is repeated, either."""
    same_or_next = user_row[1:] == user_row[:-1]
    in_user = item_row[1:] > item_row[:-1] if strictly else item_row[1:] >= item_row[:-1]
    same_or_next &= in_user
    same_or_next |= user_row[1:] > user_row[:-1]
    return bool(same_or_next.all())


def pair_order(user_row: IntArray, item_row: IntArray, n_users: int, n_items: int) -> IntArray | None:
    """Positions of the pairs in canonical order, repeated pairs by position.

    Args:
        user_row: ``(n,)`` from 0 to ``n_users - 1``.
        item_row: ``(n,)`` from 0 to ``n_items - 1``.
        n_users: number of users.
        n_items: number of items.

    Returns:
        ``(n,)`` int32 (int64 above 2**31 pairs), or None where the pairs are in canonical order already.

    Cost: one pass if they are in order; otherwise one sort of n keys in which user, item and position are packed.
    """
    if is_ascending(user_row, item_row):
        return None
    n = len(user_row)
    item_bits, position_bits = max(n_items - 1, 1).bit_length(), max(n - 1, 1).bit_length()
    dtype = np.int32 if n < 2**31 else np.int64
    if max(n_users - 1, 1).bit_length() + item_bits + position_bits > _KEY_BITS:
        return np.lexsort((item_row, user_row)).astype(dtype)
    key = user_row.astype(np.int64)
    key <<= item_bits
    key |= item_row
    key <<= position_bits
    key |= np.arange(n, dtype=np.int64)
    key.sort()
    key &= (1 << position_bits) - 1
    return key.astype(dtype)


def row_starts(row: IntArray, n_rows: int, *, is_sorted: bool = False) -> IntArray:
    """Where each row begins when the entries are sorted by row, ``(n_rows + 1,)``: the ``indptr`` of a CSR.

    It is int32 below 2**31 entries, since the indices of a SciPy matrix are as wide as its ``indptr``.

    Args:
        row: ``(n,)`` row of each entry.
        n_rows: number of rows.
        is_sorted: the entries are sorted by row, so that they need not be counted.
    """
    dtype = np.int32 if len(row) < 2**31 else np.int64
    if is_sorted:
        places: IntArray = np.searchsorted(row, np.arange(n_rows + 1, dtype=row.dtype)).astype(dtype)
        return places
    starts: IntArray = np.zeros(n_rows + 1, dtype)
    np.cumsum(np.bincount(row, minlength=n_rows), out=starts[1:])
    return starts
