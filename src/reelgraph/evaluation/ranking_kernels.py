"""The compiled loop of full ranking: mask and selection in one pass over a person's scores."""

from __future__ import annotations

import numpy as np

from reelgraph.compiled import compiled
from reelgraph.types import FloatArray, IntArray

_LOW, _ALL_BUT_SIGN = np.int64(0xFFFFFFFF), np.int32(0x7FFFFFFF)
_NOTHING = np.int64(-(2**63))  # an empty place: below every key


@compiled
def _key(score: float, bits: int, item: int) -> np.int64:
    """Score and item row in one integer: the better the larger, no two equal.

    The upper half holds the score's bits, turned so that they are in the order of the numbers, the lower half the
    complement of the item row.
    """
    ordered = np.int64(bits ^ ((bits >> 31) & _ALL_BUT_SIGN)) if score != 0.0 else np.int64(0)  # both zeros are equal
    return (ordered << 32) | (_LOW - item)


@compiled
def _sink(heap: IntArray, count: int, key: np.int64) -> None:
    """Put ``key`` at the root of a heap of ``count`` keys, the smallest on top, and let it sink to its place."""
    place, child = 0, 1
    while child < count:
        if child + 1 < count and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] > key:
            break
        heap[place] = heap[child]
        place, child = child, 2 * child + 1
    heap[place] = key


@compiled
def top_k(
    scores: FloatArray, indptr: IntArray, indices: IntArray, pool: IntArray, items: IntArray, best: FloatArray
) -> None:
    """The best unmasked items of each row, best first, equal scores by item row, ascending.

    A heap holds the keys of the k best so far. Items come in ascending order, so one that only equals the worst of them
    does not enter.

    Args:
        scores: ``(batch, n_items)`` float32.
        indptr: of what is masked, CSR, ``(batch, n_items)``.
        indices: of what is masked.
        pool: ``(n,)`` item rows that may be in a list, ascending.
        items: ``(batch, k)`` int64, k at least 1, overwritten; -1 where fewer than k are left.
        best: ``(batch, k)`` float32, overwritten; minus infinity there.
    """
    k = items.shape[1]
    own = np.empty(scores.shape[1], np.float32)
    bits = own.view(np.int32)
    heap = np.empty(k, np.int64)
    for row in range(scores.shape[0]):
        own[:] = scores[row]
        for place in range(indptr[row], indptr[row + 1]):
            own[indices[place]] = -np.inf
        heap[:] = _NOTHING
        edge = np.float32(-np.inf)
        for item in pool:
            if own[item] > edge:
                _sink(heap, k, _key(own[item], bits[item], item))
                if heap[0] != _NOTHING:
                    edge = own[_LOW - (heap[0] & _LOW)]
        for rank in range(k - 1, -1, -1):  # the worst of what is left goes to the end, one after the other
            key = heap[0]
            items[row, rank], best[row, rank] = -1, -np.inf
            if key != _NOTHING:
                item = _LOW - (key & _LOW)
                items[row, rank], best[row, rank] = item, scores[row, item]
            _sink(heap, rank, heap[rank])
