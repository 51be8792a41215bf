"""Routes for what is stored about people: ratings, marks, lists they were shown, and its deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from reelgraph.core.errors import UnknownIdError
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import require_scope
from reelgraph.serve.api.parameters import MAX_LIST_LENGTH, RecommendationId, UserAfter, UserPath
from reelgraph.serve.errors import error_responses
from reelgraph.serve.state.guests import is_guest
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import Impression, PersonState, UserRow

router = APIRouter(prefix="/api", tags=["people"])
_READ, _WRITE = [Depends(require_scope("read"))], [Depends(require_scope("write"))]
_ERRORS = error_responses(401, 403, 404, 422, 429, 503)


@dataclass(frozen=True, slots=True)
class UsersPage:
    """People in the order of their ids; for the next page set `after` to `next`, which is null on the last page."""

    users: Sequence[UserRow]
    next: str | None


@dataclass(frozen=True, slots=True)
class StoredRating:
    """A rating; `stars` is null for a view, if the bundle has no stars; `at` in Unix seconds UTC."""

    stars: float | None
    at: int


@dataclass(frozen=True, slots=True)
class PersonResponse:
    """The stored ratings and marks of a person; `in_bundle`: the bundle has a user with this id too."""

    user_id: str
    created: int
    ratings: Mapping[str, StoredRating]
    not_interested: Sequence[str]
    watchlist: Sequence[str]
    seen: Sequence[str]
    in_bundle: bool


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One rating; `at` in Unix seconds UTC; `title` is null for a movie that nobody has described.

    `stars` is null for a view, if the bundle has no stars.
    """

    item_id: str
    title: str | None
    stars: float | None
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
    """Number of deleted rows of each kind.

    `in_bundle`: the bundle was trained on ratings under this id; `reelgraph forget` removes them from it.
    """

    ratings: int
    marks: int
    events: int
    served: int
    in_bundle: bool


@router.get(
    "/users", response_model=UsersPage, responses=error_responses(401, 403, 422, 429, 503), dependencies=_READ,
    summary="All people in the store",
)  # fmt: skip
async def users(
    service: ServiceDep,
    after: UserAfter | None = None,
    n: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """A page of the people in the store."""
    rows = await service.run_quick(service.store.users, after, n)
    return presenters.reply(UsersPage(rows, rows[-1].user_id if len(rows) == n else None))


@router.get(
    "/users/{user_id}", response_model=PersonResponse, responses=_ERRORS, dependencies=_READ, summary="One person"
)
async def person(service: ServiceDep, user_id: UserPath) -> Response:
    """All stored ratings and marks of a person."""
    state = await service.run_quick(_person, service, user_id)
    not_interested, watchlist, seen = map(sorted, (state.not_interested, state.watchlist, state.seen))
    loaded = service.loaded
    ratings, in_bundle = stored_ratings(loaded, state), loaded.user_row(user_id) is not None
    return presenters.reply(PersonResponse(user_id, state.created, ratings, not_interested, watchlist, seen, in_bundle))


@router.get(
    "/users/{user_id}/ratings", response_model=RatingsPage, responses=_ERRORS, dependencies=_READ,
    summary="A person's ratings",
)  # fmt: skip
async def ratings(
    service: ServiceDep,
    user_id: UserPath,
    n: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """The latest first."""
    state, loaded = await service.run_quick(_person, service, user_id), service.loaded
    latest = sorted(stored_ratings(loaded, state).items(), key=lambda entry: (-entry[1].at, entry[0]))
    titles, item_rows = loaded.bundle.catalogue.title, loaded.item_rows
    added = (await service.run_quick(service.added_items.current, loaded)).items

    def title(item: str) -> str | None:
        if item in item_rows:
            return str(titles[item_rows[item]])
        return added[item].title if item in added else None

    rows = [RatingRow(item, title(item), rating.stars, rating.at) for item, rating in latest[offset : offset + n]]
    return presenters.reply(RatingsPage(rows, len(latest), offset))


@router.get(
    "/users/{user_id}/served", response_model=ImpressionsResponse, responses=_ERRORS, dependencies=_READ,
    summary="Lists a person was shown",
)  # fmt: skip
async def impressions(
    service: ServiceDep, user_id: UserPath, n: Annotated[int, Query(ge=1, le=MAX_LIST_LENGTH)] = 20
) -> Response:
    """The newest lists first, including those not written to the store yet."""
    return presenters.reply(ImpressionsResponse(await service.run_quick(_impressions, service, user_id, n)))


@router.get(
    "/served/{recommendation_id}", response_model=Impression, responses=_ERRORS, dependencies=_READ,
    summary="One list that was shown",
)  # fmt: skip
async def impression(service: ServiceDep, recommendation_id: RecommendationId) -> Response:
    """The list with this `recommendation_id`."""
    recorded = await service.run_quick(service.impressions.find, recommendation_id)
    if recorded is None:
        raise UnknownIdError("no list has this recommendation_id")
    return presenters.reply(recorded)


@router.delete(
    "/users/{user_id}", response_model=DeletedRows, responses=_ERRORS, dependencies=_WRITE, summary="Delete a person"
)
async def delete_person(service: ServiceDep, user_id: UserPath) -> Response:
    """Delete every row of a person, the lists they were shown too; all counts are 0 if nothing was stored.

    The id of a visitor of the page (`guest-...`) is never used again: later writes for it are refused with 410.
    """
    return presenters.reply(await service.run_quick(_delete, service, user_id))


def stored_ratings(loaded: LoadedBundle, person: PersonState) -> dict[str, StoredRating]:
    """The ratings of a person as the store has them; without stars if the bundle has none."""
    has_stars = loaded.bundle.scale is not None
    return {item: StoredRating(entry.stars if has_stars else None, entry.at) for item, entry in person.ratings.items()}


def _person(service: Service, user_id: str) -> PersonState:
    state = service.store.person(user_id)
    if state is None:
        raise UnknownIdError("nobody in the store has this id")
    return state


def _impressions(service: Service, user_id: str, n: int) -> Sequence[Impression]:
    service.impressions.flush()
    return service.store.impressions_of(user_id, n)


def _delete(service: Service, user_id: str) -> DeletedRows:
    queued = service.impressions.delete_user(user_id)
    rows = service.store.forget(user_id, final=is_guest(user_id))
    in_bundle = service.loaded.user_row(user_id) is not None
    return DeletedRows(rows.ratings, rows.marks, rows.events, rows.served + queued, in_bundle)
