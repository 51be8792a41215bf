"""The lowest draws of each user without a sort of all edges: the same edges as by ranks, for every seed and data."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from reelgraph.core import IdIndex, Interactions, RatingScale
from reelgraph.data import HeldOutUsers, PerUser, split
from reelgraph.data.splitting import random_ranks
from reelgraph.data.splitting.random_ranks import among_lowest
from reelgraph.data.splitting.splitters import Splitter

N_USERS, N_ITEMS = 60, 80


def below_rank(user: np.ndarray, draws: np.ndarray, n: np.ndarray) -> np.ndarray:
    """The definition: the rank in a stable sort by user and draw is below ``n`` of the user."""
    order = np.lexsort((draws, user))
    first = np.searchsorted(user[order], np.arange(len(n)))
    rank = np.empty(len(user), int)
    rank[order] = np.arange(len(user)) - first[user[order]]
    return rank < n[user]


@pytest.mark.parametrize("ties", ["none", "in the leading bits", "in all bits"])
def test_masks_are_those_of_ranks(ties: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_ranks, "_BLOCK", 7)
    if ties == "in the leading bits":
        monkeypatch.setattr(random_ranks, "_KEY_BITS", 8)  # five for the user, three for the draw
    for seed in range(20):
        rng = np.random.default_rng(seed)
        user = rng.integers(0, 20, 300).astype(np.int32)
        draws = rng.random(300)
        if ties == "in all bits":
            draws = np.floor(draws * 4) / 4
        n_first, n_second = rng.integers(0, 25, 20), rng.integers(0, 25, 20)
        masks = among_lowest(user, draws, 20, n_first, n_second)
        np.testing.assert_array_equal(masks[0], below_rank(user, draws, n_first))
        np.testing.assert_array_equal(masks[1], below_rank(user, draws, n_second))


def edges(*, shuffled: bool) -> Interactions:
    rng = np.random.default_rng(5)
    user, item = np.nonzero(rng.random((N_USERS, N_ITEMS)) < rng.random((N_USERS, 1)))
    order = rng.permutation(len(user))
    order = order if shuffled else np.arange(len(user))
    return Interactions(
        IdIndex(np.arange(N_USERS), "user"),
        IdIndex(np.arange(N_ITEMS), "item"),
        user[order].astype(np.int32),
        item[order].astype(np.int32),
        (1 + (user + item) % 5)[order].astype(np.float32),
        order + 10**9,
        RatingScale(1.0, 5.0, 1.0),
    )


@pytest.mark.parametrize(
    ("splitter", "shuffled", "digest"),
    [
        (PerUser(0.1, 0.2), False, "0eefac3857f6a500"),
        (HeldOutUsers(0.2, 0.2, 0.7), False, "3d36077cecc36279"),
        (PerUser(0.1, 0.2), True, "fe8c20cda7c1f8e2"),
        (HeldOutUsers(0.2, 0.2, 0.7), True, "7fe5097ec49192a6"),
    ],
)
def test_the_split_of_a_seed_stays_the_same(splitter: Splitter, shuffled: bool, digest: str) -> None:
    """Published figures rest on it. The digests are from when all edges were sorted by user and draw."""
    role = splitter.roles(edges(shuffled=shuffled), np.random.default_rng(3)).role
    assert hashlib.sha256(role.astype(np.int8).tobytes()).hexdigest()[:16] == digest


@pytest.mark.parametrize("shuffled", [False, True])
def test_parts_share_the_training_history(shuffled: bool) -> None:
    interactions = edges(shuffled=shuffled)
    parts = split(interactions, PerUser(0.1, 0.2), seed=1)
    train, times = parts.train.matrix(), parts.train.times()
    users = np.unique(interactions.user_row)
    assert len(users) == N_USERS - 1  # one has no rating, and so no row in a part
    for part in (parts.valid, parts.test):
        assert part.users.tolist() == users.tolist()
        assert np.shares_memory(part.history.indices, train.indices)
        assert np.shares_memory(part.history.data, parts.valid.history.data)
        assert (part.history != train[users]).nnz == 0
        assert part.history_time.data.tolist() == times.data.tolist()
    assert np.shares_memory(parts.valid.seen.indices, train.indices)
    assert (parts.test.seen.astype(bool) != ((train[users] != 0) + (parts.valid.target != 0))).nnz == 0
    assert np.shares_memory(parts.valid.history.data, parts.train.rating) is not shuffled


def test_people_without_a_target_have_no_row() -> None:
    interactions = edges(shuffled=False)
    lonely = interactions.take((interactions.user_row > 3) | (np.arange(len(interactions)) == 0))
    parts = split(lonely, PerUser(0.1, 0.2), seed=1)
    users = np.unique(lonely.user_row)[1:]
    assert parts.test.users.tolist() == users.tolist()
    for history, known in ((parts.test.history, parts.train.matrix()), (parts.test.history_time, parts.train.times())):
        assert (history != known[users]).nnz == 0
    assert np.shares_memory(parts.test.history.data, parts.valid.history.data)  # the same people
