"""What a person may be given as."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from reelgraph.recommend.weighted_history import WeightedHistory


@runtime_checkable
class RatedAndSeen(Protocol):
    """What a person rated and what they saw without rating it, such as the result of an import."""

    @property
    def ratings(self) -> Mapping[int | str, float]:
        """Stars by item id."""
        ...

    @property
    def seen(self) -> Collection[int | str]:
        """Ids of movies seen without a rating."""
        ...


# Ratings by item id, ids of movies seen, the id of a known user, the result of an import, or a history made before.
Person = Mapping[int | str, float] | Collection[int | str] | int | str | RatedAndSeen | WeightedHistory
