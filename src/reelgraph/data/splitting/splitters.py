"""Splitters: which ratings are learnt from, which choose, which judge.

A splitter gives every edge exactly one role, so any split is disjoint and complete by construction; the counts of the
roles add up to the edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Protocol

import numpy as np
from pydantic import Field

from reelgraph.core import IntArray, Interactions, config
from reelgraph.core.errors import ConfigError

TRAIN, VALID, TEST, VALID_HISTORY, TEST_HISTORY, LEFT_OUT = range(6)
ROLE_NAMES = ("train", "valid", "test", "valid_history", "test_history", "left_out")

Share = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True)
class Roles:
    """What a splitter decides.

    Args:
        role: ``(n_edges,)`` int8, one of ``TRAIN, VALID, TEST, VALID_HISTORY, TEST_HISTORY, LEFT_OUT``; the histories
            are folded in for people of that part and not learnt from.
        valid_candidates: ``(n,)`` item rows that validation ranks; None for all.
        test_candidates: the same for the test.
        found: what was found while splitting (times of the cuts), for the `SplitSpec`.
    """

    role: IntArray
    valid_candidates: IntArray | None = None
    test_candidates: IntArray | None = None
    found: Mapping[str, Any] = field(default_factory=dict)


class Splitter(Protocol):
    """A way to split: a frozen dataclass of settings with one method."""

    kind: ClassVar[str]
    folds_in_valid: ClassVar[bool]

    def roles(self, inter: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        ...


@dataclass(frozen=True)
class Random:
    """Ratings drawn at random, whoever gave them.

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

    def roles(self, inter: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        n = len(inter)
        n_test, n_valid = round(self.test * n), round(self.valid * n)
        order = rng.permutation(n)
        role = np.zeros(n, np.int8)
        role[order[:n_test]] = TEST
        role[order[n_test : n_test + n_valid]] = VALID
        return Roles(role)


@dataclass(frozen=True)
class PerUser:
    """A share of each person's ratings, drawn at random.

    Of n ratings each part takes ``max(1, int(share * n))`` while train keeps at least one: a person with two ratings
    is in train and test only, one with a single rating in train only.

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

    def roles(self, inter: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        count = np.bincount(inter.user_row, minlength=inter.n_users)
        n_test, left = _share_of(count, count, self.test)
        n_valid, _ = _share_of(count, left, self.valid)
        rank, user = _rank_in_user(inter, rng), inter.user_row
        role = np.zeros(len(inter), np.int8)
        role[rank < (n_test + n_valid)[user]] = VALID
        role[rank < n_test[user]] = TEST
        return Roles(role)


def _share_of(count: IntArray, left: IntArray, share: float) -> tuple[IntArray, IntArray]:
    """How many of ``count`` ratings a part takes from the ``left`` ones, and how many then remain."""
    if share == 0:
        return np.zeros_like(count), left
    # The sliver keeps 0.1 * 30 from falling short of 3 by rounding, whatever the share.
    taken = np.maximum(1, np.floor(share * count + 1e-9).astype(np.int64))
    taken = np.minimum(taken, np.maximum(left - 1, 0))
    return taken, left - taken


def _rank_in_user(inter: Interactions, rng: np.random.Generator) -> IntArray:
    """Place of each edge in a random order of its user's edges, ``(n_edges,)`` from 0."""
    order = np.lexsort((rng.random(len(inter)), inter.user_row))
    first = np.zeros(inter.n_users + 1, np.int64)
    np.cumsum(np.bincount(inter.user_row, minlength=inter.n_users), out=first[1:])
    rank = np.empty(len(inter), np.int64)
    rank[order] = np.arange(len(inter)) - first[inter.user_row[order]]
    return rank


@dataclass(frozen=True)
class Temporal:
    """One cut in time for all: the past teaches, the next stretch chooses, the last judges.

    Ratings of the same second fall on one side of a cut (the later one), so everything known is strictly older than
    everything asked. Asked are the people with a rating before the cut; the rest of the later ratings are left out.
    At the test all ratings before its cut are history, those of the validation stretch included, since they were
    known by then; the model still learns from train alone.

    Args:
        train: share of the ratings before the first cut.
        valid: share of the ratings between the cuts.
    """

    kind: ClassVar[str] = "temporal"
    folds_in_valid: ClassVar[bool] = True
    train: Annotated[float, Field(gt=0, lt=1)] = 0.8
    valid: Share = 0.1

    def __post_init__(self) -> None:
        config.validate(self)
        if self.train + self.valid >= 1:
            raise ConfigError("valid", f"train {self.train:g} and valid {self.valid:g} leave nothing for the test")

    def roles(self, inter: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        if inter.timestamp is None:
            raise ConfigError("temporal", "these ratings have no times to split by")
        time, user = inter.timestamp, inter.user_row
        ordered = np.sort(time)
        valid_from = int(ordered[int(self.train * len(ordered))])
        test_from = int(ordered[int((self.train + self.valid) * len(ordered))])
        role = np.full(len(inter), TRAIN, np.int8)
        role[time >= valid_from] = VALID
        role[time >= test_from] = TEST
        in_train, before_test = np.zeros(inter.n_users, np.bool_), np.zeros(inter.n_users, np.bool_)
        in_train[user[role == TRAIN]] = True
        before_test[user[role != TEST]] = True
        role[(role == VALID) & ~in_train[user]] = TEST_HISTORY
        role[(role == TEST) & ~before_test[user]] = LEFT_OUT
        return Roles(role, found={"valid_from": valid_from, "test_from": test_from})


@dataclass(frozen=True)
class HeldOutUsers:
    """Strong generalisation: whole people are held out, and only part of what they rated is shown.

    Args:
        valid_users: share of the people held out for validation.
        test_users: share of the people held out for the test.
        fold_in: share of a held-out person's ratings that is shown; the rest is the target. People with a single
            rating stay in train, for they have nothing to show and to ask at once.

    Source: Liang et al. 2018 (Mult-VAE), section 4.1; there the people with fewer than five ratings are dropped.
    """

    kind: ClassVar[str] = "strong"
    folds_in_valid: ClassVar[bool] = False
    valid_users: Share = 0.1
    test_users: Share = 0.1
    fold_in: Annotated[float, Field(gt=0, lt=1)] = 0.8

    def __post_init__(self) -> None:
        config.validate(self)

    def roles(self, inter: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        count = np.bincount(inter.user_row, minlength=inter.n_users)
        order = rng.permutation(np.flatnonzero(count >= 2))
        n_test, n_valid = round(self.test_users * len(order)), round(self.valid_users * len(order))
        group = np.full(inter.n_users, TRAIN, np.int8)
        group[order[:n_test]] = TEST
        group[order[n_test : n_test + n_valid]] = VALID
        shown = np.clip(np.round(self.fold_in * count), 1, np.maximum(count - 1, 1))
        folded = _rank_in_user(inter, rng) < shown[inter.user_row]
        role = group[inter.user_row]
        role[folded & (role == VALID)] = VALID_HISTORY
        role[folded & (role == TEST)] = TEST_HISTORY
        return Roles(role)


@dataclass(frozen=True)
class ColdItems:
    """Cold start of items: some items lose all their ratings in train, and only they are ranked.

    Args:
        share: share of the items, among those with enough ratings, held out for the test, and again for validation.
        min_ratings: an item needs this many ratings to be held out.
        tags: what people wrote about held-out items stays known; without, models are to be told nothing of it.
    """

    kind: ClassVar[str] = "cold-items"
    folds_in_valid: ClassVar[bool] = False
    share: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    min_ratings: Annotated[int, Field(ge=1)] = 5
    tags: bool = True

    def __post_init__(self) -> None:
        config.validate(self)

    def roles(self, inter: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        count = np.bincount(inter.item_row, minlength=inter.n_items)
        order = rng.permutation(np.flatnonzero(count >= self.min_ratings))
        n_held = round(self.share * len(order))
        group = np.full(inter.n_items, TRAIN, np.int8)
        group[order[:n_held]] = TEST
        group[order[n_held : 2 * n_held]] = VALID
        return Roles(group[inter.item_row], order[n_held : 2 * n_held], order[:n_held])


@dataclass(frozen=True)
class PredefinedSplit:
    """The split that comes with the data: the test edges are given, validation too or drawn from the rest.

    Args:
        test_edges: ``(n,)`` numbers of the test edges.
        valid_edges: ``(n,)`` numbers of the validation edges, or None to draw them.
        valid: share of the edges outside the test to draw for validation; not used with ``valid_edges``.
        name: where the split comes from ("u1"), for the `SplitSpec`.
    """

    kind: ClassVar[str] = "shipped"
    folds_in_valid: ClassVar[bool] = False
    test_edges: IntArray = field(repr=False)
    valid_edges: IntArray | None = field(default=None, repr=False)
    valid: float = 0.1
    name: str = "shipped"

    def __post_init__(self) -> None:
        if not 0 <= self.valid < 1:
            raise ConfigError("valid", f"{self.valid!r} is not valid: expected a share from 0 to below 1")

    def roles(self, inter: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        role = np.zeros(len(inter), np.int8)
        self._mark(role, "test_edges", self.test_edges, TEST)
        if self.valid_edges is not None:
            self._mark(role, "valid_edges", self.valid_edges, VALID)
        else:
            rest = rng.permutation(np.flatnonzero(role == TRAIN))
            role[rest[: round(self.valid * len(rest))]] = VALID
        return Roles(role)

    @staticmethod
    def _mark(role: IntArray, key: str, edges: IntArray, value: int) -> None:
        if len(edges) and (edges.min() < 0 or edges.max() >= len(role)):
            raise ConfigError(key, f"names edge {edges.max()} or {edges.min()}, the data hold 0 to {len(role) - 1}")
        if len(np.unique(edges)) < len(edges) or (role[edges] != TRAIN).any():
            raise ConfigError(key, "names an edge twice")
        role[edges] = value
