"""The split by visits, worked out by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.core import NO_TIME, IdIndex, Interactions, RatingScale
from reelgraph.core.errors import ConfigError

DAY = 86_400
Visits = list[list[int]]  # of one person: of each visit, the items rated


def interactions(people: list[Visits], *, with_times: bool = True) -> Interactions:
    """Visits two days apart, ratings of one visit a minute apart, the newest ratings first in the data."""
    rows = [
        (user, item, 2 * DAY * visit + 60 * place)
        for user, visits in enumerate(people)
        for visit, items in enumerate(visits)
        for place, item in enumerate(items)
    ][::-1]
    user, item, time = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return Interactions(
        IdIndex(np.arange(len(people)), "user"), IdIndex(np.arange(item.max() + 1), "item"),
        user.astype(np.int32), item.astype(np.int32), np.full(len(user), 3, np.float32),
        time if with_times else None, RatingScale(1, 5, 1),
    )  # fmt: skip


def targets(part: rg.EvalPart) -> dict[int, set[int]]:
    rows, items = part.target.nonzero()
    return {int(part.users[row]): set(items[rows == row].tolist()) for row in np.unique(rows)}


def test_by_hand() -> None:
    split = rg.split(
        interactions(
            [
                [list(range(8)), [8], [9]],  # a visit in each last tenth
                [[0, 1, 2, 3, 4], [5], [6, 7, 8, 9]],  # visits longer than a tenth
                [list(range(17)), [17], [18], [19]],  # of 20 the last tenth begins with 18; of 18 it is 17
                [[0, 1, 2]],  # never came back
                [[0], [1, 2, 3]],  # the last visit is more than half
            ]
        ),
        rg.LastVisits(),
    )
    assert targets(split.test) == {0: {9}, 1: {6, 7, 8, 9}, 2: {18, 19}}
    assert targets(split.valid) == {0: {8}, 1: {5}, 2: {17}}
    assert len(split.train) == 8 + 5 + 17 + 3 + 4
    # Validation is folded in at the test: it is older.
    assert set(split.test.history[[0]].nonzero()[1]) == set(range(9))
    assert set(split.valid.history[[0]].nonzero()[1]) == set(range(8))
    assert split.spec.kind == "last-visits"


def test_people_with_one_part_to_give_are_drawn() -> None:
    people: list[Visits] = [[[0, 1, 2], [3]] for _ in range(200)]
    split = rg.split(interactions(people), rg.LastVisits(), seed=1)
    tested, validated = targets(split.test), targets(split.valid)
    assert not tested.keys() & validated.keys()
    assert len(tested) + len(validated) == 200
    assert 70 < len(tested) < 130
    assert {frozenset(items) for items in (*tested.values(), *validated.values())} == {frozenset({3})}


def test_a_part_of_no_share_is_empty() -> None:
    people: list[Visits] = [[[0, 1, 2], [3], [4]], [[0, 1], [2]]]
    assert targets(rg.split(interactions(people), rg.LastVisits(valid=0.0)).test) == {0: {4}, 1: {2}}
    only_valid = rg.split(interactions(people), rg.LastVisits(test=0.0))
    assert targets(only_valid.valid) == {0: {4}, 1: {2}}
    assert len(only_valid.test) == 0


def test_the_pause_is_a_setting() -> None:
    people: list[Visits] = [[[0, 1, 2, 3, 4, 5], [6]]]
    assert not targets(rg.split(interactions(people), rg.LastVisits(valid=0.0, pause=3 * DAY)).test)


def test_everything_held_back_comes_a_pause_after_the_rest() -> None:
    rng = np.random.default_rng(0)
    n = 4000
    user, item = rng.integers(60, size=n), rng.integers(400, size=n)
    kept = np.unique(user * 400 + item, return_index=True)[1]
    time = np.cumsum(rng.choice([30, 5 * DAY], size=n, p=[0.9, 0.1]))
    time = time[rng.permutation(n)]
    data = Interactions(
        IdIndex(np.arange(60), "user"), IdIndex(np.arange(400), "item"), user[kept].astype(np.int32),
        item[kept].astype(np.int32), np.full(len(kept), 4, np.float32), time[kept], RatingScale(1, 5, 1),
    )  # fmt: skip
    split = rg.split(data, rg.LastVisits())
    time_of = {(int(u), int(i)): int(t) for u, i, t in zip(user[kept], item[kept], time[kept], strict=True)}
    for part in (split.valid, split.test):
        for row, held_back in targets(part).items():
            known = part.history[np.flatnonzero(part.users == row)].nonzero()[1]
            newest = max(time_of[row, int(i)] for i in known)
            assert min(time_of[row, i] for i in held_back) >= newest + DAY
    assert len(split.train) + split.valid.target.nnz + split.test.target.nnz == len(data)


def test_unknown_times_end_no_visit() -> None:
    data = interactions([[[0, 1, 2], [3], [4]], [[0, 1, 2, 3]]])
    assert data.timestamp is not None
    unknown = (data.item_row == 0) | ((data.user_row == 1) & (data.item_row < 3))
    split = rg.split(dataclasses.replace(data, timestamp=np.where(unknown, NO_TIME, data.timestamp)), rg.LastVisits())
    assert targets(split.test) == {0: {4}}  # the one rating of user 1 with a time comes after no visit
    assert targets(split.valid) == {0: {3}}


def test_without_times() -> None:
    with pytest.raises(ConfigError, match="no times"):
        rg.split(interactions([[[0, 1], [2]]], with_times=False), rg.LastVisits())
