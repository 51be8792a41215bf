"""Compiled loops of full ranking: mask, lower bound of the k-th best score, the items that reach it, and ties."""

from __future__ import annotations

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import BoolArray, FloatArray, IntArray

_LOW, _ALL_BUT_SIGN = np.int64(0xFFFFFFFF), np.int32(0x7FFFFFFF)
_NOTHING = np.iinfo(np.int64).max  # an empty place: behind every key
TIE_PRIME = 2**31 - 1  # products of two numbers below it fit in 64 bits


@jit
def _key(score: float, bits: int, item: int) -> np.int64:
    """Score and item row in one integer: the better the smaller, no two equal.

    The upper half holds the score's bits, mapped so that they sort as the numbers do, the lower half the
    complement of the item row; the whole is inverted.
    """
    ordered = np.int64(bits ^ ((bits >> 31) & _ALL_BUT_SIGN)) if score != 0.0 else np.int64(0)  # both zeros are equal
    return ~((ordered << 32) | (_LOW - item))


@jit
def _smallest_first(keys: IntArray, count: int, width: int) -> None:
    """Bring the ``width`` smallest of the first ``count`` keys to the front, in any order; no two are equal.

    Source: Hoare 1961, "Algorithm 65: find". Numba takes ten seconds to compile NumPy's partition.
    """
    first, last = 0, count - 1
    while first < last:
        middle, left, right = keys[(first + last) // 2], first, last
        while left <= right:
            while keys[left] < middle:
                left += 1
            while keys[right] > middle:
                right -= 1
            if left <= right:
                keys[left], keys[right] = keys[right], keys[left]
                left, right = left + 1, right - 1
        if width - 1 <= right:
            last = right
        elif width - 1 >= left:
            first = left
        else:
            return


@jit
def block_maxima(masked: FloatArray, indptr: IntArray, indices: IntArray, block_max: FloatArray) -> None:
    """Set what is masked to minus infinity, then give the best of each block; item i is in block i modulo the number.

    Args:
        masked: ``(batch, n_items)`` float32, changed.
        indptr: of what is masked, CSR, ``(batch, n_items)``.
        indices: of what is masked.
        block_max: ``(batch, n_blocks)`` float32, overwritten; n_blocks is at most n_items.
    """
    n_items, n_blocks = masked.shape[1], block_max.shape[1]
    for row in range(masked.shape[0]):
        for place in range(indptr[row], indptr[row + 1]):
            masked[row, indices[place]] = -np.inf
        top = block_max[row]
        for block in range(n_blocks):
            top[block] = masked[row, block]
        for start in range(n_blocks, n_items, n_blocks):
            more = masked[row, start : start + n_blocks]
            for block in range(len(more)):
                top[block] = more[block] if more[block] > top[block] else top[block]


@jit
def keys_above(masked: FloatArray, block_max: FloatArray, threshold: FloatArray, keys: IntArray) -> None:
    """The keys of the items that reach the threshold, in any order; the best ones where they are too many.

    Args:
        masked: ``(batch, n_items)`` float32.
        block_max: ``(batch, n_blocks)`` float32, of :func:`block_maxima`; a block with a lower maximum is skipped.
        threshold: ``(batch,)`` float32.
        keys: ``(batch, width)`` int64, overwritten, `_NOTHING` where fewer reach it.
    """
    (batch, n_items), n_blocks, width = masked.shape, block_max.shape[1], keys.shape[1]
    candidates = np.empty(n_items + 1, np.int64)
    for row in range(batch):
        scores, bound, count = masked[row], threshold[row], 0
        bits = scores.view(np.int32)
        for block in range(n_blocks):
            if block_max[row, block] >= bound:
                for item in range(block, n_items, n_blocks):
                    candidates[count] = item
                    count += scores[item] >= bound  # without a branch, which would be mispredicted half of the time
        for place in range(count):
            item = candidates[place]
            candidates[place] = _key(scores[item], bits[item], item)
        if count > width:  # many equal scores
            _smallest_first(candidates, count, width)
        for place in range(width):
            keys[row, place] = candidates[place] if place < count else _NOTHING


@jit
def decode(keys: IntArray, items: IntArray, best: FloatArray) -> None:
    """The item rows and the scores of the first keys of each row; where there is none they stay as they were.

    Args:
        keys: ``(batch, width)`` int64, of :func:`keys_above`, ascending.
        items: ``(batch, k)`` int64, overwritten; k is at most the width.
        best: ``(batch, k)`` float32, overwritten.
    """
    bits = best.view(np.int32)
    for row in range(items.shape[0]):
        for rank in range(items.shape[1]):
            if keys[row, rank] != _NOTHING:
                key = ~keys[row, rank]
                ordered = np.int32(key >> 32)
                items[row, rank] = _LOW - (key & _LOW)
                bits[row, rank] = ordered ^ ((ordered >> 31) & _ALL_BUT_SIGN)


@jit
def tie_groups(
    masked: FloatArray,
    keys: IntArray,
    items: IntArray,
    best: FloatArray,
    indptr: IntArray,
    indices: IntArray,
    is_relevant: BoolArray,
    offset: IntArray,
    size: IntArray,
    relevant: IntArray,
) -> None:
    """The group of equal scores of each place; the whole row is read only where one goes on behind place k.

    Args:
        masked: ``(batch, n_items)`` float32, minus infinity where masked.
        keys: ``(batch, width)`` int64, of :func:`keys_above`, ascending; k is below the width.
        items: ``(batch, k)`` int64, of :func:`decode`.
        best: ``(batch, k)`` float32, of :func:`decode`.
        indptr: of the people's relevant items, CSR, ``(batch, n_items)``.
        indices: of the people's relevant items.
        is_relevant: ``(n_items,)``, all False, also afterwards.
        offset: ``(batch, k)`` int32, overwritten: places of the group before this one.
        size: ``(batch, k)`` int32, overwritten: items of the group.
        relevant: ``(batch, k)`` int32, overwritten: relevant items of the group.
    """
    batch, k = items.shape
    for row in range(batch):
        relevant_items = indices[indptr[row] : indptr[row + 1]]
        for item in relevant_items:
            is_relevant[item] = True
        start = 0
        while start < k:
            score, stop, n_relevant = best[row, start], start, 0
            while stop < k and items[row, stop] >= 0 and best[row, stop] == score:
                n_relevant += is_relevant[items[row, stop]]
                stop += 1
            stop = max(stop, start + 1)  # an empty place
            n_tied = stop - start
            after = keys[row, k]
            if stop == k and after != _NOTHING and (~after >> 32) == (~keys[row, k - 1] >> 32):
                n_tied, n_relevant = 0, 0
                for item in range(masked.shape[1]):
                    n_tied += masked[row, item] == score
                for item in relevant_items:
                    n_relevant += masked[row, item] == score
            for place in range(start, stop):
                offset[row, place], size[row, place], relevant[row, place] = place - start, n_tied, n_relevant
            start = stop
        for item in relevant_items:
            is_relevant[item] = False


@jit
def shuffle_ties(
    masked: FloatArray,
    best: FloatArray,
    offset: IntArray,
    size: IntArray,
    user_key: IntArray,
    item_key: IntArray,
    items: IntArray,
) -> None:
    """Put each group of equal scores in the order of ``user_key * item_key`` modulo `TIE_PRIME`, and cut it after that.

    Args:
        masked: ``(batch, n_items)`` float32, minus infinity where masked.
        best: ``(batch, k)`` float32, the scores of the lists.
        offset: ``(batch, k)`` int32, of :func:`tie_groups`.
        size: ``(batch, k)`` int32, of :func:`tie_groups`.
        user_key: ``(batch,)`` int64, from 1 below the prime.
        item_key: ``(n_items,)`` int64, from 1 below the prime.
        items: ``(batch, k)`` int64, changed.
    """
    batch, k = items.shape
    smallest = np.empty(k, np.int64)
    for row in range(batch):
        for start in range(k):
            if offset[row, start] != 0 or size[row, start] == 1:
                continue
            n_places = min(size[row, start], k - start)
            tied: IntArray = items[row, start : start + n_places].copy()
            if size[row, start] > n_places:
                tied = np.flatnonzero(masked[row] == best[row, start])
            count = 0
            for item in tied:
                order = user_key[row] * item_key[item] % TIE_PRIME
                if count == n_places and order >= smallest[count - 1]:
                    continue
                place = min(count, n_places - 1)
                while place > 0 and smallest[place - 1] > order:
                    smallest[place] = smallest[place - 1]
                    items[row, start + place] = items[row, start + place - 1]
                    place -= 1
                smallest[place], items[row, start + place] = order, item
                count = min(count + 1, n_places)


@jit
def hits(items: IntArray, indptr: IntArray, indices: IntArray, is_relevant: BoolArray, out: BoolArray) -> None:
    """True where a listed item is among the person's relevant ones.

    Args:
        items: ``(n, k)`` item rows, -1 for an empty place.
        indptr: of the people's relevant items, CSR, ``(n, n_items)``.
        indices: of the people's relevant items.
        is_relevant: ``(n_items,)``, all False, also afterwards.
        out: ``(n, k)``, overwritten.
    """
    for row in range(items.shape[0]):
        for place in range(indptr[row], indptr[row + 1]):
            is_relevant[indices[place]] = True
        for rank in range(items.shape[1]):
            out[row, rank] = items[row, rank] >= 0 and is_relevant[items[row, rank]]
        for place in range(indptr[row], indptr[row + 1]):
            is_relevant[indices[place]] = False


@jit
def count_each(drawn: IntArray, counts: FloatArray) -> None:
    """How often each number below n is in each row of ``drawn``, into ``counts``, ``(rows, n)`` float64."""
    counts[:] = 0.0
    for row in range(drawn.shape[0]):
        for number in drawn[row]:
            counts[row, number] += 1.0
