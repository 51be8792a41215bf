"""What every splitter promises on any data: one role an edge, nothing known of what is asked."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgraph.core import IdIndex, Interactions, RatingScale
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.data import (
    ColdItems,
    HeldOutUsers,
    KFold,
    LastN,
    LastVisits,
    LeaveLastOut,
    PerUser,
    PredefinedSplit,
    Random,
    Splitter,
    Temporal,
    check_split,
    check_train,
    split,
    without_test,
)
from reelgraph.data.splitting.leak_checks import pair_keys

SHARE = st.floats(0, 0.45)


@st.composite
def any_interactions(draw: st.DrawFn) -> Interactions:
    n_users, n_items = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    pairs = draw(st.sets(st.integers(0, n_users * n_items - 1), min_size=1, max_size=60))
    order = draw(st.permutations(sorted(pairs)))
    users, items = np.divmod(np.array(order), n_items)
    times = draw(st.lists(st.integers(0, 9), min_size=len(order), max_size=len(order)))  # few seconds, many ties
    return Interactions(
        IdIndex(np.arange(n_users)),
        IdIndex(np.arange(n_items)),
        users.astype(np.int32),
        items.astype(np.int32),
        np.array([1 + key % 5 for key in order], dtype=np.float32),
        np.array(times, dtype=np.int64),
        RatingScale(1, 5, 1),
    )


@st.composite
def splitters(draw: st.DrawFn, interactions: Interactions) -> Splitter:
    edges = np.array(sorted(draw(st.sets(st.integers(0, len(interactions) - 1)))), dtype=np.int64)
    return draw(
        st.one_of(
            st.builds(Random, valid=SHARE, test=SHARE),
            st.builds(PerUser, valid=SHARE, test=SHARE),
            st.builds(Temporal, train=st.floats(0.1, 0.5), valid=SHARE),
            st.builds(HeldOutUsers, valid_users=SHARE, test_users=SHARE, fold_in=st.floats(0.1, 0.9)),
            st.builds(ColdItems, share=st.floats(0.05, 0.45), min_ratings=st.integers(1, 3)),
            st.builds(PredefinedSplit, test_edges=st.just(edges), valid=SHARE),
            st.builds(LastVisits, valid=SHARE, test=SHARE, pause=st.integers(1, 5)),
            st.builds(LastN, n=st.integers(1, 4), n_valid=st.integers(0, 3), ties=st.sampled_from(["data", "random"])),
            st.builds(LeaveLastOut),
            st.builds(KFold, k=st.integers(2, 4), valid=SHARE),
        )
    )


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(0, 9), st.booleans())
def test_every_splitter_is_disjoint_complete_and_keeps_the_ratings(data: st.DataObject, seed: int, join: bool) -> None:
    interactions = data.draw(any_interactions())
    how = data.draw(splitters(interactions))
    try:
        result = split(interactions, how, seed, join_valid=join)
    except ConfigError as error:
        too_small = ("no ratings are left for train", "folds need", "before the first cut")
        assert any(text in str(error) for text in too_small)  # noqa: PT017 - the only way out for data this small
        return
    check_split(result)
    check_split(without_test(result))
    for part in (result.valid, result.test):
        check_train(part, result.train)
    counts = result.spec.counts
    assert sum(counts.values()) == len(interactions)
    parts = (result.valid, result.test)
    asked = [pair_keys(part.target, part.users) for part in parts]
    assert [len(result.train), *map(len, asked)] == [counts["train"], counts["valid"], counts["test"]]
    train = result.train.user_row.astype(np.int64) * interactions.n_items + result.train.item_row
    everything = np.concatenate([train, *asked])
    assert len(np.unique(everything)) == len(everything)

    stars = interactions.matrix().toarray()
    assert np.array_equal(result.train.matrix().toarray()[stars == 0], stars[stars == 0])
    known_train = result.train.matrix().toarray()
    assert np.array_equal(known_train[known_train > 0], stars[known_train > 0])
    for part in parts:
        for matrix in (part.history, part.target):
            dense = matrix.toarray()
            assert np.array_equal(dense[dense > 0], stars[part.users][dense > 0])
        assert (np.diff(part.target.indptr) > 0).all()
        # all that was learnt from a person is folded in
        assert not (known_train[part.users] > 0)[part.history.toarray() == 0].any()


@settings(max_examples=100, deadline=None)
@given(any_interactions(), st.floats(0.2, 0.7), st.floats(0, 0.25))
def test_temporal_knows_nothing_as_late_as_what_it_asks(interactions: Interactions, train: float, valid: float) -> None:
    try:
        result = split(interactions, Temporal(train, valid))
    except ConfigError:
        return
    times = interactions.times().toarray()
    for part in (result.valid, result.test):
        if len(part):
            first = part.target_time.data.min()
            assert result.train.timestamp.max() < first
            assert part.history_time.data.max() < first
            assert (np.diff(part.history.indptr) > 0).all()
            # and it knows everything of these people from before
            for row, user in enumerate(part.users):
                before = (interactions.matrix().toarray()[user] > 0) & (times[user] < first)
                assert np.array_equal(part.history.toarray()[row] > 0, before)


@settings(max_examples=50, deadline=None)
@given(any_interactions(), st.integers(0, 5))
def test_edges_keep_their_order(interactions: Interactions, seed: int) -> None:
    numbered = dataclasses.replace(interactions, timestamp=np.arange(len(interactions)))
    try:
        result = split(numbered, Random(0.2, 0.2), seed)
    except ConfigError:
        return
    assert (np.diff(result.train.timestamp) > 0).all()


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(0, 9), st.integers(0, 10**6))
def test_any_target_put_into_train_is_caught_whatever_the_splitter(data: st.DataObject, seed: int, which: int) -> None:
    interactions = data.draw(any_interactions())
    try:
        result = split(interactions, data.draw(splitters(interactions)), seed)
    except ConfigError:
        return
    asked = np.concatenate([pair_keys(part.target, part.users) for part in (result.valid, result.test)])
    if len(asked) == 0:
        return
    user, item = divmod(int(asked[which % len(asked)]), interactions.n_items)
    edge = (interactions.user_row == user) & (interactions.item_row == item)
    edges = edge | np.isin(interactions.user_row * interactions.n_items + interactions.item_row, keys_of(result.train))
    try:
        check_split(dataclasses.replace(result, train=interactions.take(edges)))
    except LeakError as error:
        assert "train" in str(error)  # noqa: PT017 - which of several words it is depends on the splitter
    else:
        raise AssertionError("a target in train was not caught")


def keys_of(train: Interactions) -> np.ndarray:
    return train.user_row * train.n_items + train.item_row
