"""Ratings that neither the bundle in use nor the new one has learnt from, on which the two can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import AnyArray, BoolArray, IdIndex, IntArray, Interactions
from reelgraph.data import PerUser
from reelgraph.data.splitting.splitters import TEST, TRAIN, Roles

MIN_PEOPLE = 30
"""With fewer people two bundles are not compared."""


@dataclass(frozen=True)
class HeldBackSplit:
    """As `PerUser`, but the test part holds the latest of each person's eligible ratings, and nobody else's.

    Args:
        is_eligible: ``(n_edges,)`` bool, the ratings that may be in the test part, see `held_back_edges`.
        valid: share of a person's ratings for validation, drawn at random.
        test: share of a person's ratings for the test.
    """

    kind: ClassVar[str] = "held-back"
    folds_in_valid: ClassVar[bool] = False
    is_eligible: BoolArray = field(repr=False)
    valid: float = 0.1
    test: float = 0.1

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        role = PerUser(self.valid, self.test).roles(interactions, rng).role
        user, times = interactions.user_row, interactions.timestamp
        n_test = np.bincount(user[role == TEST], minlength=interactions.n_users)
        role[role == TEST] = TRAIN
        edges = np.flatnonzero(self.is_eligible)
        age = np.zeros(len(edges), np.int64) if times is None else -times[edges]
        edges = edges[np.lexsort((rng.random(len(edges)), age, user[edges]))]  # of each person the latest first
        first = np.searchsorted(user[edges], user[edges], side="left")
        role[edges[np.arange(len(edges)) - first < n_test[user[edges]]]] = TEST
        return Roles(role)


def held_back_edges(interactions: Interactions, in_use: Bundle, guest_prefix: str) -> BoolArray | None:
    """The ratings on which a bundle fitted to ``interactions`` can be compared with the bundle in use.

    They are ratings that the bundle in use has and was not fitted on, unchanged since. So none of them was made in the
    night that is being judged. Guests are left out where there are enough others: their number costs nothing.

    Args:
        interactions: the ratings for the new bundle.
        in_use: the bundle in use.
        guest_prefix: with which the ids of guests begin.

    Returns:
        ``(n_edges,)``, or None where fewer than `MIN_PEOPLE` people have such ratings, or the bundle in use does not
        say what it was fitted on.

    Cost: O(n log n) in the ratings of both.
    """
    if in_use.is_train is None:
        return None
    user_rows, item_rows = rows_in(interactions.users, in_use.users), rows_in(interactions.items, in_use.items)
    old_users, old_items = user_rows[interactions.user_row], item_rows[interactions.item_row]
    history, n_items = in_use.history, len(in_use.items)
    old_keys = np.repeat(np.arange(len(in_use.users), dtype=np.int64), np.diff(history.indptr)) * n_items
    old_keys += history.indices
    order = np.argsort(old_keys, kind="stable")
    keys = old_users.astype(np.int64) * n_items + old_items
    place = np.minimum(np.searchsorted(old_keys, keys, sorter=order), max(len(order) - 1, 0))
    if not len(order):
        return None
    entry = order[place]
    is_same = (old_keys[entry] == keys) & np.isclose(history.data[entry], interactions.rating)
    is_eligible: BoolArray = (old_users >= 0) & (old_items >= 0) & is_same & ~in_use.is_train[entry]
    is_guest = np.char.startswith(interactions.users.ids.astype(np.str_), guest_prefix)[interactions.user_row]
    for mask in (is_eligible & ~is_guest, is_eligible):
        if len(np.unique(interactions.user_row[mask])) >= MIN_PEOPLE:
            return mask
    return None


def rows_in(ids: IdIndex, other: IdIndex) -> IntArray:
    """The row in ``other`` of each of ``ids``, compared as text, ``(len(ids),)``; -1 for ids that it does not have."""
    rows = {text: row for row, text in enumerate(_texts(other.ids))}
    return np.array([rows.get(text, -1) for text in _texts(ids.ids)], np.int64)


def _texts(ids: AnyArray) -> list[str]:
    texts: list[str] = ids.astype(np.str_).tolist()
    return texts
