"""The metadata of the users."""

from __future__ import annotations

from dataclasses import dataclass

from reelgraph.core.arrays import AnyArray, freeze
from reelgraph.core.display import Displayed, Table, counted


@dataclass(frozen=True, repr=False)
class Profiles(Displayed):
    """The metadata of the users; every array but the ids is ``(n,)`` str, "" where unknown.

    Args:
        user_id: ``(n,)`` int64 or str, unique.
        gender: as published ("F", "M").
        age_band: such as "25-34".
        occupation: such as "writer".
        region: first digit of a US zip code, or "other".
    """

    user_id: AnyArray
    gender: AnyArray
    age_band: AnyArray
    occupation: AnyArray
    region: AnyArray

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.user_id)

    def _display(self) -> Table:
        return Table(f"Profiles of {counted(len(self), 'user')}")
