"""The compiled loops of full ranking, one by one, on tables worked out by hand."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from reelgraph.core import Matrix
from reelgraph.evaluation import full_ranking_kernels as kernels

MINUS = -np.inf
NOTHING = np.iinfo(np.int64).max
SCORES = np.array([[0.5, -1.0, 2.0, 0.5, 0.0], [3.0, 1.0, -2.0, 3.0, 3.0]], np.float32)


def matrix(*rows: list[int]) -> Matrix:
    return Matrix(np.array(rows, np.float32))


def test_counts_are_how_often_each_number_was_drawn() -> None:
    counts = np.full((2, 4), 9.0)
    kernels.count_each(np.array([[1, 1, 3, 1], [0, 2, 2, 0]]), counts)
    assert counts.tolist() == [[0, 3, 0, 1], [2, 0, 2, 0]]


def test_hits_are_listed_items_among_the_relevant_ones() -> None:
    relevant, flags, out = matrix([0, 1, 0, 1], [1, 0, 0, 0]), np.zeros(4, bool), np.ones((2, 3), bool)
    kernels.hits(np.array([[3, 0, -1], [1, 0, 3]]), relevant.indptr, relevant.indices, flags, out)
    assert out.tolist() == [[True, False, False], [False, True, False]]
    assert not flags.any()


def test_maxima_of_blocks_leave_out_what_is_masked() -> None:
    """Items 0, 2 and 4 are the first block, 1 and 3 the second."""
    masked, seen, best = SCORES.copy(), matrix([0, 0, 1, 0, 0], [0, 1, 0, 1, 0]), np.full((2, 2), 9.0, np.float32)
    kernels.block_maxima(masked, seen.indptr, seen.indices, best)
    assert masked.tolist() == [[0.5, -1.0, MINUS, 0.5, 0.0], [3.0, MINUS, -2.0, MINUS, 3.0]]
    assert best.tolist() == [[0.5, 0.5], [3.0, MINUS]]


def test_keys_are_those_that_reach_the_threshold_the_best_if_they_are_too_many() -> None:
    best = np.array([[2.0, 0.5], [3.0, 3.0]], np.float32)
    keys = np.zeros((2, 3), np.int64)
    kernels.keys_above(SCORES, best, np.array([0.5, 1.0], np.float32), keys)
    keys.sort(axis=1)
    items, scores = np.full((2, 3), -1), np.full((2, 3), MINUS, np.float32)
    kernels.decode(keys, items, scores)
    assert items.tolist() == [[2, 0, 3], [0, 3, 4]]  # equal scores by their row
    assert scores.tolist() == [[2.0, 0.5, 0.5], [3.0, 3.0, 3.0]]

    kernels.keys_above(SCORES, best, np.array([1.0, 4.0], np.float32), keys)
    assert (keys == NOTHING).tolist() == [[False, True, True], [True, True, True]]
    items, scores = np.full((2, 3), -1), np.full((2, 3), MINUS, np.float32)
    kernels.decode(keys, items, scores)
    assert items.tolist() == [[2, -1, -1], [-1, -1, -1]]
    assert scores.tolist() == [[2.0, MINUS, MINUS], [MINUS] * 3]


def test_of_many_equal_scores_those_of_the_first_rows_are_kept() -> None:
    """Of 200 items with three scores, at every width, against a full sort."""
    scores = np.random.default_rng(0).integers(0, 3, (1, 200)).astype(np.float32)
    for width in (1, 2, 7, 60, 150, 199, 200):
        keys = np.zeros((1, width), np.int64)
        kernels.keys_above(scores, scores.copy(), np.array([-1.0], np.float32), keys)
        keys.sort(axis=1)
        items = np.full((1, width), -1)
        kernels.decode(keys, items, np.zeros((1, width), np.float32))
        assert_array_equal(items[0], np.lexsort((np.arange(200), -scores[0]))[:width])


def test_both_zeros_are_one_score_and_negative_scores_follow() -> None:
    scores = np.array([[-0.0, 0.0, -1.5, 1.0]], np.float32)
    keys = np.zeros((1, 4), np.int64)
    kernels.keys_above(scores, scores.copy(), np.array([-2.0], np.float32), keys)
    keys.sort(axis=1)
    items, best = np.full((1, 4), -1), np.zeros((1, 4), np.float32)
    kernels.decode(keys, items, best)
    assert_array_equal(items, [[3, 0, 1, 2]])
    assert_array_equal(best, [[1.0, 0.0, 0.0, -1.5]])


def ranked(k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys, items and scores of the first k places, and one key behind them."""
    keys = np.zeros((2, k + 1), np.int64)
    kernels.keys_above(SCORES, SCORES.copy(), np.full(2, -5.0, np.float32), keys)
    keys.sort(axis=1)
    items, best = np.full((2, k), -1), np.full((2, k), MINUS, np.float32)
    kernels.decode(keys, items, best)
    return keys, items, best


def test_groups_of_equal_scores_go_on_behind_the_list() -> None:
    relevant, flags = matrix([0, 0, 0, 1, 1], [1, 0, 0, 0, 1]), np.zeros(5, bool)
    keys, items, best = ranked(2)
    assert items.tolist() == [[2, 0], [0, 3]]
    offset, size, hits = (np.full((2, 2), 9, np.int32) for _ in range(3))
    kernels.tie_groups(
        SCORES, keys, items, best, relevant.indptr, relevant.indices, flags, offset, size, hits
    )  # fmt: skip
    # The first list: 2.0 alone, then one of the two at 0.5, of which item 3 is relevant. The second: two of the three
    # at 3.0, of which items 0 and 4 are relevant.
    assert offset.tolist() == [[0, 0], [0, 1]]
    assert size.tolist() == [[1, 2], [3, 3]]
    assert hits.tolist() == [[0, 1], [2, 2]]
    assert not flags.any()


def test_equal_scores_are_put_in_the_order_of_their_keys() -> None:
    offset, size = np.array([[0, 0], [0, 1]], np.int32), np.array([[1, 2], [3, 3]], np.int32)
    _, items, best = ranked(2)
    item_key = np.array([5, 1, 1, 2, 3])
    kernels.shuffle_ties(SCORES, best, offset, size, np.array([1, kernels.TIE_PRIME - 1]), item_key, items)
    # 5 and 2 for items 0 and 3; then -5, -2 and -3 modulo the prime for items 0, 3 and 4.
    assert items.tolist() == [[2, 3], [0, 4]]
