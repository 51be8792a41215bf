"""Second moments of fading histories, and of these with the next item."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import NO_TIME, FloatArray, IntArray, Interactions
from reelgraph.models.next_item import kernels
from reelgraph.scorers.next_item.fading import NEGLIGIBLE


@dataclass(frozen=True)
class Sequences:
    """The ratings of each person in order of time; those of the same second are in the order of the data.

    Args:
        starts: ``(n_users + 1,)`` int64, where the ratings of each person begin.
        items: ``(n,)`` int32 item rows.
    """

    starts: IntArray
    items: IntArray

    @classmethod
    def of(cls, train: Interactions) -> Sequences:
        """The sequences of training ratings that have times; those whose time is unknown are left out.

        Cost: O(n log n).
        """
        if train.timestamp is None:
            raise AssertionError("sequences need times")
        order = np.lexsort((train.timestamp, train.user_row))  # stable
        order = order[train.timestamp[order] != NO_TIME]
        counts = np.bincount(train.user_row[order], minlength=train.n_users)
        return cls(np.concatenate([[0], np.cumsum(counts)]), train.item_row[order])

    @property
    def has_pairs(self) -> bool:
        """Whether anybody has two ratings, so that one comes after the other."""
        return bool((np.diff(self.starts) > 1).any())

    def within(self, items: IntArray, n_items: int) -> Sequences:
        """The same places in time, of some items only: their positions in ``items``, and -1 for all others.

        Args:
            items: ``(n,)`` item rows.
            n_items: number of all items.
        """
        position = np.full(n_items, -1, np.int32)
        position[items] = np.arange(len(items), dtype=np.int32)
        return Sequences(self.starts, position[self.items])


def reach_of(decay: float) -> int:
    """After how many ratings a history that fades by ``decay`` has faded; at least 1."""
    return max(1, math.ceil(math.log(NEGLIGIBLE) / math.log(decay))) if 0 < decay < 1 else (2**31 if decay else 1)


@dataclass(frozen=True)
class Moments:
    r"""Sums over all ratings t of what came before them, and of that with the next item.

    .. math::
        A_{ab} = \sum_t x^a_t x^{b\prime}_t, \quad T_a = \sum_t x^a_t y_t', \quad
        x^a_t = \sum_{q < t} \delta_a^{t - 1 - q} e_{i_q}, \quad y_t = e_{i_t}

    for each of h fading histories, and for a last one, :math:`x_t = 1`. A pair of ratings p < q is in A with
    :math:`\delta_b^{q - p} g_q` and :math:`\delta_a^{q - p} g_q`, the two ways round, where :math:`g_q = \sum_{t > q}
    (\delta_a \delta_b)^{t - 1 - q}`: a recursion from the last rating to the first gives all. So each pair is visited
    once for each two histories.

    Args:
        histories: A, ``(h n + 1, h n + 1)`` float32, C order, of n items; the blocks of its lower triangle are set.
        targets: T transposed, ``(n, h n + 1)`` float32.
    """

    histories: FloatArray
    targets: FloatArray

    @classmethod
    def of(cls, sequences: Sequences, decays: Sequence[float], n_items: int) -> Moments:
        """The sums over sequences of items below ``n_items``.

        Cost: O(sum of n_u^2) for each pair of histories, less where they fade, and 4 n_items^2 (h^2 + h + 1) bytes.
        """
        starts, items, size = sequences.starts, sequences.items, len(decays) * n_items
        histories, targets = np.zeros((size + 1, size + 1), np.float32), np.zeros((n_items, size + 1), np.float32)
        ones, after = np.ones(len(items)), np.empty(len(items))
        blocks = [slice(a * n_items, (a + 1) * n_items) for a in range(len(decays))]
        for a, decay in enumerate(decays):
            kernels.add_earlier(starts, items, ones / decay, decay, reach_of(decay), targets[:, blocks[a]])
            kernels.add_weights_after(starts, ones, decay, after)
            histories[size, blocks[a]] = sums_by_item(items, after, n_items)
            for b in range(a + 1):
                kernels.add_weights_after(starts, ones, decay * decays[b], after)
                block = histories[blocks[a], blocks[b]]
                # The rows are the later ratings of the pairs.
                kernels.add_earlier(starts, items, after, decays[b], reach_of(decays[b]), block)
                other_way = np.zeros((n_items, n_items), np.float32)
                kernels.add_earlier(starts, items, after, decay, reach_of(decay), other_way)
                block += other_way.T
                block[np.diag_indices(n_items)] += sums_by_item(items, after, n_items)
        histories[size, size] = len(items)
        targets[:, size] = sums_by_item(items, ones, n_items)
        return cls(histories, targets)


def sums_by_item(items: IntArray, values: FloatArray, n_items: int) -> FloatArray:
    """Sums of values of each item; negative items are left out."""
    is_item = items >= 0
    sums: FloatArray = np.bincount(items[is_item], values[is_item], n_items).astype(np.float32)
    return sums
