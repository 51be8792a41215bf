"""What is known of people, what they were shown, and how they are forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from reelgraph.core.errors import UnknownIdError
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import needs
from reelgraph.serve.api.requests import MOST_LINES, RecommendationId, UserAfter, UserPath
from reelgraph.serve.errors import problems
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import Impression, PersonState, Rating, UserRow

router = APIRouter(prefix="/api", tags=["people"])
_READ, _WRITE = [Depends(needs("read"))], [Depends(needs("write"))]
_WRONG = problems(401, 403, 404, 422, 429, 503)


@dataclass(frozen=True, slots=True)
class UsersPage:
    """People in the order of their ids; ask with `after` = `next` for more, null at the end."""

    users: Sequence[UserRow]
    next: str | None


@dataclass(frozen=True, slots=True)
class PersonResponse:
    """Everything that the store holds of a person's taste; `in_bundle`: the bundle knows somebody of this id too."""

    user_id: str
    created: int
    ratings: Mapping[str, Rating]
    not_interested: Sequence[str]
    watchlist: Sequence[str]
    seen: Sequence[str]
    in_bundle: bool


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One rating: movie, stars, when (Unix seconds UTC); the title is null for a movie that the bundle has not."""

    item_id: str
    title: str | None
    stars: float
    at: int


@dataclass(frozen=True, slots=True)
class RatingsPage:
    """A person's ratings, the latest first."""

    ratings: Sequence[RatingRow]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class ImpressionsResponse:
    """Lists that were shown, the newest first."""

    served: Sequence[Impression]


@dataclass(frozen=True, slots=True)
class DeletedRows:
    """Rows that were removed, by what they held.

    `in_bundle`: the bundle was trained on ratings under this id; they leave it by `reelgraph forget`.
    """

    ratings: int
    marks: int
    events: int
    served: int
    in_bundle: bool


@router.get(
    "/users", response_model=UsersPage, responses=problems(401, 403, 422, 429, 503), dependencies=_READ,
    summary="Who is known?",
)  # fmt: skip
async def users(
    service: ServiceDep,
    after: UserAfter | None = None,
    n: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """A page of the people in the store."""
    found = await service.quick(service.store.users, after, n)
    return presenters.reply(UsersPage(found, found[-1].user_id if len(found) == n else None))


@router.get(
    "/users/{user_id}", response_model=PersonResponse, responses=_WRONG, dependencies=_READ, summary="One person"
)
async def person(service: ServiceDep, user_id: UserPath) -> Response:
    """All that the store knows of a person's taste."""
    state = await service.quick(_state, service, user_id)
    refused, wished, seen = (sorted(items) for items in (state.not_interested, state.watchlist, state.seen))
    in_bundle = service.model.user_row(user_id) is not None
    return presenters.reply(
        PersonResponse(user_id, state.created, dict(state.ratings), refused, wished, seen, in_bundle)
    )


@router.get(
    "/users/{user_id}/ratings", response_model=RatingsPage, responses=_WRONG, dependencies=_READ,
    summary="A person's ratings",
)  # fmt: skip
async def ratings(
    service: ServiceDep,
    user_id: UserPath,
    n: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """The latest first."""
    state, model = await service.quick(_state, service, user_id), service.model
    latest = sorted(state.ratings.items(), key=lambda one: (-one[1].at, one[0]))
    titles = model.recommender.catalogue.title
    rows = [
        RatingRow(item, str(titles[model.rows[item]]) if item in model.rows else None, rating.stars, rating.at)
        for item, rating in latest[offset : offset + n]
    ]
    return presenters.reply(RatingsPage(rows, len(latest), offset))


@router.get(
    "/users/{user_id}/served", response_model=ImpressionsResponse, responses=_WRONG, dependencies=_READ,
    summary="What a person was shown",
)  # fmt: skip
async def served(
    service: ServiceDep, user_id: UserPath, n: Annotated[int, Query(ge=1, le=MOST_LINES)] = 20
) -> Response:
    """The newest lists first, those of this moment included."""
    return presenters.reply(ImpressionsResponse(await service.quick(_served_to, service, user_id, n)))


@router.get(
    "/served/{recommendation_id}", response_model=Impression, responses=_WRONG, dependencies=_READ,
    summary="One list that was shown",
)  # fmt: skip
async def served_list(service: ServiceDep, recommendation_id: RecommendationId) -> Response:
    """By the `recommendation_id` it carried."""
    found = await service.quick(service.served.find, recommendation_id)
    if found is None:
        raise UnknownIdError("no list has this recommendation_id")
    return presenters.reply(found)


@router.delete(
    "/users/{user_id}", response_model=DeletedRows, responses=_WRONG, dependencies=_WRITE, summary="Forget a person"
)
async def forget(service: ServiceDep, user_id: UserPath) -> Response:
    """Remove every row of a person, what they were shown too; all 0 where nothing was known."""
    return presenters.reply(await service.quick(_forget, service, user_id))


def _state(service: Service, user_id: str) -> PersonState:
    state = service.store.person(user_id)
    if state is None:
        raise UnknownIdError("the store knows nobody with this id")
    return state


def _served_to(service: Service, user_id: str, n: int) -> Sequence[Impression]:
    service.served.flush()
    return service.store.served_to(user_id, n)


def _forget(service: Service, user_id: str) -> DeletedRows:
    waiting = service.served.forget(user_id)
    gone = service.store.forget(user_id)
    in_bundle = service.model.user_row(user_id) is not None
    return DeletedRows(gone.ratings, gone.marks, gone.events, gone.served + waiting, in_bundle)
