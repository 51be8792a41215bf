"""Sparse transitions from and to the items outside the head, for catalogues too large for whole matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reelgraph.core import BoolArray, FloatArray, IntArray, Matrix
from reelgraph.models.next_item import kernels
from reelgraph.models.next_item.moments import Sequences, sums_by_item

_MAX_LAG = 8  # ratings between two items of a transition: beyond them it would say little


def tail_weights(
    sequences: Sequences,
    decays: Sequence[float],
    is_head: BoolArray,
    ridge: float,
    scale: FloatArray,
    n_kept: int,
) -> tuple[IntArray, IntArray, FloatArray]:
    r"""Weights of pairs of which one item or both are outside the head: the regression on each item alone.

    .. math:: B^a_{ij} = T^a_{ij} / (A^a_{ii} + \lambda)

    of transitions over 8 ratings or fewer; of each i the largest are kept.

    Args:
        sequences: of all items.
        decays: of the histories.
        is_head: ``(n_items,)``, True for the items of the head, whose own pairs are left out.
        ridge: :math:`\lambda`.
        scale: ``(n_items,)``, that the weights to each item are multiplied by.
        n_kept: weights of each item, at most.

    Returns:
        The pattern ``starts, items`` of a CSR matrix, and the values of each history, ``(h, n)`` float32.

    Cost: O(8 n) entries, sorted.
    """
    n_items, items = len(is_head), sequences.items
    user = np.repeat(np.arange(len(sequences.starts) - 1), np.diff(sequences.starts))
    earlier_of_lag = []
    for lag in range(1, _MAX_LAG + 1):
        is_pair = (user[:-lag] == user[lag:]) & ~(is_head[items[:-lag]] & is_head[items[lag:]])
        earlier_of_lag.append(np.flatnonzero(is_pair))
    earlier, lags = np.concatenate(earlier_of_lag), np.repeat(np.arange(1, _MAX_LAG + 1), [*map(len, earlier_of_lag)])
    after, ones = np.empty(len(items)), np.ones(len(items))
    per_history: list[Matrix] = []
    for decay in decays:
        fading = (decay ** (lags - 1)).astype(np.float32)
        values = Matrix((fading, (items[earlier], items[earlier + lags])), shape=(n_items, n_items))
        values.sum_duplicates()
        kernels.add_weights_after(sequences.starts, ones, decay**2, after)
        row_scale = 1.0 / (sums_by_item(items, after, n_items) + ridge)
        values.data *= (
            row_scale[np.repeat(np.arange(n_items), np.diff(values.indptr))] * scale[values.indices]
        ).astype(np.float32)
        per_history.append(values)
    return _largest(per_history, n_kept)


def _largest(per_history: list[Matrix], n_kept: int) -> tuple[IntArray, IntArray, FloatArray]:
    """The largest weights of each row by their sum over the histories, which have one pattern."""
    pattern = per_history[0]
    data = np.stack([matrix.data for matrix in per_history])
    row = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    by_weight = np.lexsort((-data.sum(axis=0), row))
    place = np.arange(len(row)) - pattern.indptr[row[by_weight]]
    largest = np.sort(by_weight[place < n_kept])
    starts = np.concatenate([[0], np.cumsum(np.bincount(row[largest], minlength=pattern.shape[0]))])
    return starts, pattern.indices[largest].astype(np.int32), data[:, largest]
