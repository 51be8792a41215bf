"""What a visitor teaches: ratings and marks, kept under a session that begins with the first of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, Response, UploadFile

from reelgraph.serve.api import presenters
from reelgraph.serve.api.requests import ItemPath, RecommendationId, RequestBody, Stars, require_stars
from reelgraph.serve.api.routes.imports import ImportResponse, read_upload
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.serve.web.session import SessionDep, VisitorSession, drop
from reelgraph.store import Forgotten, Mark, Rated, Store

router = APIRouter(prefix="/api/me", include_in_schema=False)
_NAMED = 12  # films of a report that are named
_OPPOSITE: Mapping[Mark, Mark] = {"watchlist": "not-interested", "not-interested": "watchlist"}


class RatingBody(RequestBody):
    """Stars for a movie."""

    stars: Stars
    recommendation_id: RecommendationId | None = None


@dataclass(frozen=True, slots=True)
class FeedbackResponse:
    """The token for the next change."""

    csrf: str


@dataclass(frozen=True, slots=True)
class DoubtfulMatch:
    """A film of an export that is not surely one of the catalogue."""

    title: str
    year: int | None
    candidates: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What became of an export."""

    csrf: str
    service: str
    rated: int
    seen: int
    watchlist: int
    doubtful: Sequence[DoubtfulMatch]
    doubtful_count: int
    missing: Sequence[str]
    missing_count: int
    notes: Sequence[str]


@router.put("/ratings/{item_id}")
async def rate(
    request: Request, service: ServiceDep, visitor: SessionDep, item_id: ItemPath, asked: RatingBody
) -> Response:
    """Keep a rating; it takes the movie off the lists of what is of no interest and what is to be seen."""
    service.model.item_row(item_id)
    require_stars(service.model, asked.stars)

    def work(store: Store, user: str) -> None:
        store.rate([Rated(user, item_id, asked.stars, int(time.time()), asked.recommendation_id)])
        store.unmark(user, item_id, "not-interested")
        store.unmark(user, item_id, "watchlist")

    return await _teach(request, service, visitor, work)


@router.delete("/ratings/{item_id}")
async def unrate(request: Request, service: ServiceDep, visitor: SessionDep, item_id: ItemPath) -> Response:
    """Take a rating back."""
    return await _teach(request, service, visitor, lambda store, user: store.unrate(user, item_id))


@router.put("/{mark}/{item_id}")
async def mark(request: Request, service: ServiceDep, visitor: SessionDep, mark: Mark, item_id: ItemPath) -> Response:
    """Put a movie on a list; nobody means to see what is of no interest to them."""
    service.model.item_row(item_id)

    def work(store: Store, user: str) -> None:
        store.mark(user, item_id, mark)
        if mark in _OPPOSITE:
            store.unmark(user, item_id, _OPPOSITE[mark])

    return await _teach(request, service, visitor, work)


@router.delete("/{mark}/{item_id}")
async def unmark(request: Request, service: ServiceDep, visitor: SessionDep, mark: Mark, item_id: ItemPath) -> Response:
    """Take a movie off a list."""
    return await _teach(request, service, visitor, lambda store, user: store.unmark(user, item_id, mark))


@router.post("/import")
async def import_(
    request: Request, service: ServiceDep, visitor: SessionDep, file: Annotated[UploadFile, File()]
) -> Response:
    """Take over what is surely the same film from an export: ratings, films seen, watchlist."""
    found = await service.slow(read_upload, service.model, file)
    now = int(time.time())

    def work(store: Store, user: str) -> None:
        if found.ratings:
            store.rate([Rated(user, item, stars, now) for item, stars in found.ratings.items()])
        store.mark_all(user, found.seen, "seen")
        store.mark_all(user, found.watchlist, "watchlist")

    return await _teach(request, service, visitor, work, lambda csrf: _report(found, csrf))


def _report(found: ImportResponse, csrf: str) -> ImportSummary:
    told = found.report
    doubtful = [
        DoubtfulMatch(one["title"], one["year"], one["candidates"]) for one in told["doubtful"] if "candidates" in one
    ]
    missing = [f"{one['title']} ({one['year']})" if one["year"] else one["title"] for one in told["missing"]]
    return ImportSummary(
        csrf, told["service"], len(found.ratings), len(found.seen), len(found.watchlist), doubtful[:_NAMED],
        len(told["doubtful"]), missing[:_NAMED], len(missing), told["notes"],
    )  # fmt: skip


@router.delete("")
async def forget(request: Request, service: ServiceDep, visitor: SessionDep) -> Response:
    """Remove every row of this visitor, and their cookie."""
    user = visitor.user_id

    def work() -> Forgotten:
        if user is None:
            return Forgotten(0, 0, 0, 0)
        service.served.forget(user)
        return service.store.forget(user)

    reply = presenters.reply(await service.quick(work))
    drop(request, reply)
    return reply


async def _teach(
    request: Request,
    service: Service,
    visitor: VisitorSession,
    work: Callable[[Store, str], object],
    told: Callable[[str], object] = FeedbackResponse,
) -> Response:
    """Do the work for this visitor, who has a session from now on."""
    known = visitor if visitor.secret else VisitorSession.new()
    assert known.user_id is not None
    await service.quick(work, service.store, known.user_id)
    reply = presenters.reply(told(known.token))
    known.keep(request, reply)
    return reply
