"""What people tell: ratings, and films seen, wished for or of no interest."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response
from starlette.convertors import StringConvertor, register_url_convertor

from reelgraph.serve import answers
from reelgraph.serve.asked import MOST_TOLD, ItemPath, Told, UserPath
from reelgraph.serve.auth import needs
from reelgraph.serve.errors import ApiError, problems
from reelgraph.serve.service import Service, Serving
from reelgraph.store import MARKS, Mark, Rated


class _MarkInPath(StringConvertor):
    """Nothing but a mark, so that other words in its place are other routes."""

    regex = "|".join(MARKS)


register_url_convertor("mark", _MarkInPath())

router = APIRouter(prefix="/api", tags=["people"], dependencies=[Depends(needs("write"))])
_WRONG = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)


@dataclass(frozen=True, slots=True)
class Kept:
    """How many ratings are on the disk now."""

    kept: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Was there something to change?"""

    changed: bool


@router.post("/ratings", response_model=Kept, responses=_WRONG, summary="Keep ratings")
async def rate(service: Serving, told: Annotated[list[Told], Body(min_length=1, max_length=MOST_TOLD)]) -> Response:
    """Keep ratings, all or none; a second rating of a movie replaces the first. They count in the next answer."""
    return answers.reply(await service.quick(_rate, service, told))


def _rate(service: Service, told: list[Told]) -> Kept:
    model, now = service.model, int(time.time())
    scale = model.recommender.fitted.scale
    entries = []
    for place, one in enumerate(told):
        model.item_row(one.item_id)
        if not scale.low <= one.stars <= scale.high:
            detail = f"body.{place}.stars: {one.stars:g} is not on the scale"
            raise ApiError(409, "scale", detail, f"stars are from {scale.low:g} to {scale.high:g}")
        at = now if one.at is None else one.at
        entries.append(Rated(one.user_id, one.item_id, one.stars, at, one.recommendation_id))
    service.store.rate(entries)
    return Kept(len(entries))


@router.delete(
    "/users/{user_id}/ratings/{item_id}", response_model=Changed, responses=_WRONG, summary="Take a rating back"
)
async def unrate(service: Serving, user_id: UserPath, item_id: ItemPath) -> Response:
    """Take back what the store holds; what the bundle was trained on stays in it until it is trained again."""
    return answers.reply(Changed(await service.quick(service.store.unrate, user_id, item_id)))


@router.put("/users/{user_id}/{mark:mark}/{item_id}", response_model=Changed, responses=_WRONG, summary="Put on a list")
async def mark(service: Serving, user_id: UserPath, mark: Mark, item_id: ItemPath) -> Response:
    """Films marked `seen` or `not-interested` are not listed; `watchlist` is one's own list of wishes."""
    service.model.item_row(item_id)
    await service.quick(service.store.mark, user_id, item_id, mark)
    return answers.reply(Changed(True))


@router.delete(
    "/users/{user_id}/{mark:mark}/{item_id}", response_model=Changed, responses=_WRONG, summary="Take off a list"
)
async def unmark(service: Serving, user_id: UserPath, mark: Mark, item_id: ItemPath) -> Response:
    """`changed` is false where it was not on the list."""
    return answers.reply(Changed(await service.quick(service.store.unmark, user_id, item_id, mark)))
