"""Small data sets whose structure is known: tastes, groups of viewers, and noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reelgraph.core import BoolArray, EvalPart, Feedback, FloatArray, IdIndex, Interactions, RatingScale

SCALE = RatingScale(1.0, 5.0, 1.0)
_FIRST_TIME = 1_000_000_000


class HeldOut(NamedTuple):
    """Training data, and what is held back of the same people."""

    train: Interactions
    part: EvalPart


def interactions_of(
    edges: Sequence[tuple[int, int, float]], n_users: int, n_items: int, feedback: Feedback = "explicit"
) -> Interactions:
    """Interactions of ``(user row, item row, rating)``, one second after the other; ids are 100 and 1,000 + the row."""
    users, items, ratings = (np.array(column) for column in zip(*edges, strict=True))
    return Interactions(
        IdIndex(100 + np.arange(n_users), "user"),
        IdIndex(1000 + np.arange(n_items), "item"),
        users.astype(np.int32),
        items.astype(np.int32),
        ratings.astype(np.float32),
        np.arange(len(edges), dtype=np.int64) + _FIRST_TIME,
        SCALE if feedback == "explicit" else None,
        feedback,
    )


def parity_tastes() -> HeldOut:
    """40 people, 20 items: 5 stars where both rows are even or both odd, else 1; 12 ratings each, 8 held back."""
    parity = np.add.outer(np.arange(40), np.arange(20)) % 2 == 0
    return _held_out(np.where(parity, 5.0, 1.0), n_train=12, n_target=8, seed=3)


def planted_tastes() -> HeldOut:
    """200 people, 60 items: tastes in two dimensions and noise of 0.5 stars; 30 ratings each, 6 held back."""
    draw = np.random.default_rng(7)
    tastes, traits = draw.normal(size=(200, 2)), draw.normal(size=(60, 2))
    stars = np.clip(np.round(3.2 + 0.8 * tastes @ traits.T + 0.5 * draw.normal(size=(200, 60))), 1, 5)
    return _held_out(stars, n_train=30, n_target=6, seed=7)


def noise() -> HeldOut:
    """60 people, 40 items, stars and movies at random: 10 ratings each, and 10 held back that nothing can predict."""
    stars = np.random.default_rng(5).integers(1, 6, size=(60, 40)).astype(np.float64)
    return _held_out(stars, n_train=10, n_target=10, seed=5)


def groups_of_viewers() -> HeldOut:
    """Views of 40 people and 30 items in two groups: 10 of one's own group and 1 of the other; 3 held back."""
    draw = np.random.default_rng(11)
    train: list[tuple[int, int, float]] = []
    target: list[tuple[int, int, float]] = []
    for user in range(40):
        own_items = 2 * draw.permutation(15) + user % 2
        train += [(user, int(item), 1.0) for item in own_items[:10]]
        train.append((user, int(2 * draw.integers(15) + 1 - user % 2), 1.0))
        target += [(user, int(item), 1.0) for item in own_items[10:13]]
    views = interactions_of(train, 40, 30, "implicit")
    return HeldOut(views, _part(views, interactions_of(target, 40, 30, "implicit")))


def _held_out(stars: FloatArray, n_train: int, n_target: int, seed: int) -> HeldOut:
    n_users, n_items = stars.shape
    draw = np.random.default_rng(seed)
    place = np.array([draw.permutation(n_items) for _ in range(n_users)])
    train = _rated(stars, place < n_train)
    return HeldOut(train, _part(train, _rated(stars, (place >= n_train) & (place < n_train + n_target))))


def _rated(stars: FloatArray, is_rated: BoolArray) -> Interactions:
    users, items = np.nonzero(is_rated)
    edges = list(zip(users.tolist(), items.tolist(), stars[users, items].tolist(), strict=True))
    return interactions_of(edges, *stars.shape)


def _part(train: Interactions, target: Interactions) -> EvalPart:
    history = train.matrix()
    return EvalPart(np.arange(train.n_users), history, target.matrix(), history, feedback=train.feedback)
