"""The order in which the sampler holds the ratings, stable counting sorts, and blocks of equal work."""

from __future__ import annotations

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import IntArray

BLOCK_RATINGS = 1 << 16  # of a block: the unit of work of a thread, whatever the number of threads


def row_starts(code: IntArray, rows: int) -> IntArray:
    """Where the ratings of each row begin when they are sorted by ``code``, ``(rows + 1,)`` int64."""
    starts = np.zeros(rows + 1, np.int64)
    _count(code, starts)
    return np.cumsum(starts, out=starts)


def stable_order(code: IntArray, starts: IntArray) -> IntArray:
    """Positions sorted by ``code``, equal ones in their order, ``(n,)`` int32. Cost: O(n), a counting sort."""
    order = np.empty(len(code), np.int32)
    _scatter(code, np.empty(0, np.int32), starts[:-1].copy(), order)
    return order


def by_user_and_time(
    user_row: IntArray, item_row: IntArray, time: IntArray | None, n_users: int, n_items: int
) -> tuple[IntArray, IntArray]:
    """Ratings sorted by user, time and item, so that the order of the file does not matter.

    Args:
        user_row: ``(n,)``.
        item_row: ``(n,)``.
        time: ``(n,)`` Unix seconds, or None.
        n_users: number of users.
        n_items: number of items.

    Returns:
        ``(n,)`` int32 positions, and ``(n_users + 1,)`` int64 where the ratings of each user begin.

    Cost: O(n + sum over users of n_u log n_u), no array of pairs.
    """
    starts, order = row_starts(user_row, n_users), np.empty(len(user_row), np.int32)
    by_item = stable_order(item_row, row_starts(item_row, n_items))
    _scatter(user_row, by_item, starts[:-1].copy(), order)
    if time is not None:
        _sort_by_time(starts, time, order)
    return order, starts


def blocks(starts: IntArray) -> IntArray:
    """Cut rows into blocks of at least `BLOCK_RATINGS` ratings each, so that threads have the same amount of work.

    Args:
        starts: ``(rows + 1,)`` where the ratings of each row begin.

    Returns:
        ``(blocks + 1,)`` int64 rows, from 0 to the number of rows.
    """
    rows = len(starts) - 1
    cuts = np.searchsorted(starts, np.arange(0, int(starts[-1]), BLOCK_RATINGS))
    return np.unique(np.concatenate([[0], cuts, [rows]])).astype(np.int64)


@jit
def _count(code: IntArray, starts: IntArray) -> None:
    """Add to ``starts[r + 1]`` how often ``code`` is r."""
    for n in range(code.shape[0]):
        starts[code[n] + 1] += 1


@jit
def _scatter(code: IntArray, visit: IntArray, place: IntArray, out: IntArray) -> None:
    """Put each position at the next free place of its code, in the order of ``visit`` or, if it is empty, ascending."""
    is_ascending = visit.shape[0] == 0
    for p in range(code.shape[0]):
        n = p if is_ascending else visit[p]
        out[place[code[n]]] = n
        place[code[n]] += 1


@jit
def _sort_by_time(starts: IntArray, time: IntArray, order: IntArray) -> None:
    """Sort the positions of each row by time; equal times keep their order."""
    for row in range(starts.shape[0] - 1):
        mine = order[starts[row] : starts[row + 1]]
        times = time[mine]
        for p in range(1, times.shape[0]):
            if times[p] < times[p - 1]:
                mine[:] = mine[np.argsort(times, kind="mergesort")]
                break
