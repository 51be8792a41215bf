"""Equal scores: expectations worked out by hand, the lists that are shown, and ties among rated items."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reelgraph.core import EvalPart, Matrix, TopK
from reelgraph.evaluation import evaluate, rank_all
from reelgraph.evaluation.full_ranking import rank_hits, top_k, top_k_hits
from reelgraph.evaluation.metrics import ranking as m
from reelgraph.evaluation.metrics.tied_hits import TiedHits
from reelgraph.evaluation.tie_order import TieOrder


def csr(rows: list[list[float]]) -> Matrix:
    return Matrix(np.array(rows, dtype=np.float32))


# First: item 0, then a group of three (one relevant) of which two places are in the list of three.
# Second: groups of two (one relevant) and of three (two relevant), the latter cut after one of them.
SCORES = np.array([[3.0, 2.0, 2.0, 2.0, 1.0], [5.0, 5.0, 4.0, 4.0, 4.0]])
RELEVANT = csr([[0, 0, 1, 0, 0], [1, 0, 1, 1, 0]])


def test_groups_are_counted_behind_the_end_of_the_list() -> None:
    hits = top_k_hits(SCORES, None, RELEVANT, 3).hits
    assert_array_equal(hits.offset, [[0, 0, 1], [0, 1, 0]])
    assert_array_equal(hits.size, [[1, 3, 3], [2, 2, 3]])
    assert_array_equal(hits.relevant, [[0, 1, 1], [1, 1, 2]])
    assert_allclose(hits.expected(), [[0, 1 / 3, 1 / 3], [1 / 2, 1 / 2, 2 / 3]])


def test_metrics_are_expectations_over_the_orders() -> None:
    first = top_k_hits(SCORES[:1], None, RELEVANT[:1], 3).hits
    one = np.array([1])
    assert_allclose(m.ndcg(first, one), (1 / math.log2(3) + 1 / math.log2(4)) / 3)
    assert_allclose(m.recall(first, one), 2 / 3)
    assert_allclose(m.precision(first, one), 2 / 9)
    assert_allclose(m.hit(first, one), 2 / 3)
    assert_allclose(m.mrr(first, one), (1 / 2 + 1 / 3) / 3)
    assert_allclose(m.average_precision(first, one), (1 / 2 + 1 / 3) / 3)
    second, three = top_k_hits(SCORES[1:], None, RELEVANT[1:], 4).hits, np.array([3])
    assert_allclose(m.recall(second, three), (1 + 2 * 2 / 3) / 3)
    assert_allclose(m.hit(second, three), 1.0)
    assert_allclose(m.mrr(second, three), (1 + 1 / 2) / 2)
    # places 1 and 2: 1/2 * 1/1 and 1/2 * 1/2; place 3: 2/3 * 2/3; place 4: 2/3 * (2 + 1/2) / 4; over three relevant
    assert_allclose(m.average_precision(second, three), (1 / 2 + 1 / 4 + 4 / 9 + 5 / 12) / 3)


def test_without_ties_every_metric_is_that_of_the_list() -> None:
    hits = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], bool)
    n_relevant = np.array([3, 1, 2])
    for metric in (m.ndcg, m.recall, m.precision, m.hit, m.mrr, m.average_precision):
        assert_array_equal(metric(TiedHits.without_ties(hits), n_relevant), metric(hits, n_relevant))


def test_what_is_masked_is_equal_to_nothing() -> None:
    scores, seen = np.zeros((1, 6)), csr([[1, 0, 0, 0, 0, 0]])
    hits = top_k_hits(scores, seen, csr([[0, 1, 1, 0, 0, 0]]), 4, candidates=np.array([0, 1, 3])).hits
    assert_array_equal(hits.size, [[2, 2, 1, 1]])  # items 1 and 3, and two empty places
    assert_array_equal(hits.relevant, [[1, 1, 0, 0]])
    assert_array_equal(hits.offset, [[0, 1, 0, 0]])


def test_both_zeros_are_equal_and_scores_are_compared_as_32_bit_floats() -> None:
    hits = top_k_hits(np.array([[0.0, -0.0, 1.0, 1.0 + 1e-12]]), None, csr([[0, 0, 1, 0]]), 3).hits
    assert_array_equal(hits.size, [[2, 2, 2]])
    apart = top_k_hits(np.array([[1.0, 1.0 + 1e-6]]), None, csr([[1, 0]]), 2).hits
    assert_array_equal(apart.size, [[1, 1]])


def test_a_shorter_list_is_the_beginning_of_a_longer_one() -> None:
    scores = np.random.default_rng(0).integers(0, 4, (20, 15)).astype(np.float64)
    relevant = csr((np.random.default_rng(1).random((20, 15)) < 0.3).tolist())
    long, n_relevant = top_k_hits(scores, None, relevant, 12).hits, np.diff(relevant.indptr)
    for k in (1, 3, 7):
        short = top_k_hits(scores, None, relevant, k).hits
        for metric in (m.ndcg, m.hit, m.mrr, m.average_precision):
            assert_allclose(metric(long.first(k), n_relevant), metric(short, n_relevant), rtol=1e-12)


def test_scored_lists_of_unknown_end_are_tied_inside_only() -> None:
    scores = np.array([[2.0, 1.0, 1.0, -np.inf, -np.inf], [1.0, 1.0, 1.0, 1.0, 1.0]], np.float32)
    hits = np.array([[0, 1, 0, 0, 0], [1, 1, 0, 0, 0]], bool)
    tied = TiedHits.of_lists(scores, hits)
    assert_array_equal(tied.size, [[1, 2, 2, 1, 1], [5, 5, 5, 5, 5]])
    assert_array_equal(tied.offset, [[0, 0, 1, 0, 0], [0, 1, 2, 3, 4]])
    assert_array_equal(tied.relevant, [[0, 1, 1, 0, 0], [2, 2, 2, 2, 2]])
    assert TiedHits.of_lists(scores[:0], hits[:0]).size.shape == (0, 5)


class Constant:
    """One score for everything."""

    kind = "constant"

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items

    def score(self, history: Matrix) -> np.ndarray:
        return np.full(history.shape, 0.25, np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def generated_part(n: int, n_items: int) -> EvalPart:
    roles = np.random.default_rng(5).choice(3, (n, n_items), p=[0.7, 0.2, 0.1])  # 1: history, 2: target
    roles[:, 0], roles[:, 1] = 1, 2
    history, target = Matrix(np.where(roles == 1, 3.0, 0.0)), Matrix(np.where(roles == 2, 4.0, 0.0))
    return EvalPart(np.arange(n), history, target, history)


def test_one_score_for_all_gives_the_figures_of_a_random_order() -> None:
    part, k = generated_part(40, 30), 10
    report = evaluate(Constant(30), part, k)
    n_relevant, n_ranked = np.diff(part.target.indptr), 30 - np.diff(part.history.indptr)
    assert (n_ranked > k).all()
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.array([discount[: min(k, r)].sum() for r in n_relevant])
    assert_allclose(report.per_user["ndcg@10"], n_relevant / n_ranked * discount.sum() / ideal)
    assert_allclose(report.per_user["recall@10"], k / n_ranked)
    assert_allclose(report.per_user["precision@10"], n_relevant / n_ranked)
    no_hit = [math.comb(t - r, k) / math.comb(t, k) for r, t in zip(n_relevant, n_ranked, strict=True)]
    assert_allclose(report.per_user["hit@10"], 1 - np.array(no_hit))
    assert report["coverage@10"].mean == pytest.approx(29 / 30)  # all but item 0, which everybody has seen


def test_lists_for_people_go_by_item_row_and_those_of_the_metrics_by_chance() -> None:
    part = generated_part(30, 25)
    shown = rank_all(Constant(25), part, 5).items
    unseen = part.seen.toarray() == 0
    assert all(row.tolist() == np.flatnonzero(free)[:5].tolist() for row, free in zip(shown, unseen, strict=True))
    order = TieOrder.of_part(part, np.ones(25, np.int64), None, seed=0)
    lists = rank_hits(Constant(25), part, part.target, 5, tie_order=order).lists.items
    assert not np.array_equal(lists, shown)
    for row, free in zip(lists, unseen, strict=True):
        assert len(set(row.tolist())) == 5
        assert free[row].all()
    again = rank_hits(Constant(25), part, part.target, 5, tie_order=order, memory_bytes=1).lists.items
    assert_array_equal(again, lists)  # whatever the batches
    counts = np.bincount(lists.ravel(), minlength=25)
    assert counts.max() <= 20  # by item row the first ones are in nearly every list
    other = TieOrder.of_part(part, np.ones(25, np.int64), None, seed=1)
    assert not np.array_equal(rank_hits(Constant(25), part, part.target, 5, tie_order=other).lists.items, lists)


def test_a_random_order_changes_only_places_of_equal_scores() -> None:
    scores = np.array([[3.0, 1.0, 2.0, 1.0, 2.0, 0.0, 1.0, 1.0]])
    nothing = csr([[0] * 8])
    found = set()
    for key in range(1, 60):
        order = TieOrder(np.array([key * 7919]), np.random.default_rng(0).integers(1, 2**31 - 1, 8))
        lists = top_k_hits(scores, None, nothing, 5, tie_order=order).lists
        assert_array_equal(lists.scores, [[3, 2, 2, 1, 1]])
        assert_array_equal(scores[0, lists.items[0]], lists.scores[0])
        assert len(set(lists.items[0].tolist())) == 5
        found.add(tuple(lists.items[0].tolist()))
    assert len(found) > 10  # of 2 * 4 * 3
    assert_array_equal(top_k(scores, None, 5).items, [[0, 2, 4, 1, 3]])


def test_the_order_of_lists_from_elsewhere_is_theirs() -> None:
    part = generated_part(6, 20)
    lists = rank_all(Constant(20), part, 5)
    report = evaluate(Constant(20), part, 5, lists=TopK(lists.items.copy(), np.zeros((6, 5), np.float32)))
    assert set(np.unique(report.per_user["hit@5"])) == {1.0}  # item 1 is a target of everybody and comes first


def test_equal_predictions_among_rated_items_count_by_their_share() -> None:
    # Two places, predictions 5, 4, 4, 4, one of the fours truly liked: one of three shares a place, 5 is no hit.
    predicted, true = np.array([4.0, 4.0, 5.0, 4.0]), np.array([1.0, 5.0, 2.0, 1.0])
    precision, recall = m.rated_precision_recall(predicted, true, np.zeros(4, int), 1, 2, 3.5)
    assert_allclose(precision, [(1 / 3) / 2])
    assert_allclose(recall, [1 / 3])
    for order in ([3, 2, 1, 0], [1, 0, 3, 2]):
        moved = m.rated_precision_recall(predicted[order], true[order], np.zeros(4, int), 1, 2, 3.5)
        assert_allclose(moved, (precision, recall))


def test_equal_predictions_of_different_people_are_no_tie() -> None:
    predicted, true, person = np.array([4.0, 4.0, 4.0]), np.array([5.0, 1.0, 5.0]), np.array([0, 1, 1])
    precision, recall = m.rated_precision_recall(predicted, true, person, 2, 1, 3.5)
    assert_allclose(precision, [1.0, 1 / 2])
    assert_allclose(recall, [1.0, 1 / 2])


@pytest.mark.parametrize("k", [1, 4])
def test_nobody_and_no_relevant_item(k: int) -> None:
    hits = top_k_hits(np.zeros((2, 5)), None, csr([[0] * 5] * 2), k).hits
    for metric in (m.ndcg, m.recall, m.precision, m.hit, m.mrr, m.average_precision):
        assert np.isnan(metric(hits, np.array([0, 0]))).all()
        assert_array_equal(metric(hits, np.array([2, 2])), [0.0, 0.0])
    assert top_k_hits(np.zeros((0, 5)), None, csr([[0] * 5])[:0], k).hits.size.shape == (0, k)
