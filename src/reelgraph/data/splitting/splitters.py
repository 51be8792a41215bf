"""Splitters: which ratings are for training, validation and test.

A splitter assigns exactly one role to every edge, so any split is disjoint and complete by construction, and the counts
of the roles add up to the number of edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Protocol

import numpy as np
from pydantic import Field

from reelgraph.core import BoolArray, IntArray, Interactions, config
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.random_ranks import among_lowest

TRAIN, VALID, TEST, VALID_HISTORY, TEST_HISTORY, LEFT_OUT = range(6)
ROLE_NAMES = ("train", "valid", "test", "valid_history", "test_history", "left_out")

Share = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True)
class Roles:
    """The result of a splitter.

    Args:
        role: ``(n_edges,)`` int8, one of ``TRAIN, VALID, TEST, VALID_HISTORY, TEST_HISTORY, LEFT_OUT``; the histories
            are folded in for the people of that part and are not in train.
        valid_candidates: ``(n,)`` item rows that validation ranks; None for all.
        test_candidates: the same for the test.
        cut_times: times of the cuts by name, Unix seconds UTC, for the `SplitSpec`.
        edge_order: ``(n_edges,)`` positions of the edges in the order of train and of the histories; None for that of
            the data.
        valid_targets: the test part grows, and validation has a row for each of at most so many targets, see
            `Successive`; None for a row for each person.
    """

    role: IntArray
    valid_candidates: IntArray | None = None
    test_candidates: IntArray | None = None
    cut_times: Mapping[str, int] = field(default_factory=dict)
    edge_order: IntArray | None = None
    valid_targets: int | None = None


class Splitter(Protocol):
    """The interface of splitters: frozen dataclasses of settings with one method."""

    kind: ClassVar[str]
    folds_in_valid: ClassVar[bool]

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        ...


def _require_train_share(valid: float, test: float) -> None:
    if valid + test >= 1:
        raise ConfigError("valid", f"{valid:g} and test {test:g} leave nothing to train on")


@dataclass(frozen=True)
class Random:
    """A random share of all ratings, whatever their user.

    Args:
        valid: share of the ratings for validation.
        test: share of the ratings for the test.
    """

    kind: ClassVar[str] = "random"
    folds_in_valid: ClassVar[bool] = False
    valid: Share = 0.1
    test: Share = 0.1

    def __post_init__(self) -> None:
        config.validate(self)
        _require_train_share(self.valid, self.test)

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        n = len(interactions)
        n_test, n_valid = round(self.test * n), round(self.valid * n)
        order = rng.permutation(n)
        role = np.zeros(n, np.int8)
        role[order[:n_test]] = TEST
        role[order[n_test : n_test + n_valid]] = VALID
        return Roles(role)


@dataclass(frozen=True)
class PerUser:
    """A random share of each person's ratings.

    Of n ratings each part takes ``max(1, int(share * n))``, and train keeps at least one: a person with two ratings is
    in train and test only, a person with one rating in train only.

    Args:
        valid: share of a person's ratings for validation.
        test: share of a person's ratings for the test.

    Source: ``RecBole`` 1.2, ``Dataset.split_by_ratio``, grouped by user and shuffled; the counts are the same, the
    draws are not.
    """

    kind: ClassVar[str] = "per-user"
    folds_in_valid: ClassVar[bool] = False
    valid: Share = 0.1
    test: Share = 0.1

    def __post_init__(self) -> None:
        config.validate(self)
        _require_train_share(self.valid, self.test)

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        count = np.bincount(interactions.user_row, minlength=interactions.n_users)
        n_test, remaining = _part_sizes(count, count, self.test)
        n_valid, _ = _part_sizes(count, remaining, self.valid)
        is_held_back, is_test = _among_first(interactions, rng, n_test + n_valid, n_test)
        role = np.zeros(len(interactions), np.int8)
        role[is_held_back] = VALID
        role[is_test] = TEST
        return Roles(role)


def _part_sizes(n_ratings: IntArray, available: IntArray, share: float) -> tuple[IntArray, IntArray]:
    """How many ratings of each user a part takes from the ``available`` ones, and how many remain."""
    if share == 0:
        return np.zeros_like(n_ratings), available
    # The small summand keeps 0.1 * 30 from being rounded to below 3.
    taken = np.maximum(1, np.floor(share * n_ratings + 1e-9).astype(np.int64))
    taken = np.minimum(taken, np.maximum(available - 1, 0))
    return taken, available - taken


def _among_first(interactions: Interactions, rng: np.random.Generator, *n_first: IntArray) -> tuple[BoolArray, ...]:
    """Masks ``(n_edges,)`` of the first of each user's edges in a random order; ``n_first`` are ``(n_users,)``."""
    return among_lowest(interactions.user_row, rng.random(len(interactions)), interactions.n_users, *n_first)


@dataclass(frozen=True)
class Temporal:
    """Two cuts in time, the same for all people: train before the first, validation before the second, then test.

    Ratings of one second are on the same side of a cut (the later one), so histories are strictly older than targets.
    A part holds the people with a rating before its cut; later ratings of other people are left out. At the test, all
    ratings before its cut are history, including those of the validation period, since they were known by then. The
    model is still fitted on train only.

    Args:
        train: share of the ratings before the first cut.
        valid: share of the ratings between the cuts.
        until: share of the ratings before the end of the test; later ones are left out, as if the data ended there.
    """

    kind: ClassVar[str] = "temporal"
    folds_in_valid: ClassVar[bool] = True
    train: Annotated[float, Field(gt=0, lt=1)] = 0.8
    valid: Share = 0.1
    until: Annotated[float, Field(gt=0, le=1)] = 1.0

    def __post_init__(self) -> None:
        config.validate(self)
        if self.train + self.valid >= self.until:
            raise ConfigError(
                "valid",
                f"train {self.train:g} and valid {self.valid:g} leave no ratings for the test, which ends at "
                f"{self.until:g}",
            )

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge.

        Raises:
            ConfigError: the ratings have no times, or the first cut would be in the first second of all.
        """
        if interactions.timestamp is None:
            raise ConfigError(
                "split", "the ratings have no times, and this split is by time; take one without, such as per-user"
            )
        time, user = interactions.timestamp, interactions.user_row
        sorted_times = np.sort(time)
        n_before = int(self.train * len(sorted_times))
        valid_from = int(sorted_times[n_before])
        if valid_from == sorted_times[0]:
            raise ConfigError(
                "split",
                f"no rating is before the first cut: the oldest {n_before + 1:,} of {len(time):,} have the same time; "
                "take a split without times, such as per-user",
            )
        test_from = int(sorted_times[int((self.train + self.valid) * len(sorted_times))])
        role = np.full(len(interactions), TRAIN, np.int8)
        role[time >= valid_from] = VALID
        role[time >= test_from] = TEST
        if self.until < 1:
            role[time >= int(sorted_times[int(self.until * len(sorted_times))])] = LEFT_OUT
        in_train, before_test = np.zeros(interactions.n_users, np.bool_), np.zeros(interactions.n_users, np.bool_)
        in_train[user[role == TRAIN]] = True
        before_test[user[time < test_from]] = True
        role[(role == VALID) & ~in_train[user]] = TEST_HISTORY
        role[(role == TEST) & ~before_test[user]] = LEFT_OUT
        return Roles(role, cut_times={"valid_from": valid_from, "test_from": test_from})


@dataclass(frozen=True)
class HeldOutUsers:
    """Strong generalisation: whole people are held out, and part of their ratings is folded in.

    Args:
        valid_users: share of the people held out for validation.
        test_users: share of the people held out for the test.
        fold_in: share of a held-out person's ratings that is folded in; the rest is the target. People with a single
            rating stay in train, because they cannot have both.

    Source: Liang et al. 2018 (Mult-VAE), section 4.1, where people with fewer than five ratings are dropped.
    """

    kind: ClassVar[str] = "strong"
    folds_in_valid: ClassVar[bool] = False
    valid_users: Share = 0.1
    test_users: Share = 0.1
    fold_in: Annotated[float, Field(gt=0, lt=1)] = 0.8

    def __post_init__(self) -> None:
        config.validate(self)

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        count = np.bincount(interactions.user_row, minlength=interactions.n_users)
        order = self.order(np.flatnonzero(count >= 2), rng)
        n_test, n_valid = round(self.test_users * len(order)), round(self.valid_users * len(order))
        role_of_user = np.full(interactions.n_users, TRAIN, np.int8)
        role_of_user[order[:n_test]] = TEST
        role_of_user[order[n_test : n_test + n_valid]] = VALID
        n_fold_in = np.clip(np.round(self.fold_in * count), 1, np.maximum(count - 1, 1))
        (is_fold_in,) = _among_first(interactions, rng, np.ceil(n_fold_in).astype(np.int64))
        role = role_of_user[interactions.user_row]
        role[is_fold_in & (role == VALID)] = VALID_HISTORY
        role[is_fold_in & (role == TEST)] = TEST_HISTORY
        return Roles(role)

    def order(self, users: IntArray, rng: np.random.Generator) -> IntArray:
        """The people of which the first are held out for the test, and those after them for validation."""
        return rng.permutation(users)


@dataclass(frozen=True)
class ColdItems:
    """Item cold start: some items have no ratings in train, and only these are ranked.

    Args:
        share: share of the items, among those with enough ratings, held out for the test, and again for validation.
        min_ratings: an item needs this many ratings to be held out.
        tags: keep the tags that people gave held-out items; if False, they are hidden from models.
    """

    kind: ClassVar[str] = "cold-items"
    folds_in_valid: ClassVar[bool] = False
    share: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    min_ratings: Annotated[int, Field(ge=1)] = 5
    tags: bool = True

    def __post_init__(self) -> None:
        config.validate(self)

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        count = np.bincount(interactions.item_row, minlength=interactions.n_items)
        order = rng.permutation(np.flatnonzero(count >= self.min_ratings))
        n_held_out = round(self.share * len(order))
        role_of_item = np.full(interactions.n_items, TRAIN, np.int8)
        role_of_item[order[:n_held_out]] = TEST
        role_of_item[order[n_held_out : 2 * n_held_out]] = VALID
        return Roles(role_of_item[interactions.item_row], order[n_held_out : 2 * n_held_out], order[:n_held_out])
