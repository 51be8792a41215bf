"""Splits by each person's last ratings and by folds, worked out by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import reelgraph as rg
from reelgraph.core import IdIndex, Interactions, RatingScale, Split
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.data import check_split
from reelgraph.data.splitting import last_ratings

# user:  0   1   0   2   1   0   0   2   3   0
# item:  0   1   1   2   0   2   3   0   4   4      stars: 1, 2, 3, 4, 5, 1, 2, 3, 4, 5
# time: 30  10  10  50  20  20  40  50  60  40      user 0 has rated items 3 and 4 in one second, user 2 items 2 and 0
_USERS = [0, 1, 0, 2, 1, 0, 0, 2, 3, 0]
_ITEMS = [0, 1, 1, 2, 0, 2, 3, 0, 4, 4]
_TIMES = [30, 10, 10, 50, 20, 20, 40, 50, 60, 40]


def edges(times: list[int] | None = _TIMES) -> Interactions:
    return Interactions(
        IdIndex(np.arange(4) + 100, "user"), IdIndex(np.arange(5) + 500, "item"),
        np.array(_USERS, np.int32), np.array(_ITEMS, np.int32), np.array([1, 2, 3, 4, 5] * 2, np.float32),
        None if times is None else np.array(times, np.int64), RatingScale(1, 5, 1),
    )  # fmt: skip


def pairs(part: rg.EvalPart) -> set[tuple[int, int]]:
    rows, items = part.target.nonzero()
    return set(zip(part.users[rows].tolist(), items.tolist(), strict=True))


def train_pairs(split: Split) -> set[tuple[int, int]]:
    return set(zip(split.train.user_row.tolist(), split.train.item_row.tolist(), strict=True))


def test_ratings_whose_time_is_unknown_are_the_last_of_nobody() -> None:
    # User 0 has one known time, user 1 none, user 2 two, user 3 one and no other rating.
    times = [-1, -1, -1, 50, -1, -1, -1, 50, 60, 40]
    split = rg.split(edges(times), rg.LeaveLastOut())
    assert pairs(split.test) == {(0, 4), (2, 0)}
    assert pairs(split.valid) == set()
    longer = rg.split(edges([-1, -1, 10, 50, -1, -1, 40, 50, 60, 40]), rg.LastN(1, n_valid=5), seed=3)
    assert pairs(longer.test) == {(0, 4), (2, 0)}
    assert pairs(longer.valid) == {(0, 1), (0, 3)}


def test_leave_last_out_by_hand() -> None:
    split = rg.split(edges(), rg.LeaveLastOut())
    # Equal times in the order of the data: user 0 rated 3 before 4, user 2 rated 2 before 0.
    assert pairs(split.test) == {(0, 4), (1, 0), (2, 0)}
    assert pairs(split.valid) == {(0, 3)}
    assert train_pairs(split) == {(0, 0), (0, 1), (0, 2), (1, 1), (2, 2), (3, 4)}
    # The validation rating is folded in at the test: it is older.
    assert_array_equal(split.test.history.toarray()[0], [1, 3, 1, 2, 0])
    assert_array_equal(split.valid.history.toarray()[0], [1, 3, 1, 0, 0])
    assert split.spec.kind == "leave-last-out"


def test_last_n_by_hand() -> None:
    split = rg.split(edges(), rg.LastN(2, n_valid=1))
    assert pairs(split.test) == {(0, 3), (0, 4), (1, 0), (2, 0)}  # users 1 and 2 keep one rating in train
    assert pairs(split.valid) == {(0, 0)}
    assert train_pairs(split) == {(0, 1), (0, 2), (1, 1), (2, 2), (3, 4)}
    assert pairs(rg.split(edges(), rg.LastN(2)).valid) == {(0, 0), (0, 2)}
    assert pairs(rg.split(edges(), rg.LastN(9)).test) == {(0, 0), (0, 2), (0, 3), (0, 4), (1, 0), (2, 0)}
    assert len(rg.split(edges(), rg.LastN(1, n_valid=0)).valid) == 0


def test_leave_last_out_is_last_n_of_one() -> None:
    first, second = (rg.split(edges(), splitter) for splitter in (rg.LeaveLastOut(), rg.LastN(1)))
    assert train_pairs(first) == train_pairs(second)
    assert pairs(first.test) == pairs(second.test)


def test_random_ties_are_drawn_by_the_seed() -> None:
    tests = [pairs(rg.split(edges(), rg.LeaveLastOut(ties="random"), seed=seed).test) for seed in range(20)]
    assert {pair for test in tests for pair in test if pair[0] == 0} == {(0, 3), (0, 4)}
    assert {pair for test in tests for pair in test if pair[0] == 1} == {(1, 0)}
    assert tests == [pairs(rg.split(edges(), rg.LeaveLastOut(ties="random"), seed=seed).test) for seed in range(20)]


def test_last_ratings_need_times() -> None:
    with pytest.raises(ConfigError, match="no times"):
        rg.split(edges(None), rg.LeaveLastOut())


def test_a_younger_history_is_a_leak() -> None:
    split = rg.split(edges(), rg.LastN(2, n_valid=1))
    assert split.test.history_time is not None
    later = split.test.history_time.copy()
    later.data = later.data + 25  # user 0: 55, their first target is at 40
    leaking = dataclasses.replace(split, test=dataclasses.replace(split.test, history_time=later))
    with pytest.raises(LeakError, match="test: the history of user row 0 ends at 55, their first target is at 40"):
        check_split(leaking)
    timeless = dataclasses.replace(split, test=dataclasses.replace(split.test, history_time=None))
    with pytest.raises(LeakError, match="without timestamps cannot be checked"):
        check_split(timeless)


def test_folds_share_no_rating_and_have_all() -> None:
    interactions = edges()
    splits = list(rg.KFold(3, valid=0.0).splits(interactions, seed=4))
    tests = [pairs(split.test) for split in splits]
    assert sorted(map(len, tests)) == [3, 3, 4]
    everything = set(zip(_USERS, _ITEMS, strict=True))
    assert set.union(*tests) == everything
    assert all(train_pairs(split) == everything - test for split, test in zip(splits, tests, strict=True))
    again = [pairs(split.test) for split in rg.KFold(3, valid=0.0).splits(interactions, seed=4)]
    assert again == tests
    other = [pairs(split.test) for split in rg.KFold(3, valid=0.0).splits(interactions, seed=5)]
    assert other != tests
    assert pairs(rg.split(interactions, rg.KFold(3, fold=1, valid=0.0), seed=4).test) == tests[1]


def test_folds_draw_validation_outside_the_test() -> None:
    for split in rg.KFold(5, valid=0.25).splits(edges(None), seed=0):
        assert split.spec.counts["test"] == 2
        assert split.spec.counts["valid"] == 2
        assert not pairs(split.valid) & (pairs(split.test) | train_pairs(split))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rg.KFold(1), "k"),
        (lambda: rg.KFold(3, fold=3), "fold: 3 is not valid: expected 0 to 2"),
        (lambda: rg.LastN(0), "n"),
        (lambda: rg.LeaveLastOut(ties="file"), "ties"),
        (lambda: rg.split(edges(), rg.KFold(11)), "11 folds need as many ratings, and there are 10"),
    ],
)
def test_wrong_settings(make: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("ties", ["data", "random"])
@pytest.mark.parametrize("block", [1, 3, 7, 1000])
def test_sorting_some_people_at_a_time_changes_nothing(ties: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_edges = edges().take(np.lexsort((_ITEMS, _USERS)))
    splitter = rg.LastN(n=2, n_valid=1, ties=ties)
    monkeypatch.setattr(last_ratings, "_order_by_user", lambda keys, count: np.lexsort(keys))
    at_once = [splitter.roles(sorted_edges, np.random.default_rng(seed)).role.tolist() for seed in range(5)]
    monkeypatch.undo()
    monkeypatch.setattr(last_ratings, "_BLOCK", block)
    assert [splitter.roles(sorted_edges, np.random.default_rng(seed)).role.tolist() for seed in range(5)] == at_once


def test_random_ties_are_in_train_and_in_the_histories() -> None:
    # Three of one person's ratings are of one second, and the last is younger.
    n = 8
    table = {"user": [0] * n, "item": list(range(n)), "rating": [3] * n, "timestamp": [5, 5, 5, 7, 7, 7, 7, 9]}
    interactions = rg.index(rg.from_frame(table).ratings)
    orders = set()
    for seed in range(30):
        split = rg.split(interactions, rg.LastN(1, ties="random"), seed=seed)
        valid = int(split.valid.target.indices[0])
        in_order = split.train.item_row.tolist()
        assert split.train.timestamp is not None
        assert (np.diff(split.train.timestamp) >= 0).all()
        assert sorted([*in_order, valid]) == list(range(7))
        assert set(in_order[:3]) == {0, 1, 2}
        for part, known in ((split.valid, in_order), (split.test, [*in_order, valid])):
            assert part.history_order is not None
            assert part.history.indices[np.argsort(part.history_order.data)].tolist() == known
        orders.add((*in_order, valid))
    assert len(orders) > 20
    plain = rg.split(interactions, rg.LastN(1)).train
    assert plain.item_row.tolist() == list(range(6))
