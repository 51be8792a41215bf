"""Routes that change a person's ratings and marks: seen, watchlist, not interested."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response
from starlette.convertors import StringConvertor, register_url_convertor

from reelgraph.data import CleanRules
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import require_scope
from reelgraph.serve.api.parameters import MAX_RATINGS_POSTED, ItemPath, UserPath
from reelgraph.serve.api.requests import RatingIn, require_on_scale
from reelgraph.serve.errors import ApiError, error_responses
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.served_outcomes import count_served_outcomes
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import MARKS, Mark, NewRating
from reelgraph.store.records import VIEW


class _MarkConvertor(StringConvertor):
    """Matches a mark only, so that another word in its place leads to another route."""

    regex = "|".join(MARKS)


register_url_convertor("mark", _MarkConvertor())

router = APIRouter(prefix="/api", tags=["people"], dependencies=[Depends(require_scope("write"))])
_EARLIEST, _MAX_AHEAD = CleanRules().earliest, 86_400  # Unix seconds; seconds in the future: as in `clean`
_ERRORS = error_responses(400, 401, 403, 404, 409, 413, 422, 429, 503)

_RatingsBody = Annotated[list[RatingIn], Body(min_length=1, max_length=MAX_RATINGS_POSTED)]


@dataclass(frozen=True, slots=True)
class RatingsAccepted:
    """The number of ratings and views that are stored now.

    `kept_for_later`: ids of movies among them that the bundle does not have; they count after the next retraining.
    """

    kept: int
    kept_for_later: Sequence[str]


@dataclass(frozen=True, slots=True)
class ChangeResponse:
    """Whether there was something to change."""

    changed: bool


@router.post("/ratings", response_model=RatingsAccepted, responses=_ERRORS, summary="Store ratings")
async def rate(service: ServiceDep, ratings: _RatingsBody) -> Response:
    """Store all ratings or none; a second rating of a movie replaces the first. They count in the next list.

    A movie without `stars` was seen: with a bundle of stars it is marked as seen, with a bundle of views it is stored
    as a view, which has no stars. A movie that the bundle does not have is kept, too, and counts after the next
    `reelgraph store retrain`; the response names it.
    """
    return presenters.reply(await service.run_quick(_rate, service, ratings))


def _rate(service: Service, ratings: list[RatingIn]) -> RatingsAccepted:
    now = int(time.time())
    _require_usable(service.loaded, ratings, now + _MAX_AHEAD)
    has_stars = service.loaded.bundle.scale is not None
    entries = [
        NewRating(
            rating.user_id, rating.item_id, VIEW if rating.stars is None else rating.stars,
            now if rating.at is None else rating.at, rating.recommendation_id,
        )
        for rating in ratings
        if rating.stars is not None or not has_stars
    ]  # fmt: skip
    if entries:
        service.store.rate(entries)
        count_served_outcomes(service, entries)
    if has_stars:
        _mark_seen(service, [rating for rating in ratings if rating.stars is None])
    item_rows = service.loaded.item_rows
    later = dict.fromkeys(rating.item_id for rating in ratings if rating.item_id not in item_rows)
    return RatingsAccepted(len(ratings), list(later))


def _mark_seen(service: Service, views: Sequence[RatingIn]) -> None:
    views_by_user: dict[str, list[RatingIn]] = {}
    for view in views:
        views_by_user.setdefault(view.user_id, []).append(view)
    for user_id, user_views in views_by_user.items():
        times = {view.item_id: view.at for view in user_views if view.at is not None}
        service.store.mark_all(user_id, [view.item_id for view in user_views], "seen", times)


def _require_usable(loaded: LoadedBundle, ratings: Sequence[RatingIn], latest: int) -> None:
    """Refuse ratings that training would leave out."""
    for position, rating in enumerate(ratings):
        if rating.stars is not None:
            require_on_scale(loaded, rating.stars, f"body.{position}.stars: ")
        if rating.at is not None and not _EARLIEST <= rating.at <= latest:
            detail = f"body.{position}.at: {rating.at} is not a possible time of a rating"
            raise ApiError(409, "time", detail, f"Unix seconds from {_EARLIEST} to a day from now")


@router.delete(
    "/users/{user_id}/ratings/{item_id}", response_model=ChangeResponse, responses=_ERRORS, summary="Remove a rating"
)
async def unrate(service: ServiceDep, user_id: UserPath, item_id: ItemPath) -> Response:
    """Remove a rating from the store; a rating that the bundle was trained on stays in it until it is trained again."""
    return presenters.reply(ChangeResponse(await service.run_quick(service.store.unrate, user_id, item_id)))


@router.put(
    "/users/{user_id}/{mark:mark}/{item_id}", response_model=ChangeResponse, responses=_ERRORS, summary="Mark a movie"
)
async def mark(service: ServiceDep, user_id: UserPath, mark: Mark, item_id: ItemPath) -> Response:
    """Movies marked `seen` or `not-interested` are not listed; `watchlist` is a list of the person's own.

    A movie marked `seen` that is not rated counts as a view, see `seen_weight` of the lists.
    """
    await service.run_quick(_mark, service, user_id, item_id, mark)
    return presenters.reply(ChangeResponse(True))


def _mark(service: Service, user_id: str, item_id: str, mark: Mark) -> None:
    loaded = service.loaded
    if item_id not in loaded.item_rows and item_id not in service.added_items.current(loaded):
        loaded.item_row(item_id)  # raises
    service.store.mark(user_id, item_id, mark)


@router.delete(
    "/users/{user_id}/{mark:mark}/{item_id}", response_model=ChangeResponse, responses=_ERRORS, summary="Remove a mark"
)
async def unmark(service: ServiceDep, user_id: UserPath, mark: Mark, item_id: ItemPath) -> Response:
    """`changed` is false if the movie did not have the mark."""
    return presenters.reply(ChangeResponse(await service.run_quick(service.store.unmark, user_id, item_id, mark)))
