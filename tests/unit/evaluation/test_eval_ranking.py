import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from reelgraph.core import EvalPart, Matrix
from reelgraph.core.errors import TrainingError
from reelgraph.evaluation import full_ranking
from reelgraph.evaluation.full_ranking import batches, hits_in, top_k
from reelgraph.evaluation.ranked_lists import rank_all


def csr(rows: list[list[float]]) -> Matrix:
    return Matrix(np.array(rows, dtype=np.float32))


def test_seen_is_masked_and_equal_scores_come_by_item_row() -> None:
    scores = np.array([[1.0, 3.0, 2.0, 3.0, 2.0], [5.0, 5.0, 5.0, 5.0, 5.0]])
    lists = top_k(scores, csr([[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]), 3)
    assert_array_equal(lists.items, [[3, 2, 4], [1, 2, 3]])
    assert_array_equal(lists.scores, [[3.0, 2.0, 2.0], [5.0, 5.0, 5.0]])


def test_ties_at_the_edge_of_the_list_are_cut_by_item_row() -> None:
    scores = np.array([[0.0, 1.0, 0.0, 0.0, 1.0, 0.0]])
    assert_array_equal(top_k(scores, None, 4).items, [[1, 4, 0, 2]])


def test_short_lists_end_in_minus_one() -> None:
    lists = top_k(np.array([[1.0, 2.0, 3.0]]), csr([[1, 0, 1]]), 5)
    assert_array_equal(lists.items, [[1, -1, -1, -1, -1]])
    assert_array_equal(lists.scores, [[2.0, -np.inf, -np.inf, -np.inf, -np.inf]])


@given(
    n_people=st.integers(0, 4),
    n_items=st.integers(1, 60),
    k=st.integers(1, 25),
    levels=st.integers(1, 40),
    shown=st.floats(0.0, 1.0),
    hidden=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**16),
)
def test_lists_equal_those_of_a_full_sort(
    n_people: int, n_items: int, k: int, levels: int, shown: float, hidden: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.choice([-1.5, -0.0, 0.0, 2.0**-140, 3e38, *rng.normal(size=levels)], (n_people, n_items))
    seen = rng.random((n_people, n_items)) < hidden
    pool = np.flatnonzero(rng.random(n_items) < shown) if shown < 1 else None
    lists = top_k(scores, csr(seen.astype(np.float32).tolist()) if n_people else None, k, pool)
    for person in range(n_people):
        may = [i for i in (range(n_items) if pool is None else pool) if not seen[person, i]]
        order = sorted(may, key=lambda item: (-np.float32(scores[person, item]), item))[:k]
        assert lists.items[person].tolist() == order + [-1] * (k - len(order))
        expected = [*scores[person, order].astype(np.float32), *[-np.inf] * (k - len(order))]
        assert_array_equal(lists.scores[person], np.float32(expected))


def test_lists_do_not_depend_on_how_many_rows_fit_in_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, seen = np.random.default_rng(0).normal(size=(7, 50)), csr(np.eye(7, 50).tolist())
    whole = top_k(scores, seen, 5)
    monkeypatch.setattr(full_ranking, "_CACHE_BYTES", 2 * 50 * 4)
    assert_array_equal(top_k(scores, seen, 5).items, whole.items)


def test_hits_are_the_listed_items_among_the_relevant() -> None:
    hits = hits_in(np.array([[2, 0, -1], [0, 1, 2]]), csr([[1, 1, 0], [0, 0, 1]]))
    assert_array_equal(hits, [[False, True, False], [False, False, True]])


def test_only_candidates_are_ranked() -> None:
    lists = top_k(np.array([[9.0, 1.0, 8.0, 2.0]]), csr([[0, 0, 0, 1]]), 2, candidates=np.array([1, 2, 3]))
    assert_array_equal(lists.items, [[2, 1]])


def test_scores_are_left_as_they_were() -> None:
    scores = np.array([[1.0, 2.0]], dtype=np.float32)
    scores.flags.writeable = False
    assert_array_equal(top_k(scores, csr([[0, 1]]), 1).items, [[0]])


def test_batches_cover_all_rows_once_within_the_memory() -> None:
    slices = list(batches(10, 8, memory_bytes=24))
    assert [(s.start, s.stop) for s in slices] == [(0, 3), (3, 6), (6, 9), (9, 10)]
    assert len(list(batches(3, 100, memory_bytes=1))) == 3  # a row is never split
    assert list(batches(0, 8)) == []


class Fixed:
    """Gives each person the scores of a table, found again by the item of their history."""

    kind = "fixed"

    def __init__(self, table: list[list[float]]) -> None:
        self.table = np.array(table, dtype=np.float32)
        self.n_items = self.table.shape[1]

    def score(self, history: Matrix) -> np.ndarray:
        return self.table[history.indices]

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def part_of(history: list[list[float]], target: list[list[float]]) -> EvalPart:
    return EvalPart(np.arange(len(history)), csr(history), csr(target), csr(history))


def test_rank_all_does_not_depend_on_the_batches() -> None:
    scorer = Fixed([[1, 2, 3], [3, 1, 2], [2, 3, 1]])
    part = part_of([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    whole = rank_all(scorer, part, 2)
    assert_array_equal(whole.items, [[2, 1], [0, 2], [1, 0]])
    assert_array_equal(rank_all(scorer, part, 2, memory_bytes=1).items, whole.items)


def test_a_bad_score_in_any_batch_is_refused() -> None:
    scorer = Fixed([[1, 2, 3], [3, 1, 2], [2, np.nan, 1]])
    part = part_of([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    with pytest.raises(TrainingError, match="item row 1 is not a finite number"):
        rank_all(scorer, part, 2, memory_bytes=1)


def test_lists_of_no_length_and_of_nobody() -> None:
    assert top_k(np.array([[1.0, 2.0]]), None, 0).items.shape == (1, 0)
    assert top_k(np.zeros((0, 2)), None, 3).items.shape == (0, 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_no_numbers_are_refused(bad: float) -> None:
    part = part_of([[1, 0, 0]], [[0, 1, 0]])
    with pytest.raises(TrainingError, match="item row 2 is not a finite number"):
        rank_all(Fixed([[0, 1, bad]]), part, 2)


def test_scores_of_another_catalogue_are_refused() -> None:
    part = part_of([[1, 0, 0]], [[0, 1, 0]])
    with pytest.raises(TrainingError, match=r"shape \(1, 2\)"):
        rank_all(Fixed([[0, 1]]), part, 2)


def test_so_many_equal_scores_that_not_all_can_be_sorted() -> None:
    assert_array_equal(top_k(np.zeros((1, 60)), None, 3).items, [[0, 1, 2]])
    scores = np.zeros((1, 60))
    scores[0, [7, 50]] = -1.0, 1.0
    assert_array_equal(top_k(scores, csr([[1, 0, 1, *[0] * 57]]), 4).items, [[50, 1, 3, 4]])


def test_a_mask_and_rows_name_the_same_candidates() -> None:
    scores, rows = np.random.default_rng(1).normal(size=(3, 20)), np.array([2, 3, 11, 19])
    mask = np.isin(np.arange(20), rows)
    assert_array_equal(top_k(scores, None, 5, mask).items, top_k(scores, None, 5, rows).items)


def test_a_score_beyond_32_bits_is_refused() -> None:
    part = part_of([[1, 0, 0]], [[0, 1, 0]])
    scorer = Fixed([[0, 1, 2]])
    scorer.table = np.array([[0.0, 1.0, 1e300]])
    with pytest.raises(TrainingError, match="score 1e[+]300 for item row 2 is not a finite number of 32 bits"):
        rank_all(scorer, part, 2)
