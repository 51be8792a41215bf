"""Distinct ids and the row of each, by counting where ids are whole numbers of a small range, as most are."""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, BoolArray, IntArray
from reelgraph.core.arrays import wide

_SMALL_RANGE = 2**22  # a table of so many numbers costs nothing that counts


def distinct_ids(ids: AnyArray) -> AnyArray:
    """The distinct ids ascending, ``(m,)`` int64 or str.

    Cost: O(n) for whole numbers whose range is not much larger than n; otherwise one sort.
    """
    offset, is_present = _table(ids)
    if is_present is None:
        return wide(np.unique(ids))
    return np.flatnonzero(is_present) + offset


def id_rows(ids: AnyArray) -> tuple[AnyArray, IntArray]:
    """The distinct ids ascending, ``(m,)`` int64 or str, and the row of each id among them, ``(n,)`` int32.

    Cost: as `distinct_ids`.
    """
    offset, is_present = _table(ids)
    if is_present is None:
        distinct, row = np.unique(ids, return_inverse=True)
        return wide(distinct), row.astype(np.int32)
    row_of = np.cumsum(is_present, dtype=np.int32)
    row_of -= 1
    return np.flatnonzero(is_present) + offset, row_of[ids - offset if offset else ids]


def _table(ids: AnyArray) -> tuple[int, BoolArray | None]:
    """The smallest id, and which of the numbers from it on occur; None where a table of them would be too large."""
    if ids.dtype.kind != "i" or len(ids) == 0:
        return 0, None
    low, high = int(ids.min()), int(ids.max())
    offset = low if low < 0 or low > _SMALL_RANGE else 0  # without one, no difference has to be taken
    if high - offset >= max(_SMALL_RANGE, 2 * len(ids)):
        return 0, None
    is_present = np.zeros(high - offset + 1, np.bool_)
    is_present[ids - offset if offset else ids] = True
    return offset, is_present
