"""Item filters in which the last ratings count more."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.core import (
    AdditiveScorer,
    ExplainsInOrder,
    Interactions,
    Matrix,
    ScoresInOrder,
    SupportsUnlearning,
    depends_on_order,
)
from reelgraph.core.errors import CapabilityError
from reelgraph.evaluation import rank_all
from reelgraph.scorers import RecentItemFilterScorer, rebuild
from reelgraph.scorers.item_filter.recent import FLOOR, recency_weights, with_recency

FORMS = {
    "dense": rg.GraphFilter(choose=False, recency=0.2),
    "compact": rg.GraphFilter(choose=False, form="head", recency=0.2),
    "low-rank": rg.GraphFilter(choose=False, form="low-rank", rank=5, recency=0.2),
}


def _interactions(n_users: int = 30, n_items: int = 15, seed: int = 0) -> Interactions:
    draw = np.random.default_rng(seed)
    users = np.repeat(np.arange(n_users), 6)
    items = np.concatenate([draw.permutation(n_items)[:6] for _ in range(n_users)])
    table = {
        "user": users,
        "item": items,
        "rating": draw.integers(1, 6, len(users)),
        "timestamp": draw.integers(1, 10**6, len(users)),
    }
    return rg.index(rg.from_frame(table).ratings)


def _order_of(*places: int) -> Matrix:
    return Matrix((np.array(places), np.arange(len(places)), np.array([0, len(places)])), shape=(1, 9))


def test_weights_by_hand() -> None:
    # Ages 2, 0 and 1: 0.02 + 1/4, 1 and 1/2, divided by their mean.
    weights = np.array([0.25, 1.0, 0.5]) + FLOOR
    order = _order_of(0, 2, 1)
    np.testing.assert_allclose(recency_weights(order, order, 0.5), weights / weights.mean())
    assert recency_weights(order, order, 0.0).tolist() == [1.0, 1.0, 1.0]
    assert recency_weights(_order_of(0), _order_of(0), 0.9).tolist() == [1.0]
    two = Matrix((np.array([0, 1, 0]), np.array([4, 5, 2]), np.array([0, 2, 2, 3])), shape=(3, 9))
    assert recency_weights(two, two, 0.5).sum() == pytest.approx(3.0)
    with pytest.raises(CapabilityError, match="not those of this history"):
        recency_weights(_order_of(0, 1), _order_of(0, 1, 2), 0.5)
    with pytest.raises(CapabilityError, match="not those of this history"):
        recency_weights(_order_of(0, 1), _order_of(2, 3), 0.5)


@pytest.mark.parametrize("form", FORMS)
def test_scores_are_weighted_sums_and_reasons_add_up(form: str) -> None:
    train = _interactions()
    scorer = FORMS[form].fit(train).scorer
    plain = dataclasses.replace(FORMS[form], recency=0.0).fit(train).scorer
    assert isinstance(scorer, ScoresInOrder)
    assert isinstance(scorer, ExplainsInOrder)
    assert isinstance(plain, AdditiveScorer)
    assert depends_on_order(scorer)
    assert not depends_on_order(plain)
    history, order = train.matrix(), train.ranks_in_time()
    assert order is not None
    np.testing.assert_array_equal(scorer.score(history), plain.score(history))
    scores, items = scorer.score_in_order(history, order), np.arange(train.n_items)
    weights = recency_weights(history, order, 0.2)
    for user in range(5):
        row = history[[user]]
        effects = np.concatenate(
            [
                plain.item_effects(np.array([item]), float(stars), items)
                for item, stars in zip(row.indices, row.data, strict=True)
            ]
        )
        of_user = weights[history.indptr[user] : history.indptr[user + 1]]
        np.testing.assert_allclose(scores[user], of_user @ effects, rtol=1e-4, atol=1e-5)
        contributions = scorer.contributions_in_order(row, order[[user]], items)
        np.testing.assert_allclose(contributions.total(), scores[user], rtol=1e-4, atol=1e-5)
        assert contributions.conditioned_on == "the order of the ratings"


@pytest.mark.parametrize("form", FORMS)
def test_it_is_saved_with_its_recency(form: str) -> None:
    train = _interactions()
    scorer = FORMS[form].fit(train).scorer
    again = rebuild(scorer.kind, scorer.arrays(), scorer.settings())
    order = train.ranks_in_time()
    assert isinstance(scorer, ScoresInOrder)
    assert isinstance(again, ScoresInOrder)
    assert order is not None
    history = train.matrix()
    np.testing.assert_array_equal(again.score_in_order(history, order), scorer.score_in_order(history, order))


def test_forgetting_keeps_the_recency() -> None:
    train = _interactions()
    scorer = FORMS["dense"].fit(train).scorer
    assert isinstance(scorer, SupportsUnlearning)
    assert isinstance(scorer, RecentItemFilterScorer)
    others = train.take(train.user_row != 3)
    history, times = train.matrix()[[3]], train.times()
    assert times is not None
    forgotten = scorer.without(history, times[[3]])
    refit = scorer.refit_settings()
    assert refit is not None
    assert refit[1]["recency"] == 0.2
    expected = rg.GraphFilter(**refit[1]).fit(others).scorer
    order = train.ranks_in_time()
    assert isinstance(forgotten, ScoresInOrder)
    assert isinstance(expected, ScoresInOrder)
    assert order is not None
    np.testing.assert_allclose(
        forgotten.score_in_order(train.matrix(), order), expected.score_in_order(train.matrix(), order), atol=1e-5
    )


def test_no_recency_is_the_filter_itself() -> None:
    scorer = rg.GraphFilter(choose=False).fit(_interactions()).scorer
    assert with_recency(scorer, 0.0) is scorer


def _chains(seed: int = 1) -> Interactions:
    """People go through three chains of four items, the last without its end: what comes next hangs on the last one."""
    draw = np.random.default_rng(seed)
    users, items = [], []
    for user in range(300):
        for chain in draw.permutation(8)[:3]:
            items += (4 * chain + np.arange(4)).tolist()
            users += [user] * 4
        items, users = items[:-1], users[:-1]
    order = {"user": users, "item": items, "rating": [4] * len(users), "timestamp": np.arange(len(users)) + 1}
    return rg.index(rg.from_frame(order).ratings)


def test_recency_is_chosen_where_the_target_comes_next() -> None:
    interactions = _chains()
    split = rg.split(interactions, rg.LeaveLastOut())
    fit = rg.GraphFilter().fit(split.train, rg.FitContext(valid=split.valid))
    assert isinstance(fit.scorer, RecentItemFilterScorer)
    assert fit.scorer.recency > 0
    assert rank_all(fit.scorer, split.test, 1).items.shape == (300, 1)
    random = rg.split(interactions, rg.PerUser())
    assert not depends_on_order(rg.GraphFilter().fit(random.train, rg.FitContext(valid=random.valid)).scorer)
