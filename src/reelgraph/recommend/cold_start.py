"""Items without training ratings, and people with profiles or favourite genres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, FloatArray, Scorer, SupportsColdItems, SupportsProfiles
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend.weighted_history import WeightedHistory

NEW_ITEM_NOTE = "new: nobody has rated it yet, listed for what is known of it"


@dataclass(frozen=True)
class Traits:
    """What is known of a person in addition to their ratings.

    Args:
        profile: kind -> name, such as ``{"age_band": "25-34", "gender": "F", "occupation": "writer"}``.
        genres: favourite genres.
    """

    profile: Mapping[str, str] = field(default_factory=dict)
    genres: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.profile or self.genres)

    def scores(self, scorer: Scorer, history: WeightedHistory) -> FloatArray:
        """Scores ``(1, n_items)`` for a person with these traits, who may have no ratings.

        Raises:
            CapabilityError: the model uses ratings only.
            ConfigError: the model knows no such kind, name or genre.
        """
        if not isinstance(scorer, SupportsProfiles):
            raise CapabilityError(
                f"the model {scorer.kind!r} knows people by their ratings only", "train hetero for this"
            )
        layers = [
            share * scorer.score_person(ratings, self.profile, self.genres)
            for share, ratings in history.layer_ratings()
        ]
        total: FloatArray = np.sum(layers, axis=0)
        return total


def new_items(bundle: Bundle) -> BoolArray:
    """True for items without training ratings, ``(n_items,)``; False for all when the bundle does not say."""
    if bundle.is_train is None:
        return np.zeros(len(bundle.items), np.bool_)
    train_counts = np.bincount(bundle.history.indices[bundle.is_train], minlength=len(bundle.items))
    is_new: BoolArray = train_counts == 0
    return is_new


def unscorable_items(bundle: Bundle, is_new: BoolArray) -> BoolArray:
    """Items that the model cannot score, ``(n_items,)``: the new ones, unless it supports cold items."""
    return np.zeros_like(is_new) if isinstance(bundle.scorer, SupportsColdItems) else is_new
