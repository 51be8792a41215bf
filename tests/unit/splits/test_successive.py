"""Ratings after a cut as targets one after the other."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reelgraph as rg
from reelgraph.core import EvalPart, Matrix
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.data import check_split, one_by_one
from reelgraph.data.splitting.successive import of_targets, people_of

# Ten ratings: six before the first cut, two between the cuts, two after the second. User 1 has rated items 4 and 2 in
# one second, in this order of the data; user 2 comes after the second cut only.
TABLE = {
    "user": [0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 2],
    "item": [0, 3, 1, 3, 0, 1, 2, 5, 4, 2, 0],
    "rating": [5, 4, 3, 5, 1, 4, 2, 3, 5, 1, 4],
    "timestamp": [1, 2, 3, 4, 5, 6, 7, 8, 20, 20, 30],
}


def _split() -> rg.Split:
    return rg.split(rg.index(rg.from_frame(TABLE).ratings), rg.Successive(train=0.55, valid=0.2))


def _in_order(part: EvalPart, row: int) -> list[int]:
    assert part.history_order is not None
    order = part.history_order[[row]]
    return order.indices[np.argsort(order.data)].tolist()


def test_targets_follow_each_other() -> None:
    split = _split()
    assert split.test.grows
    assert split.test.users.tolist() == [1]
    assert split.spec.counts["left_out"] == 1
    (rows,) = one_by_one(split.test)
    assert rows.users.tolist() == [1, 1]
    assert rows.target.indices.tolist() == [4, 2]
    assert rows.target.data.tolist() == [5, 1]
    assert [_in_order(rows, row) for row in range(2)] == [[3, 0, 1, 5], [3, 0, 1, 5, 4]]
    assert rows.seen.toarray().tolist() == [[1, 1, 0, 1, 0, 1], [1, 1, 0, 1, 1, 1]]
    assert rows.history_time is not None
    assert rows.history_time.toarray()[1].tolist() == [5, 6, 0, 4, 20, 8]
    assert not rows.grows


def test_validation_has_a_row_for_each_target() -> None:
    split = _split()
    assert not split.valid.grows
    assert split.valid.users.tolist() == [0, 1]
    assert split.valid.target.indices.tolist() == [2, 5]
    assert [_in_order(split.valid, row) for row in range(2)] == [[0, 3, 1], [3, 0, 1]]


def test_validation_draws_targets_by_the_seed() -> None:
    n = 40
    table = {"user": [0] * n, "item": list(range(n)), "rating": [3] * n, "timestamp": list(range(1, n + 1))}
    interactions = rg.index(rg.from_frame(table).ratings)
    splitter = rg.Successive(train=0.5, valid=0.4, valid_targets=3)
    drawn = [rg.split(interactions, splitter, seed=seed).valid for seed in range(5)]
    assert len({tuple(part.target.indices.tolist()) for part in drawn}) > 1
    for part in drawn:
        # Item t is rated at t: its history is all before.
        assert [np.diff(part.history.indptr).tolist()] == [part.target.indices.tolist()]
    assert people_of(drawn[0]) is not None
    assert people_of(drawn[0].take(np.array([0]))) is None


def test_a_part_without_targets_has_no_rows() -> None:
    split = rg.split(rg.index(rg.from_frame(TABLE).ratings), rg.Successive(train=0.55, valid=0.2), join_valid=True)
    assert len(split.valid) == 0
    assert list(one_by_one(split.valid)) == []


ratings = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 11), st.integers(1, 6)), min_size=6, unique_by=lambda rating: rating[:2]
)


@settings(max_examples=60)
@given(ratings, st.randoms(use_true_random=False), st.integers(1, 40))
def test_batches_are_those_of_a_loop(rows: list[tuple[int, int, int]], draw: object, max_entries: int) -> None:
    draw.shuffle(rows)  # type: ignore[attr-defined]
    user, item, time = (list(values) for values in zip(*rows, strict=True))
    table = {"user": user, "item": item, "rating": [3] * len(user), "timestamp": time}
    interactions = rg.index(rg.from_frame(table).ratings)
    try:
        split = rg.split(interactions, rg.Successive(train=0.4, valid=0.2))
    except ConfigError:
        return  # all ratings are of the second of the cut
    assert interactions.timestamp is not None
    test_from = split.spec.settings["test_from"]
    expected = []
    for row in range(interactions.n_users):
        edges = np.flatnonzero(interactions.user_row == row)
        edges = edges[np.argsort(interactions.timestamp[edges], kind="stable")]
        items, times = interactions.item_row[edges].tolist(), interactions.timestamp[edges]
        if not len(edges) or times[0] >= test_from:
            continue
        expected += [(row, items[place], items[:place]) for place in range(len(items)) if times[place] >= test_from]
    found = [
        (int(batch.users[row]), int(batch.target.indices[row]), _in_order(batch, row))
        for batch in one_by_one(split.test, max_entries)
        for row in range(len(batch))
    ]
    assert found == expected
    chosen = np.arange(0, len(expected), 2)
    some = of_targets(split.test, chosen)
    assert [int(item) for item in some.target.indices] == [expected[place][1] for place in chosen]


def test_seen_items_stay_seen() -> None:
    part = _split().test
    more = part.seen.toarray()
    more[0, 0] = 0  # not folded in, and yet not to be ranked: item 2 of another row
    history = part.history.toarray()
    history[0, 0] = 0
    times = Matrix(np.where(history > 0, 3, 0))
    wider = dataclasses.replace(part, history=Matrix(history), history_time=times, history_position=None)
    (rows,) = one_by_one(wider)
    assert rows.seen.toarray()[:, 0].tolist() == [1, 1]
    assert rows.history.toarray()[:, 0].tolist() == [0, 0]
    assert rows.seen.toarray()[:, 4].tolist() == [0, 1]


def test_times_are_needed() -> None:
    with pytest.raises(ConfigError, match="no times"):
        rg.split(rg.index(rg.from_frame({k: v for k, v in TABLE.items() if k != "timestamp"}).ratings), rg.Successive())
    with pytest.raises(ConfigError, match="no times"):
        next(one_by_one(dataclasses.replace(_split().test, history_time=None)))


def test_leaks_are_found() -> None:
    split = _split()
    late = split.valid.history_time
    assert late is not None
    late = late.copy()
    late.data = late.data + 5
    leaking = dataclasses.replace(split, valid=dataclasses.replace(split.valid, history_time=late))
    with pytest.raises(LeakError, match="valid: the history of user row 0 ends at 8, their first target is at 7"):
        check_split(leaking)
    past = split.test.history_time
    assert past is not None
    past = past.copy()
    past.data = past.data + 15
    leaking = dataclasses.replace(split, test=dataclasses.replace(split.test, history_time=past))
    with pytest.raises(LeakError, match="test: its history ends at 23"):
        check_split(leaking)


def test_a_test_that_ends_early() -> None:
    interactions = rg.index(rg.from_frame(TABLE).ratings)
    split = rg.split(interactions, rg.Temporal(train=0.3, valid=0.2, until=0.75))
    assert split.spec.counts["left_out"] == 3  # from the ninth of eleven on
    assert split.train.timestamp is not None
    assert split.train.timestamp.max() == 3
    assert split.test.target_time is not None
    assert sorted(split.test.target_time.data.tolist()) == [6, 7, 8]
    with pytest.raises(ConfigError, match=r"which ends at 0\.75"):
        rg.Temporal(train=0.6, valid=0.2, until=0.75)
