"""Routes that change a visitor's ratings and marks; the first change starts their session."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, Response, UploadFile
from pydantic import Field

from reelgraph.data import CleanRules
from reelgraph.serve.api import presenters
from reelgraph.serve.api.requests import ItemPath, RecommendationId, RequestBody, Stars, require_on_scale
from reelgraph.serve.api.routes.imports import ImportResponse, UploadOptionsDep, read_upload
from reelgraph.serve.errors import ApiError
from reelgraph.serve.middleware.client import scope_network
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.served_outcomes import count_served_outcomes
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.serve.web.language import TranslatorDep
from reelgraph.serve.web.messages import Translator
from reelgraph.serve.web.movie_view import MovieView, movie_views
from reelgraph.serve.web.notes import translated_note
from reelgraph.serve.web.session import SessionDep, VisitorSession, delete_cookie
from reelgraph.store import ForgottenCounts, Mark, NewRating, Store
from reelgraph.store.records import VIEW

router = APIRouter(prefix="/api/me", include_in_schema=False)
_EARLIEST = CleanRules().earliest  # Unix seconds
_MAX_NAMED = 5_000  # movies of each kind that an import report names
_MAX_CANDIDATES = 5
_OPPOSITE: Mapping[Mark, Mark] = {"watchlist": "not-interested", "not-interested": "watchlist"}


class RatingBody(RequestBody):
    """Stars for a movie; none for a view, if the bundle has no stars.

    ``at``: when it was rated, Unix seconds UTC, where that is not now: without a connection, or before it was taken
    back by mistake. A time in the future, from a clock that is wrong, counts as now.
    """

    stars: Stars | None = None
    recommendation_id: RecommendationId | None = None
    at: Annotated[int, Field(ge=_EARLIEST)] | None = None


@dataclass(frozen=True, slots=True)
class FeedbackResponse:
    """The token for the next change."""

    csrf: str


@dataclass(frozen=True, slots=True)
class LeftOutMovie:
    """A movie of an export that was not taken over."""

    title: str
    year: int | None


@dataclass(frozen=True, slots=True)
class DoubtfulMovie:
    """A movie of an export that may be one of several of the catalogue; ``stars`` on its scale, null if not rated."""

    title: str
    year: int | None
    stars: float | None
    on_watchlist: bool
    candidates: Sequence[MovieView]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What became of the movies of an export.

    ``doubtful`` can be settled by yes and no; ``unsure`` are doubtful movies without a candidate.
    """

    csrf: str
    service: str
    rated: int
    seen: int
    watchlist: int
    doubtful: Sequence[DoubtfulMovie]
    unsure: Sequence[LeftOutMovie]
    doubtful_count: int
    missing: Sequence[LeftOutMovie]
    missing_count: int
    notes: Sequence[str]


@router.put("/ratings/{item_id}")
async def rate(
    request: Request, service: ServiceDep, session: SessionDep, item_id: ItemPath, body: RatingBody
) -> Response:
    """Store a rating or a view, and remove the movie from the watchlist and from the movies of no interest."""
    loaded = service.loaded
    loaded.item_row(item_id)
    if body.stars is None and loaded.bundle.scale is not None:
        raise ApiError(422, "invalid", "body.stars: there are none", "mark the movie as seen, or give it stars")
    stars = VIEW if body.stars is None else body.stars
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
async def mark(request: Request, service: ServiceDep, session: SessionDep, mark: Mark, item_id: ItemPath) -> Response:
    """Mark a movie; a movie cannot be on the watchlist and of no interest at the same time."""
    service.loaded.item_row(item_id)

    def change(store: Store, user_id: str) -> None:
        store.mark(user_id, item_id, mark)
        if mark in _OPPOSITE:
            store.unmark(user_id, item_id, _OPPOSITE[mark])

    return await _apply(request, service, session, change)


@router.delete("/{mark}/{item_id}")
async def unmark(request: Request, service: ServiceDep, session: SessionDep, mark: Mark, item_id: ItemPath) -> Response:
    """Remove a mark."""
    return await _apply(request, service, session, lambda store, user_id: store.unmark(user_id, item_id, mark))


@router.post("/import")
async def import_(
    request: Request,
    service: ServiceDep,
    session: SessionDep,
    file: Annotated[UploadFile, File()],
    options: UploadOptionsDep,
    t: TranslatorDep,
) -> Response:
    """Store the ratings, the movies seen and the watchlist of an export, as far as the movies match for certain."""
    loaded = service.loaded
    export = await service.run_import(read_upload, loaded, file, options)
    now = int(time.time())
    ratings, seen = export.ratings, export.seen
    if loaded.bundle.scale is None:
        ratings, seen = dict.fromkeys(seen, VIEW), ()

    def change(store: Store, user_id: str) -> None:
        if ratings:
            store.rate([NewRating(user_id, item, stars, now) for item, stars in ratings.items()])
        store.mark_all(user_id, seen, "seen")
        store.mark_all(user_id, export.watchlist, "watchlist")

    return await _apply(request, service, session, change, lambda csrf: _import_summary(loaded, export, csrf, t))


def _import_summary(loaded: LoadedBundle, export: ImportResponse, csrf: str, t: Translator) -> ImportSummary:
    report = export.report
    with_candidates = [movie for movie in report["doubtful"] if "candidates" in movie]
    without = [movie for movie in report["doubtful"] if "candidates" not in movie]
    return ImportSummary(
        csrf=csrf,
        service=report["service"],
        rated=len(export.ratings),
        seen=len(export.seen),
        watchlist=len(export.watchlist),
        doubtful=[_doubtful_movie(loaded, movie) for movie in with_candidates[:_MAX_NAMED]],
        unsure=[LeftOutMovie(movie["title"], movie["year"]) for movie in without[:_MAX_NAMED]],
        doubtful_count=len(report["doubtful"]),
        missing=[LeftOutMovie(movie["title"], movie["year"]) for movie in report["missing"][:_MAX_NAMED]],
        missing_count=len(report["missing"]),
        notes=[translated_note(note, t) for note in report["notes"]],
    )


def _doubtful_movie(loaded: LoadedBundle, movie: Mapping[str, Any]) -> DoubtfulMovie:
    rows = [loaded.item_rows[candidate["item_id"]] for candidate in movie["candidates"][:_MAX_CANDIDATES]]
    return DoubtfulMovie(
        movie["title"], movie["year"], movie["stars"], movie["on_watchlist"], movie_views(loaded, rows)
    )


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
    change: Callable[[Store, str], object],
    body: Callable[[str], object] = FeedbackResponse,
) -> Response:
    """Apply a change of this visitor, and start their session if there is none.

    Args:
        request: the request.
        service: has the store.
        session: of the visitor; without a secret a new one is started.
        change: called with the store and the visitor's id.
        body: makes the response body from the token for the next change.
    """
    started = session if session.secret else VisitorSession.new()
    assert started.user_id is not None
    await service.run_quick(_change, service, scope_network(request.scope), started.user_id, change)
    response = presenters.reply(body(started.csrf_token))
    started.set_cookie(request, response)
    return response


def _change(service: Service, client: str, user_id: str, change: Callable[[Store, str], object]) -> None:
    """Apply a change; a person whom the store does not know yet is a new visitor, whatever cookie they sent."""
    service.admit_guest(client, user_id)
    change(service.store, user_id)
