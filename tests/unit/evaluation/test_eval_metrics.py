"""Each metric against a table worked out by hand."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reelgraph.evaluation.metrics import ranking as m

# Three people, k = 4. First: hits at ranks 1 and 3, three relevant. Second: hit at rank 2, one relevant.
# Third: no hit, two relevant. Fourth: nothing to find.
HITS = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
N_RELEVANT = np.array([3, 1, 2, 0])


def test_ndcg_discounts_by_log2_of_rank_plus_one() -> None:
    # first: (1/log2(2) + 1/log2(4)) / (1/log2(2) + 1/log2(3) + 1/log2(4)) = 1.5 / 2.1309298 = 0.7039180890
    # second: (1/log2(3)) / 1 = 0.6309297536
    assert_allclose(m.ndcg(HITS, N_RELEVANT), [0.7039180890, 0.6309297536, 0.0, np.nan], atol=1e-9)


def test_ndcg_ideal_stops_at_k() -> None:
    # nine relevant items, both places hit: the best that two places can hold
    assert_allclose(m.ndcg(np.ones((1, 2), bool), np.array([9])), [1.0])


def test_recall_divides_by_all_relevant() -> None:
    assert_allclose(m.recall(HITS, N_RELEVANT), [2 / 3, 1.0, 0.0, np.nan])
    assert_allclose(m.recall(np.ones((1, 2), bool), np.array([9])), [2 / 9])  # not 1: the denominator is no min(k, n)


def test_precision_divides_by_k() -> None:
    assert_allclose(m.precision(HITS, N_RELEVANT), [2 / 4, 1 / 4, 0.0, np.nan])


def test_hit_is_one_where_anything_is_found() -> None:
    assert_allclose(m.hit(HITS, N_RELEVANT), [1.0, 1.0, 0.0, np.nan])


def test_mrr_looks_at_the_first_hit() -> None:
    assert_allclose(m.mrr(HITS, N_RELEVANT), [1.0, 1 / 2, 0.0, np.nan])


def test_average_precision_divides_by_the_smaller_of_k_and_relevant() -> None:
    # first: (1/1 + 2/3) / min(4, 3) = 5/9; second: (1/2) / 1
    assert_allclose(m.average_precision(HITS, N_RELEVANT), [5 / 9, 1 / 2, 0.0, np.nan])
    # hit at rank 1 of 2 with five relevant: 1 / min(2, 5)
    assert_allclose(m.average_precision(np.array([[True, False]]), np.array([5])), [1 / 2])


def test_mean_over_list_passes_over_empty_places() -> None:
    values = np.array([1.0, 2.0, 6.0])
    lists = np.array([[2, 0], [1, -1], [-1, -1]])
    assert_allclose(m.mean_over_list(values, lists), [3.5, 2.0, np.nan])


def test_self_information_in_bits() -> None:
    # 7 people: known to all -> log2(8/8) = 0; to 1 -> log2(8/2) = 2; to none -> log2(8/1) = 3
    assert_allclose(m.self_information(np.array([7, 1, 0]), 7), [0.0, 2.0, 3.0])


def test_popularity_percentile_counts_equals_half() -> None:
    # 5: three below, itself half -> 3.5/4; the two 2s: one below, two equal -> (1 + 1)/4; 0: 0.5/4
    assert_allclose(m.popularity_percentile(np.array([2, 5, 2, 0])), [0.5, 0.875, 0.5, 0.125])


def test_coverage_is_the_share_shown_at_all() -> None:
    assert m.coverage(np.array([0, 3, 1, 0, 0])) == pytest.approx(2 / 5)


def test_gini() -> None:
    assert m.gini(np.array([4, 4, 4])) == pytest.approx(0.0)
    # ascending 0, 0, 6: (2*3 - 3 - 1) * 6 / (3 * 6) = 2/3
    assert m.gini(np.array([0, 6, 0])) == pytest.approx(2 / 3)
    # ascending 1, 2, 3: (-2*1 + 0*2 + 2*3) / (3 * 6) = 4/18
    assert m.gini(np.array([3, 1, 2])) == pytest.approx(4 / 18)


def test_rated_precision_and_recall_with_a_threshold() -> None:
    # Person 0, k = 2: predictions 4.5, 4.0 are looked at (3.9 is third), both >= 3.5; true 5, 2 -> one of two is right.
    #   Relevant: 5 and 4 (the third), so recall 1/2.
    # Person 1: predictions 3.0, 2.0 -> nothing recommended: precision 0; one relevant: recall 0.
    # Person 2: prediction 5, true 1 -> recommended 1, relevant 0: both 0.
    # Person 3 rated nothing: no value.
    predicted = np.array([4.0, 3.0, 4.5, 3.9, 5.0, 2.0])
    true = np.array([2.0, 4.0, 5.0, 4.0, 1.0, 1.0])
    person = np.array([0, 1, 0, 0, 2, 1])
    precision, recall = m.rated_precision_recall(predicted, true, person, 4, k=2, threshold=3.5)
    assert_allclose(precision, [1 / 2, 0.0, 0.0, np.nan])
    assert_allclose(recall, [1 / 2, 0.0, 0.0, np.nan])


def test_rated_threshold_holds_its_own_value() -> None:
    # all predicted alike: each of three has 2/3 of the two places; 3.5 counts as recommended and as relevant
    predicted = np.full(3, 3.5)
    precision, recall = m.rated_precision_recall(predicted, np.array([3.5, 1.0, 5.0]), np.zeros(3, int), 1, 2, 3.5)
    assert_allclose(precision, [2 * 2 / 3 / 2])
    assert_allclose(recall, [2 / 3])


def test_best_list_is_one_where_one_is_possible() -> None:
    hits = np.array([[True, True, False]])
    for metric in (m.ndcg, m.recall, m.hit, m.mrr, m.average_precision):
        assert metric(hits, np.array([2]))[0] == pytest.approx(1.0), metric.__name__
    assert math.isclose(m.precision(hits, np.array([2]))[0], 2 / 3)
