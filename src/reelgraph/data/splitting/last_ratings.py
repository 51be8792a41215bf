"""Splitters that hold back each person's last ratings."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from reelgraph.core import NO_TIME, IntArray, Interactions, config
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.splitters import TEST, VALID, Roles

_BLOCK = 2**20  # edges sorted together
OrderOfTies = Literal["data", "random"]


@dataclass(frozen=True)
class LastN:
    """Each person's last ratings are the test, those before them validation, and all earlier ones train.

    A person's ratings are ordered by time. Ratings of the same second are in the order of the data set, or in a random
    one, in which train and the histories then have them too. Train keeps at least the first rating of every person: of
    those with too few ratings, fewer are held back for validation first, then for the test. Ratings whose time is
    unknown are in train: none is known to be the last. The test folds in the
    validation ratings too, since they are older. People are cut at different times, so train has ratings that are
    younger than another person's test.

    Args:
        n: ratings of each person in the test.
        n_valid: ratings of each person in validation; as many as ``n`` when None.
        ties: order of a person's ratings of the same second: that of the ``data``, or ``random``, drawn by the seed.
    """

    kind: ClassVar[str] = "last-n"
    folds_in_valid: ClassVar[bool] = True
    n: Annotated[int, Field(ge=1)] = 5
    n_valid: Annotated[int, Field(ge=0)] | None = None
    ties: OrderOfTies = "data"

    def __post_init__(self) -> None:
        config.validate(self)

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        n_valid = self.n if self.n_valid is None else self.n_valid
        return last_ratings(interactions, self.n, n_valid, self.ties, rng)


@dataclass(frozen=True)
class LeaveLastOut:
    """Each person's last rating is the test, the one before it validation, and all earlier ones train.

    It is `LastN` with one rating each. People with two ratings are in train and test only, those with one in train
    only. Ratings whose time is unknown are in train: none is known to be the last.

    Args:
        ties: order of a person's ratings of the same second: that of the ``data``, or ``random``, drawn by the seed.

    Source: He et al. 2017 (NCF), section 4.1, who rank the last rating among 100 sampled items; here all are ranked.
    """

    kind: ClassVar[str] = "leave-last-out"
    folds_in_valid: ClassVar[bool] = True
    ties: OrderOfTies = "data"

    def __post_init__(self) -> None:
        config.validate(self)

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        return last_ratings(interactions, 1, 1, self.ties, rng)


def last_ratings(
    interactions: Interactions, n_test: int, n_valid: int, ties: OrderOfTies, rng: np.random.Generator
) -> Roles:
    """The roles of `LastN`.

    Raises:
        ConfigError: the ratings have no times.

    Cost: O(n log n), in blocks of people where the edges are in order of users.
    """
    if interactions.timestamp is None:
        raise ConfigError(
            "split", "the ratings have no times, so nobody's last ratings are known; take one without, such as per-user"
        )
    n, user = len(interactions), interactions.user_row
    count = np.bincount(user, minlength=interactions.n_users)
    sort, keys = sorter(user, count), (interactions.timestamp, user)
    order, edge_order = sort(keys), None  # the sort is stable: ties stay in the order of the data
    if ties == "random":
        edge_order = np.empty(n, np.int64)
        edge_order[order] = order = sort((rng.permutation(n), *keys))
    place_from_end = np.empty(n, np.int64)
    place_from_end[order] = np.cumsum(count)[user[order]] - 1 - np.arange(n)
    n_known = np.bincount(user[interactions.timestamp != NO_TIME], minlength=interactions.n_users)
    most = np.minimum(np.maximum(count - 1, 0), n_known)
    in_test = np.minimum(n_test, most)
    in_test_or_valid = np.minimum(in_test + n_valid, most)
    role = np.zeros(n, np.int8)
    role[place_from_end < in_test_or_valid[user]] = VALID
    role[place_from_end < in_test[user]] = TEST
    return Roles(role, edge_order=edge_order)


def sorter(user: IntArray, count: IntArray) -> Callable[[Sequence[IntArray]], IntArray]:
    """``np.lexsort`` for keys of which ``user`` is the last, quicker where it is sorted already.

    Args:
        user: ``(n,)`` user rows.
        count: ``(n_users,)`` edges of each user.
    """
    return functools.partial(_order_by_user, count=count) if (user[1:] >= user[:-1]).all() else np.lexsort


def _order_by_user(keys: Sequence[IntArray], count: IntArray) -> IntArray:
    """``np.lexsort(keys)`` where the last key is sorted already, some people at a time: they stay in the cache.

    Args:
        keys: ``(n,)`` each.
        count: ``(n_users,)`` edges of each user.
    """
    ends = np.cumsum(count)
    order = np.empty(len(keys[-1]), np.int64)
    start = 0
    while start < len(order):
        last = max(int(np.searchsorted(ends, start + _BLOCK, side="right")) - 1, 0)
        end = int(ends[last]) if ends[last] > start else int(ends[np.searchsorted(ends, start, side="right")])
        order[start:end] = start + np.lexsort([key[start:end] for key in keys])
        start = end
    return order
