"""Ratings that hang on what is known of people."""

from __future__ import annotations

import numpy as np

from reelgraph.core import Interactions, Profiles
from tests.conftest import make_interactions


def told_apart_by_gender() -> tuple[Interactions, Profiles]:
    """60 people and 30 movies; women, every other one, give about two stars more than men."""
    draw = np.random.default_rng(8)
    women = np.arange(60) % 2 == 0
    edges = [
        (user, item, float(np.clip(np.round(3 + (1 if women[user] else -1) + 0.5 * draw.normal()), 1, 5)))
        for user in range(60)
        for item in draw.permutation(30)[:10].tolist()
    ]
    train, blank = make_interactions(edges, 60, 30), np.full(60, "")
    return train, Profiles(train.users.ids, np.where(women, "F", "M"), blank, blank, blank)
