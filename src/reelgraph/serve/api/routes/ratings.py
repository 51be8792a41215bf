"""What people tell: ratings, and films seen, wished for or of no interest."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response
from starlette.convertors import StringConvertor, register_url_convertor

from reelgraph.data import CleanRules
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import needs
from reelgraph.serve.api.requests import MOST_TOLD, ItemPath, RatingIn, UserPath, require_stars
from reelgraph.serve.errors import ApiError, problems
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import MARKS, Mark, Rated


class _MarkConvertor(StringConvertor):
    """Nothing but a mark, so that other words in its place are other routes."""

    regex = "|".join(MARKS)


register_url_convertor("mark", _MarkConvertor())

router = APIRouter(prefix="/api", tags=["people"], dependencies=[Depends(needs("write"))])
_EARLIEST, _AHEAD = CleanRules().earliest, 86_400  # as `clean` keeps them, seconds
_WRONG = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)


@dataclass(frozen=True, slots=True)
class RatingsAccepted:
    """How many ratings are on the disk now."""

    kept: int


@dataclass(frozen=True, slots=True)
class ChangeResponse:
    """Was there something to change?"""

    changed: bool


@router.post("/ratings", response_model=RatingsAccepted, responses=_WRONG, summary="Keep ratings")
async def rate(
    service: ServiceDep, told: Annotated[list[RatingIn], Body(min_length=1, max_length=MOST_TOLD)]
) -> Response:
    """Keep ratings, all or none; a second rating of a movie replaces the first. They count in the next answer."""
    return presenters.reply(await service.quick(_rate, service, told))


def _rate(service: Service, told: list[RatingIn]) -> RatingsAccepted:
    now = int(time.time())
    _require_fitting(service.model, told, now + _AHEAD)
    entries = [
        Rated(one.user_id, one.item_id, one.stars, now if one.at is None else one.at, one.recommendation_id)
        for one in told
    ]
    service.store.rate(entries)
    return RatingsAccepted(len(entries))


def _require_fitting(model: LoadedBundle, told: Sequence[RatingIn], latest: int) -> None:
    """Refuse what the bundle does not know, and what training anew would leave out as impossible."""
    for place, one in enumerate(told):
        if one.item_id not in model.rows:
            hint = "search by title: GET /api/items?q="
            raise ApiError(404, "unknown-id", f"body.{place}.item_id: no movie has this id", hint)
        require_stars(model, one.stars, f"body.{place}.stars: ")
        if one.at is not None and not _EARLIEST <= one.at <= latest:
            detail = f"body.{place}.at: {one.at} is no time at which somebody rated"
            raise ApiError(409, "time", detail, f"Unix seconds from {_EARLIEST} to a day from now")


@router.delete(
    "/users/{user_id}/ratings/{item_id}", response_model=ChangeResponse, responses=_WRONG, summary="Take a rating back"
)
async def unrate(service: ServiceDep, user_id: UserPath, item_id: ItemPath) -> Response:
    """Take back what the store holds; what the bundle was trained on stays in it until it is trained again."""
    return presenters.reply(ChangeResponse(await service.quick(service.store.unrate, user_id, item_id)))


@router.put(
    "/users/{user_id}/{mark:mark}/{item_id}", response_model=ChangeResponse, responses=_WRONG, summary="Put on a list"
)
async def mark(service: ServiceDep, user_id: UserPath, mark: Mark, item_id: ItemPath) -> Response:
    """Films marked `seen` or `not-interested` are not listed; `watchlist` is one's own list of wishes."""
    service.model.item_row(item_id)
    await service.quick(service.store.mark, user_id, item_id, mark)
    return presenters.reply(ChangeResponse(True))


@router.delete(
    "/users/{user_id}/{mark:mark}/{item_id}", response_model=ChangeResponse, responses=_WRONG, summary="Take off a list"
)
async def unmark(service: ServiceDep, user_id: UserPath, mark: Mark, item_id: ItemPath) -> Response:
    """`changed` is false where it was not on the list."""
    return presenters.reply(ChangeResponse(await service.quick(service.store.unmark, user_id, item_id, mark)))
