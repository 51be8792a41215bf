"""Routes of the page "Tonight"."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response
from pydantic import Field

from reelgraph.serve.api import presenters
from reelgraph.serve.api.parameters import ItemId, RequestBody, Stars
from reelgraph.serve.api.requests import require_on_scale
from reelgraph.serve.errors import ApiError
from reelgraph.serve.middleware.client import scope_network
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.serve.web import tonight_view
from reelgraph.serve.web.language import LocalBundleDep
from reelgraph.serve.web.per_bundle_cache import CacheDep
from reelgraph.serve.web.render import html
from reelgraph.serve.web.session import SessionDep, VisitorSession
from reelgraph.serve.web.tonight_view import MoodView, TonightQuery, TonightState, TonightView
from reelgraph.store import NewRating, Outcome, Store, Suggestion
from reelgraph.store.records import VIEW

router = APIRouter(include_in_schema=False)


class AnswerBody(RequestBody):
    """What became of a suggestion; ``stars`` only for a film that was watched."""

    item_id: ItemId
    at: int = Field(ge=0, le=2**40)
    outcome: Outcome
    stars: Stars | None = None


@router.get("/tonight")
async def tonight_page(request: Request, service: ServiceDep) -> Response:
    """One film for tonight."""
    has_lengths = bool(service.loaded.bundle.catalogue.runtime.any())
    return html(request, service.loaded, "tonight.html", has_lengths=has_lengths)


@router.get("/api/me/tonight")
async def tonight_state(service: ServiceDep, session: SessionDep, loaded: LocalBundleDep, cache: CacheDep) -> Response:
    """Moods and lengths to choose from, the film of tonight, and an earlier one to ask about."""
    return presenters.reply(
        await service.run_quick(_state, service, loaded, session, cache.moods(loaded))
    )  # fmt: skip


def _state(service: Service, loaded: LoadedBundle, session: VisitorSession, moods: list[MoodView]) -> TonightState:
    user_id = session.user_id
    earlier = () if user_id is None else service.store.suggestions.of(user_id, tonight_view.N_SUGGESTIONS_READ)
    visitor = service.users.visitor(loaded, user_id)
    return tonight_view.tonight_state(loaded, visitor, earlier, moods, session.csrf_token)


@router.post("/api/me/tonight")
async def suggest(
    request: Request, service: ServiceDep, session: SessionDep, loaded: LocalBundleDep, query: TonightQuery
) -> Response:
    """A film that was not suggested yet tonight; the one before counts as passed over."""
    started = session if session.secret else VisitorSession.new()
    assert started.user_id is not None
    await service.run_quick(service.admit_guest, scope_network(request.scope), started.user_id)
    view = await service.run_slow(_suggest, service, loaded, session.user_id, started.user_id, query)
    if view is None:  # nothing was stored, so that a session does not begin
        return presenters.reply({"csrf": session.csrf_token, "tonight": None})
    response = presenters.reply({"csrf": started.csrf_token, "tonight": view})
    started.set_cookie(request, response)
    return response


def _suggest(
    service: Service, loaded: LoadedBundle, known_id: str | None, user_id: str, query: TonightQuery
) -> TonightView | None:
    now, store = int(time.time()), service.store.suggestions
    visitor = service.users.visitor(loaded, known_id)
    earlier = store.of(user_id, tonight_view.N_SUGGESTIONS_READ)
    film = tonight_view.find_film(loaded, visitor, query, earlier, now)
    if film is None:
        return None
    for suggestion in earlier:
        if suggestion.at > now - tonight_view.NIGHT_SECONDS and suggestion.outcome is None:
            store.answer(user_id, suggestion.item_id, suggestion.at, "passed")
    company = int(query.me) + len(query.people)
    at = max(now, earlier[0].at + 1) if earlier else now  # in order, also within a second
    suggestion = Suggestion(user_id, str(film.item_id), at, query.mood or "", max(company, 1))
    store.add(suggestion)
    return tonight_view.tonight_view(loaded, visitor, suggestion, film, query)


@router.put("/api/me/tonight/answer")
async def answer(request: Request, service: ServiceDep, session: SessionDep, body: AnswerBody) -> Response:
    """Record what became of a suggestion; a film that was watched is rated, or marked as seen."""
    loaded = service.loaded
    loaded.item_row(body.item_id)
    if body.stars is not None:
        if body.outcome != "watched" or loaded.bundle.scale is None:
            raise ApiError(422, "invalid", "body.stars: only for a film that was watched", "leave them out")
        require_on_scale(loaded, body.stars)
    if session.user_id is None or not await service.run_quick(_answer, service, session.user_id, body):
        raise ApiError(404, "unknown-suggestion", "this film was not suggested to you", "load the page again")
    response = presenters.reply({"csrf": session.csrf_token})
    session.set_cookie(request, response)
    return response


def _answer(service: Service, user_id: str, body: AnswerBody) -> bool:
    store, item_id = service.store, body.item_id
    if not store.suggestions.answer(user_id, item_id, body.at, body.outcome):
        return False
    if body.outcome == "chosen":
        _pass_over_others(store, user_id, body.at)
    if body.outcome == "watched":
        stars = VIEW if service.loaded.bundle.scale is None else body.stars
        if stars is None:
            store.mark(user_id, item_id, "seen")
        else:
            store.rate([NewRating(user_id, item_id, stars, int(time.time()))])
            store.unmark(user_id, item_id, "not-interested")
        store.unmark(user_id, item_id, "watchlist")
    return True


def _pass_over_others(store: Store, user_id: str, at: int) -> None:
    """One film is chosen for an evening: the others of the same evening are passed over."""
    for suggestion in store.suggestions.of(user_id, tonight_view.N_SUGGESTIONS_READ):
        is_same_night = abs(suggestion.at - at) < tonight_view.NIGHT_SECONDS
        if is_same_night and suggestion.at != at and suggestion.outcome in (None, "chosen"):
            store.suggestions.answer(user_id, suggestion.item_id, suggestion.at, "passed")
