"""Routes for the portrait of a person's taste: of ratings in the body, and of somebody in the store or the bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from reelgraph.recommend import Portrait, TasteGroup
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import require_scope
from reelgraph.serve.api.parameters import AlsoSeen, Ratings, StrictBody, UserPath
from reelgraph.serve.api.requests import session_history
from reelgraph.serve.errors import error_responses
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(prefix="/api")


class SessionPortrait(StrictBody):
    """A person whose portrait is wanted."""

    ratings: Ratings = Field({})
    also_seen: AlsoSeen = Field([])


@dataclass(frozen=True, slots=True)
class LoveItem:
    """A movie that the person loves and others do not; `stars` and `others` are null without stars."""

    item_id: str
    title: str
    year: int
    stars: float | None
    others: float | None
    viewers: int


@dataclass(frozen=True, slots=True)
class PortraitResponse:
    """What a person's ratings say about their taste.

    `difference`: mean of their stars less those of others for the same movies; `kinder_than`: share of the known users
    whose difference is smaller. Both are null where there is nothing to compare. Groups: the favourite first.
    """

    rated: int
    seen: int
    mean: float | None
    difference: float | None
    kinder_than: float | None
    genres: Sequence[TasteGroup]
    decades: Sequence[TasteGroup]
    unusual: Sequence[LoveItem]
    bundle: str


@router.post(
    "/session/portrait", response_model=PortraitResponse, responses=error_responses(400, 404, 409, 413, 422, 429),
    tags=["session: ratings in the body, nothing stored"], summary="A portrait of these ratings",
)  # fmt: skip
async def session_portrait(service: ServiceDep, body: SessionPortrait) -> Response:
    """Mean, favourite genres and decades, kinder or harder than others, and the most unusual loves."""

    def work(loaded: LoadedBundle) -> PortraitResponse:
        return _response(loaded, session_history(loaded, body.ratings, body.also_seen, None))

    return presenters.reply(await service.run_slow(work, service.loaded))


@router.get(
    "/users/{user_id}/portrait", response_model=PortraitResponse,
    responses=error_responses(401, 403, 404, 422, 429, 503), dependencies=[Depends(require_scope("read"))],
    tags=["people"], summary="A portrait of a person",
)  # fmt: skip
async def user_portrait(service: ServiceDep, user_id: UserPath) -> Response:
    """As the portrait of a session, for somebody in the store or the bundle."""

    def work(loaded: LoadedBundle) -> PortraitResponse:
        return _response(loaded, service.users.user(loaded, user_id).history())

    return presenters.reply(await service.run_slow(work, service.loaded))


def _response(loaded: LoadedBundle, history: WeightedHistory) -> PortraitResponse:
    portrait: Portrait = loaded.recommender.portrait(history)
    loves = [
        LoveItem(str(love.item_id), love.title, love.year, love.stars, love.others, love.viewers)
        for love in portrait.unusual
    ]
    return PortraitResponse(
        portrait.rated, portrait.seen, portrait.mean, portrait.difference, portrait.kinder_than, portrait.genres,
        portrait.decades, loves, loaded.digest,
    )  # fmt: skip
