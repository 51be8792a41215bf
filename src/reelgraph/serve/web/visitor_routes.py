"""Routes that show a visitor what belongs to them: picks, questions, explanations, groups, the map, and all data."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from reelgraph.core import Recommendations
from reelgraph.importers import letterboxd_list
from reelgraph.serve.api import presenters
from reelgraph.serve.api.parameters import ItemId, ItemPath
from reelgraph.serve.api.routes.people import stored_ratings
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.serve.state.user_state import UserState, resolve
from reelgraph.serve.web import explain_view, group_view, picks_view, taste_map, tonight_view
from reelgraph.serve.web.language import LocalBundleDep, TranslatorDep
from reelgraph.serve.web.movie_view import MovieView, movie_view, movie_views
from reelgraph.serve.web.note_translation import translated_notes
from reelgraph.serve.web.per_bundle_cache import CacheDep
from reelgraph.serve.web.picks_view import PickQuery
from reelgraph.serve.web.session import SessionDep, VisitorSession
from reelgraph.store import Impression, PersonState, Rating

router = APIRouter(prefix="/api/me", include_in_schema=False)
_N_SEARCH_RESULTS = 7
_MAX_EXPORTED_LISTS = 1_000
_ItemIdsQuery = Annotated[list[ItemId], Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class RatedMovie:
    """One rating; ``stars`` is null if the bundle has none, so that it is a view."""

    film: MovieView
    stars: float | None
    at: int


@dataclass(frozen=True, slots=True)
class VisitorResponse:
    """A visitor's ratings, the latest first, their marks, and the token for changes.

    ``unknown`` counts the ratings and marks of movies that the bundle does not have; they stay in the store.
    """

    csrf: str
    known: bool
    rated: Sequence[RatedMovie]
    not_interested: Sequence[MovieView]
    watchlist: Sequence[MovieView]
    seen: Sequence[MovieView]
    unknown: int


@router.get("")
async def visitor_data(service: ServiceDep, session: SessionDep, loaded: LocalBundleDep) -> Response:
    """All ratings and marks of the visitor, and the token."""
    return presenters.reply(await service.run_quick(_visitor_data, service, session, loaded))


def _visitor_data(service: Service, session: VisitorSession, loaded: LoadedBundle) -> VisitorResponse:
    visitor = service.users.visitor(loaded, session.user_id)
    columns = (visitor.ratings.indices.tolist(), visitor.stars.tolist(), visitor.rated_at.tolist())
    has_stars = loaded.bundle.scale is not None
    rated = [
        RatedMovie(movie_view(loaded, row), stars if has_stars else None, at)
        for row, stars, at in zip(*columns, strict=True)
    ]
    rated.sort(key=lambda rating: -rating.at)
    not_interested, watchlist, seen = (
        movie_views(loaded, rows.tolist()) for rows in (visitor.not_interested, visitor.watchlist, visitor.seen_only)
    )
    return VisitorResponse(
        session.csrf_token, session.user_id is not None, rated, not_interested, watchlist, seen, visitor.unknown_items
    )


@router.get("/count")
async def count(service: ServiceDep, session: SessionDep) -> Response:
    """The numbers of ratings, of movies seen without one, and of those on the watchlist, and the token.

    ``ask``: there is a film of an earlier evening to ask about.
    """
    return presenters.reply(await service.run_quick(_counts, service, session))


def _counts(service: Service, session: VisitorSession) -> Mapping[str, str | int | bool]:
    loaded, user_id = service.loaded, session.user_id
    visitor = service.users.visitor(loaded, user_id)
    earlier = () if user_id is None else service.store.suggestions.of(user_id, tonight_view.N_SUGGESTIONS_READ)
    return {
        "csrf": session.csrf_token, "rated": len(visitor.stars), "seen": len(visitor.seen_only),
        "watchlist": len(visitor.watchlist),
        "ask": tonight_view.question(loaded, visitor, earlier, int(time.time())) is not None,
    }  # fmt: skip


@router.get("/picks")
async def picks(
    service: ServiceDep,
    session: SessionDep,
    query: Annotated[PickQuery, Query()],
    loaded: LocalBundleDep,
    t: TranslatorDep,
) -> Response:
    """The list of picks."""
    run = service.run_slow if query.rerank or query.words else service.run_quick
    pick_list = await run(_picks, service, loaded, session.user_id, query, time.monotonic())
    return presenters.reply(replace(pick_list, note=translated_notes(pick_list.note, t)))


def _picks(
    service: Service, loaded: LoadedBundle, user_id: str | None, query: PickQuery, requested_at: float
) -> picks_view.PickList:
    picks = picks_view.pick_list(loaded, service.users.visitor(loaded, user_id), query)
    if user_id is not None:
        items = tuple(pick.film.id for pick in picks.items)
        impression = Impression(picks.recommendation_id, user_id, items, int(time.time()), loaded.digest)
        service.impressions.add(impression, requested_at)
    return picks


@router.get("/picks.csv")
async def picks_csv(service: ServiceDep, session: SessionDep, query: Annotated[PickQuery, Query()]) -> Response:
    """The list as a file that Letterboxd can import."""
    content = await service.run_slow(_picks_csv, service, session.user_id, query)
    headers = {"Content-Disposition": 'attachment; filename="picks.csv"'}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


def _picks_csv(service: Service, user_id: str | None, query: PickQuery) -> bytes:
    loaded = service.loaded
    lines = picks_view.recommendations(loaded, service.users.visitor(loaded, user_id), query)
    listed = Recommendations(lines.items[: query.n], lines.answered_by)
    return letterboxd_list(listed, loaded.bundle.items, loaded.bundle.catalogue)


@router.get("/everything.json")
async def everything(service: ServiceDep, session: SessionDep) -> Response:
    """All that the store holds about this visitor."""
    headers = {"Content-Disposition": 'attachment; filename="reelgraph-everything.json"'}
    return presenters.reply(await service.run_quick(_everything, service, session.user_id), headers)


def _everything(service: Service, user_id: str | None) -> Mapping[str, Any]:
    person = None if user_id is None else service.store.person(user_id)
    if person is None or user_id is None:
        return {
            "user_id": None,
            "ratings": {},
            "not_interested": [],
            "watchlist": [],
            "seen": [],
            "shown": [],
            "suggestions": [],
            "shared_lists": [],
        }
    service.impressions.flush()
    suggestions = service.store.suggestions.of(user_id, _MAX_EXPORTED_LISTS)
    marks = {name: sorted(getattr(person, name)) for name in ("not_interested", "watchlist", "seen")}
    impressions = service.store.impressions_of(user_id, _MAX_EXPORTED_LISTS)
    return {
        "user_id": user_id,
        "created": person.created,
        "ratings": stored_ratings(service.loaded, person),
        **marks,
        "shown": impressions,
        "suggestions": suggestions,
        "shared_lists": service.store.links.of(user_id, "list"),
    }


@router.get("/questions")
async def questions(
    service: ServiceDep,
    session: SessionDep,
    loaded: LocalBundleDep,
    not_seen: _ItemIdsQuery = [],  # noqa: B006
    loved: _ItemIdsQuery = [],  # noqa: B006
    anybody: bool = False,
    n: Annotated[int, Query(ge=1, le=24)] = 1,
) -> Response:
    """What to ask next. Movies skipped, and with ``anybody`` those another person loves, are sent and not stored."""

    def work() -> list[picks_view.MovieQuestion]:
        skipped_ids = [loaded.native_item_id(item) for item in not_seen if item in loaded.item_rows]
        visitor = _admirer_of(loaded, loved) if anybody else service.users.visitor(loaded, session.user_id)
        return picks_view.questions(loaded, visitor, skipped_ids, n)

    return presenters.reply(await service.run_slow(work))


def _admirer_of(loaded: LoadedBundle, item_ids: Sequence[str]) -> UserState:
    """Somebody who gave the highest rating to these movies."""
    high = 1.0 if loaded.bundle.scale is None else loaded.bundle.scale.high
    return resolve(loaded, PersonState("", 0, {item: Rating(high, 0) for item in item_ids}))


@router.get("/search")
async def search(
    service: ServiceDep, loaded: LocalBundleDep, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Movies by the words of their titles, while they are being typed."""
    matches = await service.run_quick(loaded.recommender.titles.search, q, _N_SEARCH_RESULTS)
    return presenters.reply(movie_views(loaded, matches.rows.tolist()))


@router.get("/explain/{item_id}")
async def explain(
    service: ServiceDep,
    session: SessionDep,
    item_id: ItemPath,
    loaded: LocalBundleDep,
    t: TranslatorDep,
    query: Annotated[PickQuery, Query()],
) -> Response:
    """Why a movie has its score in the list that is made by ``recent``, ``words`` and ``order``."""
    row = loaded.item_row(item_id)

    def work() -> explain_view.ExplanationView:
        return explain_view.explanation_view(loaded, service.users.visitor(loaded, session.user_id), row, query, t)

    return presenters.reply(await service.run_slow(work))


@router.get("/counterfactual/{item_id}")
async def counterfactual(
    service: ServiceDep,
    session: SessionDep,
    item_id: ItemPath,
    loaded: LocalBundleDep,
    query: Annotated[PickQuery, Query()],
) -> Response:
    """Which ratings would have to be different for a movie to be in the list, or not to be."""
    row = loaded.item_row(item_id)

    def work() -> explain_view.CounterfactualView:
        visitor = service.users.visitor(loaded, session.user_id)
        return explain_view.counterfactual_view(loaded, visitor, row, query)

    return presenters.reply(await service.run_counterfactual(work))


@router.post("/together")
async def together(
    service: ServiceDep, session: SessionDep, loaded: LocalBundleDep, query: group_view.GroupQuery
) -> Response:
    """A list for several people; the ratings of the others are in the request and not stored."""

    def work() -> group_view.GroupView:
        return group_view.group_view(loaded, service.users.visitor(loaded, session.user_id), query)

    return presenters.reply(await service.run_slow(work))


@router.get("/map")
async def visitor_map(service: ServiceDep, session: SessionDep, loaded: LocalBundleDep, cache: CacheDep) -> Response:
    """The map of taste with the visitor's movies; null if the model has none."""

    def work() -> taste_map.TasteMap | None:
        layout = cache.map_layout(loaded)
        return taste_map.taste_map(loaded, layout, service.users.visitor(loaded, session.user_id))

    return presenters.reply(await service.run_slow(work))
