"""Routes that change a visitor's ratings and marks; the first change starts their session."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import APIRouter, File, Request, Response, UploadFile

from reelgraph.serve.api import presenters
from reelgraph.serve.api.parameters import ItemPath, RecommendationId, Stars
from reelgraph.serve.api.requests import require_on_scale
from reelgraph.serve.api.routes.imports import UploadOptionsDep, read_upload
from reelgraph.serve.middleware.client import scope_network
from reelgraph.serve.state.served_outcomes import count_served_outcomes
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.serve.web.bulk_changes import (
    OPPOSITE_MARKS,
    ChangesBody,
    MarkBody,
    apply_changes,
    require_possible,
    stars_of,
)
from reelgraph.serve.web.import_view import ImportSummary, TakenCounts, import_summary, take_over
from reelgraph.serve.web.language import LocalBundleDep, TranslatorDep
from reelgraph.serve.web.session import SessionDep, VisitorSession, delete_cookie
from reelgraph.store import ForgottenCounts, Mark, NewRating, Store

router = APIRouter(prefix="/api/me", include_in_schema=False)
_T = TypeVar("_T")


class RatingBody(MarkBody):
    """Stars for a movie; none for a view, if the bundle has no stars."""

    stars: Stars | None = None
    recommendation_id: RecommendationId | None = None


@dataclass(frozen=True, slots=True)
class FeedbackResponse:
    """The token for the next change."""

    csrf: str


@router.put("/ratings/{item_id}")
async def rate(
    request: Request, service: ServiceDep, session: SessionDep, item_id: ItemPath, body: RatingBody
) -> Response:
    """Store a rating or a view, and remove the movie from the watchlist and from the movies of no interest."""
    loaded = service.loaded
    loaded.item_row(item_id)
    stars = stars_of(loaded, body.stars, "body.stars: ")
    require_on_scale(loaded, stars)
    now = int(time.time())
    rated_at = now if body.at is None else min(body.at, now)

    def change(store: Store, user_id: str) -> None:
        rating = NewRating(user_id, item_id, stars, rated_at, body.recommendation_id)
        store.rate([rating])
        count_served_outcomes(service, [rating])
        store.unmark(user_id, item_id, "not-interested")
        store.unmark(user_id, item_id, "watchlist")

    return await _apply(request, service, session, change)


@router.delete("/ratings/{item_id}")
async def unrate(request: Request, service: ServiceDep, session: SessionDep, item_id: ItemPath) -> Response:
    """Remove a rating."""
    return await _apply(request, service, session, lambda store, user_id: store.unrate(user_id, item_id))


@router.put("/{mark}/{item_id}")
async def mark(
    request: Request,
    service: ServiceDep,
    session: SessionDep,
    mark: Mark,
    item_id: ItemPath,
    body: MarkBody | None = None,
) -> Response:
    """Mark a movie; a movie cannot be on the watchlist and of no interest at the same time."""
    service.loaded.item_row(item_id)
    times = {} if body is None or body.at is None else {item_id: min(body.at, int(time.time()))}

    def change(store: Store, user_id: str) -> None:
        store.mark_all(user_id, [item_id], mark, times)
        if mark in OPPOSITE_MARKS:
            store.unmark(user_id, item_id, OPPOSITE_MARKS[mark])

    return await _apply(request, service, session, change)


@router.delete("/{mark}/{item_id}")
async def unmark(request: Request, service: ServiceDep, session: SessionDep, mark: Mark, item_id: ItemPath) -> Response:
    """Remove a mark."""
    return await _apply(request, service, session, lambda store, user_id: store.unmark(user_id, item_id, mark))


@router.post("/changes")
async def change_many(request: Request, service: ServiceDep, session: SessionDep, body: ChangesBody) -> Response:
    """Make many changes; none if one of them is not possible."""
    require_possible(service.loaded, body.changes)
    now = int(time.time())

    def change(store: Store, user_id: str) -> None:
        count_served_outcomes(service, apply_changes(store, user_id, body.changes, now))

    return await _apply(request, service, session, change)


@router.post("/import")
async def import_(
    request: Request,
    service: ServiceDep,
    session: SessionDep,
    file: Annotated[UploadFile, File()],
    options: UploadOptionsDep,
    loaded: LocalBundleDep,
    t: TranslatorDep,
) -> Response:
    """Store the ratings, the movies seen and the watchlist of an export, as far as the movies match for certain."""
    export = await service.run_import(read_upload, loaded, file, options)
    now = int(time.time())

    def change(store: Store, user_id: str) -> TakenCounts:
        return take_over(loaded, export, store, user_id, now)

    def summary(csrf: str, taken: TakenCounts) -> ImportSummary:
        return import_summary(loaded, export, taken, csrf, t)

    return await _apply(request, service, session, change, summary)


@router.delete("")
async def delete_visitor(request: Request, service: ServiceDep, session: SessionDep) -> Response:
    """Delete every row of this visitor, and their cookie."""
    response = presenters.reply(await service.run_quick(_delete, service, session.user_id))
    delete_cookie(request, response)
    return response


def _delete(service: Service, user_id: str | None) -> ForgottenCounts:
    if user_id is None:
        return ForgottenCounts(0, 0, 0, 0)
    service.impressions.delete_user(user_id)
    return service.store.forget(user_id, final=True)


async def _apply(
    request: Request,
    service: Service,
    session: VisitorSession,
    change: Callable[[Store, str], _T],
    body: Callable[[str, _T], object] = lambda csrf, _: FeedbackResponse(csrf),
) -> Response:
    """Apply a change of this visitor, and start their session if there is none.

    Args:
        request: the request.
        service: has the store.
        session: of the visitor; without a secret a new one is started.
        change: called with the store and the visitor's id.
        body: makes the response body from the token for the next change and the result of the change.
    """
    started = session if session.secret else VisitorSession.new()
    assert started.user_id is not None
    result = await service.run_quick(_change, service, scope_network(request.scope), started.user_id, change)
    response = presenters.reply(body(started.csrf_token, result))
    started.set_cookie(request, response)
    return response


def _change(service: Service, client: str, user_id: str, change: Callable[[Store, str], _T]) -> _T:
    """Apply a change; a person whom the store does not know yet is a new visitor, whatever cookie they sent."""
    service.admit_guest(client, user_id)
    return change(service.store, user_id)
