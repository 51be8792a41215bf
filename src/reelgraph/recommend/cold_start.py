"""Movies nobody has rated yet, and people known by more than their ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, FloatArray, Scorer, SupportsColdItems, SupportsProfiles
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend.weighted_history import WeightedHistory

MARK = "new: nobody has rated it yet, listed for what is known of it"


@dataclass(frozen=True)
class Traits:
    """What is known of a person beside their ratings.

    Args:
        profile: kind -> name, such as ``{"age_band": "25-34", "gender": "F", "occupation": "writer"}``.
        genres: favourite genres.
    """

    profile: Mapping[str, str] = field(default_factory=dict)
    genres: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.profile or self.genres)

    def scores(self, scorer: Scorer, heard: WeightedHistory) -> FloatArray:
        """Scores ``(1, n_items)`` for the person who is heard, who may have no ratings; those damped count less.

        Raises:
            CapabilityError: the model knows people by their ratings only.
            ConfigError: the model knows no such kind, name or genre.
        """
        if not isinstance(scorer, SupportsProfiles):
            raise CapabilityError(
                f"the model {scorer.kind!r} knows people by their ratings only", "train hetero for this"
            )
        parts = [
            share * scorer.score_person(history, self.profile, self.genres) for share, history in heard.layer_ratings()
        ]
        total: FloatArray = np.sum(parts, axis=0)
        return total


def new_items(bundle: Bundle) -> BoolArray:
    """True for items without a rating that the model learnt from, ``(n_items,)``; for none where that is not known."""
    if bundle.is_train is None:
        return np.zeros(len(bundle.items), np.bool_)
    known: BoolArray = np.bincount(bundle.history.indices[bundle.is_train], minlength=len(bundle.items)) > 0
    return ~known


def unlisted(bundle: Bundle, new: BoolArray) -> BoolArray:
    """Items that the model can say nothing of, ``(n_items,)``: the new ones, unless it embeds those."""
    return np.zeros_like(new) if isinstance(bundle.scorer, SupportsColdItems) else new
