"""Ratings whose time is unknown: they are in no session, on no side of a break, and in no order."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelgraph.core import NO_TIME, FloatArray, Interactions
from reelgraph.models.bayes_gcn.sessions import Sessions
from reelgraph.models.graph_filter.item_graph import GraphSource, ItemGraph
from reelgraph.models.graph_filter.later import has_breaks, rated_earlier, rated_later
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.lightgcn.time_cuts import TimeCuts
from reelgraph.models.next_item.moments import Sequences
from reelgraph.scorers import ItemFilterScorer
from reelgraph.scorers.graph_entries import user_block
from reelgraph.scorers.graph_kernels import Targets, add_gram
from reelgraph.scorers.later_ratings import weights_of_breaks_after
from tests.unit.models.test_graph_filter_later import over_breaks, with_pauses
from tests.unit.models.test_graph_kernels import N_ITEMS, graph


def some_unknown(times: np.ndarray, seed: int = 5) -> np.ndarray:
    return np.where(np.random.default_rng(seed).random(len(times)) < 0.3, NO_TIME, times)


def partly_timed(seed: int = 0) -> Interactions:
    train = with_pauses(seed)
    assert train.timestamp is not None
    return dataclasses.replace(train, timestamp=some_unknown(train.timestamp))


def by_pairs(graph_: ItemGraph) -> FloatArray:
    """The graph by its definition, pair by pair; an unknown time is like none but its own."""
    total = np.zeros((N_ITEMS, N_ITEMS))
    for user, weight in enumerate(graph_.weight):
        mine = slice(*graph_.rated.indptr[user : user + 2].tolist())
        items, values, times = graph_.rated.indices[mine], graph_.rated.data[mine], graph_.times[mine]
        for a in range(len(items)):
            for b in range(len(items)):
                is_known = times[a] != NO_TIME and times[b] != NO_TIME
                alike = np.exp(-abs(times[a] - times[b]) / graph_.time_scale) if is_known else float(a == b)
                share = 1 - graph_.session_weight + graph_.session_weight * alike
                total[items[a], items[b]] += weight * values[a] * values[b] * share
    return total


def test_the_time_kernel_knows_nothing_of_them() -> None:
    drawn = graph(time_scale=20.0)
    graph_ = dataclasses.replace(drawn, times=some_unknown(drawn.times))
    expected = by_pairs(graph_)
    for dtype, bound in ((np.float64, 1e-12), (np.float32, 1e-5)):
        np.testing.assert_allclose(graph_.dense(dtype), np.tril(expected), atol=bound * expected.max())
    block = np.random.default_rng(1).normal(size=(N_ITEMS, 3))
    np.testing.assert_allclose(graph_.product(block), expected @ block, rtol=1e-10)
    person = slice(*graph_.rated.indptr[:2].tolist())
    alone = dataclasses.replace(graph_, weight=np.where(np.arange(len(graph_.weight)) == 0, graph_.weight, 0.0))
    items = graph_.rated.indices[person]
    added = user_block(
        graph_.rated.data[person], graph_.times[person], graph_.weight[0],
        session_weight=graph_.session_weight, time_scale=graph_.time_scale, dropout=0.0,
    )  # fmt: skip
    np.testing.assert_allclose(added, by_pairs(alone)[np.ix_(items, items)], rtol=1e-12)


def test_two_of_them_are_not_together_across_head_and_tail() -> None:
    # One person, a movie of the head and one of the tail: 1 - s of it, for nothing is known of their times.
    half = sparse.csr_array(np.ones((1, 1)))
    head = ItemGraph(half, np.array([NO_TIME]), np.ones(1), 0.7, 1.0, sparse.csr_array((1, 0)), 0.0)
    for times, expected in (([NO_TIME], 0.3), ([100], 0.3)):
        tail = dataclasses.replace(head, times=np.array(times))
        targets = Targets.of(half, tail.time_factors(np.float64, unknown_before=1), half.indptr[1:])
        out = np.zeros((1, 1))
        add_gram(out, targets, half, head.time_factors(np.float64), head.weight, 0.7, is_lower=False)
        assert out[0, 0] == pytest.approx(expected)


def test_they_are_on_no_side_of_a_break() -> None:
    # An unknown one, then two a day apart: the break is between these, of two ratings, before one.
    times = np.array([86_500, NO_TIME, 100])
    np.testing.assert_allclose(weights_of_breaks_after(np.array([0, 3]), times), [0.0, np.nan, 2**-0.5])
    assert not has_breaks(GraphSource.of(_one_person([NO_TIME, 100, NO_TIME]), None))
    source, known = GraphSource.of(partly_timed(), None), partly_timed()
    assert known.timestamp is not None
    later = rated_later(source, 1.0, np.float64)
    np.testing.assert_allclose(later, over_breaks(known.take(known.timestamp != NO_TIME)), atol=1e-12)
    head, tail = np.arange(10), np.arange(10, 25)
    earlier = rated_earlier(source.within(tail), source.within(head), 1.0)
    np.testing.assert_allclose(earlier, later[np.ix_(head, tail)].T, atol=1e-5)


def _one_person(times: list[int]) -> Interactions:
    train = with_pauses()
    first = train.take(train.user_row == 0)
    return dataclasses.replace(first.take(np.arange(len(times))), timestamp=np.array(times))


@pytest.mark.parametrize("n_people", [2, 30])
def test_people_with_them_are_forgotten_as_by_a_refit(n_people: int) -> None:
    train = partly_timed(3)
    settings: dict[str, Any] = {"ridge": 1.0, "later_weight": 0.7, "later_scale": 2.0, "session_weight": 0.5}
    model = GraphFilter(**settings, time_scale=500.0, choose=False)
    people = np.arange(n_people)
    full, refit = model.fit(train).scorer, model.fit(train.take(train.user_row >= n_people)).scorer
    assert isinstance(full, ItemFilterScorer)
    assert isinstance(refit, ItemFilterScorer)
    times = train.times()
    assert times is not None
    forgot = full.without(train.matrix()[people], times[people])
    np.testing.assert_allclose(forgot.inverse, refit.inverse, atol=1e-9)
    np.testing.assert_allclose(forgot.later, refit.later, atol=1e-9)


def test_no_cut_in_time_puts_them_before_or_after_it() -> None:
    times = np.array([NO_TIME, 5000, NO_TIME, 1000, NO_TIME, 7000])
    cuts = TimeCuts.of(np.array([0, 4, 6]), times)
    assert cuts.break_time.tolist() == [5000]
    before, after = cuts.sides(np.array([0]), np.arange(4), np.array([4]), np.random.default_rng(0))
    assert before.tolist() == [False, False, False, True]
    assert after.tolist() == [False, True, False, False]


def test_each_is_a_session_of_its_own() -> None:
    starts, times = np.array([0, 4]), np.array([NO_TIME, NO_TIME, 50, 50])
    sessions = Sessions.of(starts, times)
    assert sessions.depth.tolist() == [4, 4, 4, 0]
    located = sessions.locate(starts, times, np.array([0, 0]), np.array([NO_TIME, 50]))
    assert [is_seen.tolist() for _, is_seen in located] == [[False, True]] * 4


def test_next_learns_from_the_others() -> None:
    train = partly_timed()
    assert train.timestamp is not None
    timed = Sequences.of(train.take(train.timestamp != NO_TIME))
    sequences = Sequences.of(train)
    np.testing.assert_array_equal(sequences.items, timed.items)
    np.testing.assert_array_equal(sequences.starts, timed.starts)
