"""Bodies of the answers about lists for several people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelgraph.serve.api.responses import RatingReason


@dataclass(frozen=True, slots=True)
class GroupListOpinion:
    """A movie for one person: its value, its rank in their own order, and the rating that speaks most for it."""

    name: str
    value: float
    rank: int
    because: RatingReason | None


@dataclass(frozen=True, slots=True)
class GroupListItem:
    """One line of a list for several people."""

    item_id: str
    title: str
    year: int
    genres: Sequence[str]
    rank: int
    value: float
    opinions: Sequence[GroupListOpinion]


@dataclass(frozen=True, slots=True)
class MemberResult:
    """What the list is to one person: mean value of their own list and of this one, and movies in both."""

    name: str
    alone: float
    together: float
    loss: float
    kept: int


@dataclass(frozen=True, slots=True)
class GroupListResponse:
    """One list for several people, and what each of them loses compared with their own list."""

    recommendation_id: str
    items: Sequence[GroupListItem]
    people: Sequence[MemberResult]
    unit: str
    envy: float
    note: str
    bundle: str
