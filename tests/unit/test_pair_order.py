"""The canonical order of edges, against a lexicographic sort, and matrices that share the arrays of sorted edges."""

from __future__ import annotations

import numpy as np
import pytest

from reelgraph.core import IdIndex, Interactions, RatingScale
from reelgraph.core import pair_order as module
from reelgraph.core.pair_order import is_ascending, pair_order, row_starts

RNG = np.random.default_rng(4)


def edges(user: list[int], item: list[int], stars: list[float], times: list[int] | None = None) -> Interactions:
    return Interactions(
        IdIndex(np.arange(4), "user"),
        IdIndex(np.arange(5), "item"),
        np.array(user, np.int32),
        np.array(item, np.int32),
        np.array(stars, np.float32),
        None if times is None else np.array(times),
        RatingScale(0.5, 5.0, 0.5),
    )


@pytest.mark.parametrize("key_bits", [63, 5], ids=["packed keys", "keys too long to pack"])
def test_order_is_that_of_a_stable_sort(key_bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEY_BITS", key_bits)
    for n in (2, 3, 40, 500):
        user, item = RNG.integers(0, 6, n).astype(np.int32), RNG.integers(0, 7, n).astype(np.int32)
        user[:2], item[:2] = (1, 0), (0, 6)  # never in order
        assert pair_order(user, item, 6, 7).tolist() == np.lexsort((item, user)).tolist()


def test_pairs_in_order_need_no_sort() -> None:
    user, item = np.array([0, 0, 2, 2]), np.array([1, 3, 0, 0])
    assert pair_order(user, item, 3, 4) is None
    assert is_ascending(user, item)
    assert not is_ascending(user, item, strictly=True)  # (2, 0) twice
    assert is_ascending(user[:3], item[:3], strictly=True)
    assert not is_ascending(np.array([1, 0]), np.array([0, 5]))
    assert is_ascending(user[:0], item[:0], strictly=True)


@pytest.mark.parametrize("is_sorted", [True, False])
def test_starts_of_rows_with_empty_ones(is_sorted: bool) -> None:
    starts = row_starts(np.array([0, 0, 2, 2, 2], np.int32), 5, is_sorted=is_sorted)
    assert starts.tolist() == [0, 2, 2, 5, 5, 5]
    assert starts.dtype == np.int32


def test_matrices_of_sorted_edges_are_their_arrays() -> None:
    sorted_edges = edges([0, 0, 2], [1, 3, 0], [4, 3.5, 1], [30, 10, 20])
    for matrix, values in (
        (sorted_edges.matrix(), sorted_edges.rating),
        (sorted_edges.times(), sorted_edges.timestamp),
    ):
        assert np.shares_memory(matrix.data, values)
        assert np.shares_memory(matrix.indices, sorted_edges.item_row)
        assert not matrix.data.flags.writeable
    assert sorted_edges.matrix().toarray().tolist() == [[0, 4, 0, 3.5, 0], [0] * 5, [1, 0, 0, 0, 0], [0] * 5]


def test_unsorted_edges_are_sorted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unsorted = edges([2, 0, 0], [0, 3, 1], [1, 3.5, 4], [20, 10, 30])
    assert unsorted.matrix().toarray().tolist() == [[0, 4, 0, 3.5, 0], [0] * 5, [1, 0, 0, 0, 0], [0] * 5]
    monkeypatch.setattr("reelgraph.core.interactions.pair_order", None)  # not called again
    times = unsorted.times()
    assert times.data.tolist() == [30, 10, 20]
    assert np.shares_memory(times.indices, unsorted.matrix().indices)
    assert unsorted.user_row.tolist() == [2, 0, 0]  # the edges stay in the order of the data
