"""Ratings that neither the bundle in use nor the new one has learnt from, on which the two can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import AnyArray, BoolArray, EvalPart, IdIndex, IntArray, Interactions
from reelgraph.data import PerUser, split
from reelgraph.data.splitting.splitters import TEST, TRAIN, VALID, Roles

MIN_PEOPLE = 30
"""With fewer people two bundles are not compared."""


@dataclass(frozen=True)
class HeldBackSplit:
    """Every rating that the bundle in use has keeps its part, so that what is new is all that differs.

    What the bundle in use was fitted on is train. Of what it held back, the latest ratings of each person are the test,
    as many as in `PerUser`, and the others are validation. New and changed ratings are train, but for a random share
    for validation, until a person has as many held back as in `PerUser`.

    Args:
        is_fitted: ``(n_edges,)`` bool, the ratings that the bundle in use was fitted on.
        is_held: ``(n_edges,)`` bool, those that it held back.
        may_test: ``(n_edges,)`` bool, those of ``is_held`` that may be in the test part.
        valid: share of a person's ratings for validation.
        test: share of a person's ratings for the test.
    """

    kind: ClassVar[str] = "held-back"
    folds_in_valid: ClassVar[bool] = False
    is_fitted: BoolArray = field(repr=False)
    is_held: BoolArray = field(repr=False)
    may_test: BoolArray = field(repr=False)
    valid: float = 0.1
    test: float = 0.1

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        drawn = PerUser(self.valid, self.test).roles(interactions, rng).role
        user, times, n_users = interactions.user_row, interactions.timestamp, interactions.n_users
        n_test, n_held = (np.bincount(user[mask], minlength=n_users) for mask in (drawn == TEST, drawn != TRAIN))
        n_missing = n_held - np.bincount(user[self.is_held], minlength=n_users)
        age = np.zeros(len(user), np.int64) if times is None else -times
        is_fresh = ~self.is_fitted & ~self.is_held
        role = np.where(self.is_held, VALID, TRAIN).astype(np.int8)
        role[_first_of_each(user, self.may_test, age, n_test, rng)] = TEST
        role[_first_of_each(user, is_fresh, np.zeros_like(age), n_missing, rng)] = VALID
        has_train = np.bincount(user[role == TRAIN], minlength=n_users) > 0
        role[~has_train[user]] = TRAIN  # all that they had learnt from was taken back
        return Roles(role)


def _first_of_each(
    user: IntArray, mask: BoolArray, key: IntArray, count: IntArray, rng: np.random.Generator
) -> IntArray:
    """Positions of the first ``count`` edges of each user, among those of ``mask``, by ``key`` and then at random."""
    edges = np.flatnonzero(mask)
    edges = edges[np.lexsort((rng.random(len(edges)), key[edges], user[edges]))]
    first = np.searchsorted(user[edges], user[edges], side="left")
    chosen: IntArray = edges[np.arange(len(edges)) - first < count[user[edges]]]
    return chosen


def held_back_split(interactions: Interactions, in_use: Bundle, guest_prefix: str) -> HeldBackSplit | None:
    """The split that holds back ratings which the bundle in use has not learnt from either.

    They are ratings that the bundle in use has and was not fitted on, unchanged since. So none of them was made in the
    night that is being judged. Guests are left out where there are enough others: their number costs nothing.

    Args:
        interactions: the ratings for the new bundle.
        in_use: the bundle in use.
        guest_prefix: with which the ids of guests begin.

    Returns:
        None where fewer than `MIN_PEOPLE` people have such ratings, or the bundle in use does not say what it was
        fitted on.

    Cost: O(n log n) in the ratings of both.
    """
    if in_use.is_train is None or not in_use.history.nnz:
        return None
    user_rows, item_rows = rows_in(interactions.users, in_use.users), rows_in(interactions.items, in_use.items)
    old_users, old_items = user_rows[interactions.user_row], item_rows[interactions.item_row]
    history, n_items = in_use.history, len(in_use.items)
    old_keys = np.repeat(np.arange(len(in_use.users), dtype=np.int64), np.diff(history.indptr)) * n_items
    old_keys += history.indices
    order = np.argsort(old_keys, kind="stable")
    keys = old_users * n_items + old_items
    entry = order[np.minimum(np.searchsorted(old_keys, keys, sorter=order), len(order) - 1)]
    is_known = (old_users >= 0) & (old_items >= 0) & (old_keys[entry] == keys)
    is_known &= np.isclose(history.data[entry], interactions.rating)
    is_fitted, is_held = is_known & in_use.is_train[entry], is_known & ~in_use.is_train[entry]
    is_guest = np.char.startswith(interactions.users.ids.astype(np.str_), guest_prefix)[interactions.user_row]
    for may_test in (is_held & ~is_guest, is_held):
        if len(np.unique(interactions.user_row[may_test])) >= MIN_PEOPLE:
            return HeldBackSplit(is_fitted, is_held, may_test)
    return None


def held_back_part(new: Bundle, in_use: Bundle, guest_prefix: str, seed: int = 0) -> EvalPart | None:
    """The test part of `held_back_split` of the ratings of an updated bundle, which were held back before the update.

    Args:
        new: the updated bundle, whose ratings are those of ``in_use`` and new ones.
        in_use: the bundle in use.
        guest_prefix: with which the ids of guests begin.
        seed: of the people's ratings without times.

    Returns:
        None where there are too few such ratings.
    """
    splitter = held_back_split(new.interactions(), in_use, guest_prefix)
    return None if splitter is None else split(new.interactions(), splitter, seed).test


def rows_in(ids: IdIndex, target: IdIndex) -> IntArray:
    """The row in ``target`` of each of ``ids``, compared as text, ``(len(ids),)``; -1 for ids that it does not have."""
    rows = {text: row for row, text in enumerate(_texts(target.ids))}
    return np.array([rows.get(text, -1) for text in _texts(ids.ids)], np.int64)


def _texts(ids: AnyArray) -> list[str]:
    texts: list[str] = ids.astype(np.str_).tolist()
    return texts
