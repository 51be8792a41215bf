"""Tonight, together: one list for several people, in the words of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from reelgraph.recommend import recommend_for_group
from reelgraph.recommend.group.group_list import Aggregation
from reelgraph.serve.api.requests import FilterParams, Ratings, own_ids
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.movie_view import MovieView, film, spoken
from reelgraph.serve.web.visitor_profile import VisitorProfile

_MOST_PEOPLE = 8
_Name = Annotated[str, Field(min_length=1, max_length=40)]


class GroupQuery(FilterParams):
    """Who watches, and what they want. The ratings of others are in the request, and nowhere else."""

    n: int = Field(8, ge=1, le=40)
    people: dict[_Name, Ratings] = Field({}, max_length=_MOST_PEOPLE)
    me: _Name | None = Field(None, description="What the visitor is called; null when they do not watch.")
    how: Aggregation = "least-misery"


@dataclass(frozen=True, slots=True)
class MemberView:
    """What a movie is to one person: from 0 to 1 against all movies, its place in their own order, and why."""

    name: str
    level: float
    rank: int
    because: str | None
    stars: float | None


@dataclass(frozen=True, slots=True)
class GroupPick:
    """One line of the list."""

    film: MovieView
    voices: Sequence[MemberView]


@dataclass(frozen=True, slots=True)
class MemberLossView:
    """What one person gives up, as a share of what their own list would be to them; and the movies kept of it."""

    name: str
    share: float
    kept: int


@dataclass(frozen=True, slots=True)
class GroupView:
    """A list for several people; ``unknown``: ids of favourites that this bundle does not have, which count nothing."""

    items: Sequence[GroupPick]
    people: Sequence[MemberLossView]
    note: str
    unknown: Sequence[str] = ()


def evening(model: LoadedBundle, guest: VisitorProfile, asked: GroupQuery) -> GroupView:
    """One list for the company.

    Raises:
        ApiError: 422, fewer than two people.
    """
    unknown = {item for given in asked.people.values() for item in given if item not in model.rows}
    people: dict[str, Mapping[int | str, float]] = {
        name: own_ids(model, {item: stars for item, stars in given.items() if item not in unknown})
        for name, given in asked.people.items()
        if not given.keys() <= unknown or not given
    }
    if asked.me is not None:
        people = {asked.me: guest.ratings, **people}
    if len(people) < 2 and unknown:
        return GroupView((), (), "", sorted(unknown))
    if len(people) < 2:
        raise ApiError(422, "invalid", "an evening together takes two people", "add somebody")
    hidden = guest.hidden if asked.me is not None else frozenset()
    found = recommend_for_group(model.recommender, dict(people), asked.n, asked.filters(hidden), how=asked.how)
    items, catalogue = model.recommender.items, model.recommender.catalogue
    best = {one.name: max(one.alone, 1e-9) for one in found.people}
    lines = []
    for line in found.lines:
        voices = []
        for one in line.opinions:
            why = None if one.because is None else spoken(catalogue, items.row(one.because.item_id))
            level = min(max(one.value / best[one.name], 0.0), 1.0)
            stars = None if one.because is None else one.because.stars
            voices.append(MemberView(one.name, round(level, 4), one.rank, why, stars))
        lines.append(GroupPick(film(model, items.row(line.item_id)), voices))
    gone = [
        MemberLossView(one.name, round(min(max(one.loss / best[one.name], 0.0), 1.0), 4), one.kept)
        for one in found.people
    ]
    return GroupView(lines, gone, found.note, sorted(unknown))
