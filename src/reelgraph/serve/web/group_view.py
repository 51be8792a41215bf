"""One list for several people as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from reelgraph.recommend import GroupList, recommend_for_group
from reelgraph.recommend.group.group_list import Aggregation
from reelgraph.recommend.person import Person
from reelgraph.serve.api.parameters import FilterParams, Ratings
from reelgraph.serve.api.requests import native_keys
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState
from reelgraph.serve.web.movie_view import MovieView, movie_view, natural_title
from reelgraph.serve.web.picks_view import predicted_stars

_MAX_PEOPLE = 8
_Name = Annotated[str, Field(min_length=1, max_length=40)]


class GroupQuery(FilterParams):
    """Who watches, and what may be listed. The ratings of the others are in the request and stored nowhere."""

    n: int = Field(8, ge=1, le=40)
    people: dict[_Name, Ratings] = Field({}, max_length=_MAX_PEOPLE)
    me: _Name | None = Field(None, description="Name of the visitor; null if they do not watch.")
    how: Aggregation = "least-misery"


@dataclass(frozen=True, slots=True)
class MemberView:
    """A movie for one person: its value relative to their own list (0 to 1), their rank of it, and a reason.

    ``stars``: they gave to the movie of the reason; ``predicted``: for this movie, null if the model predicts none.
    """

    name: str
    level: float
    rank: int
    because: str | None
    stars: float | None
    predicted: float | None


@dataclass(frozen=True, slots=True)
class GroupPick:
    """One line of the list."""

    film: MovieView
    voices: Sequence[MemberView]


@dataclass(frozen=True, slots=True)
class MemberLossView:
    """What one person loses, as a share of the value of their own list; ``kept``: number of its movies listed here."""

    name: str
    share: float
    kept: int


@dataclass(frozen=True, slots=True)
class GroupView:
    """A list for several people; ``unknown``: ids of favourites that the bundle does not have and that are ignored."""

    items: Sequence[GroupPick]
    people: Sequence[MemberLossView]
    note: str
    unknown: Sequence[str] = ()


def group_view(loaded: LoadedBundle, visitor: UserState, query: GroupQuery) -> GroupView:
    """One list for the people of a query.

    Raises:
        ApiError: 422, fewer than two people.
    """
    unknown = sorted({item for ratings in query.people.values() for item in ratings if item not in loaded.item_rows})
    people = _people(loaded, visitor, query)
    if len(people) < 2 and unknown:
        return GroupView((), (), "", unknown)
    if len(people) < 2:
        raise ApiError(422, "invalid", "a group list needs at least two people", "add somebody")
    result = recommend_for_group(loaded.recommender, people, query.n, query.filters(), how=query.how)
    own_values = {member.name: max(member.alone, 1e-9) for member in result.people}
    losses = [
        MemberLossView(member.name, _share(member.loss, own_values[member.name]), member.kept)
        for member in result.people
    ]
    return GroupView(_picks(loaded, result, own_values, people), losses, result.note, unknown)


def _people(loaded: LoadedBundle, visitor: UserState, query: GroupQuery) -> dict[str, Person]:
    """The people of a query without those of whom the bundle knows no favourite."""
    people: dict[str, Person] = {} if query.me is None else {query.me: visitor.history()}
    for name, ratings in query.people.items():
        usable = {item: stars for item, stars in ratings.items() if item in loaded.item_rows}
        if usable or not ratings:
            people[name] = native_keys(loaded, usable)
    return people


def _picks(
    loaded: LoadedBundle, result: GroupList, own_values: Mapping[str, float], people: Mapping[str, Person]
) -> list[GroupPick]:
    items = loaded.bundle.items
    rows = items.rows([line.item_id for line in result.lines])
    predicted = {
        name: predicted_stars(loaded, loaded.recommender.history_for(person), rows) for name, person in people.items()
    }
    picks = []
    for position, line in enumerate(result.lines):
        members = []
        for opinion in line.opinions:
            reason, level = opinion.because, _share(opinion.value, own_values[opinion.name])
            title = None if reason is None else natural_title(loaded, items.row(reason.item_id))
            stars = None if reason is None else reason.stars
            prediction = predicted[opinion.name][position]
            members.append(
                MemberView(
                    opinion.name, level, opinion.rank, title, stars, None if prediction is None else prediction.stars
                )
            )
        picks.append(GroupPick(movie_view(loaded, items.row(line.item_id)), members))
    return picks


def _share(value: float, total: float) -> float:
    return round(min(max(value / total, 0.0), 1.0), 4)
