"""What a feed shows: a person's list in the forms of other programs. Whoever has the address may read it.

The token stands in the path, because these programs can send no key. It is found by its hash in the store with every
request, so a revoked one is dead at once; logs, metrics and traces have the route, never the path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from reelgraph._version import __version__
from reelgraph.bridges import (
    ListedMovie,
    atom_feed,
    evening_calendar,
    listed_movies,
    radarr_list,
    stremio_catalog,
    stremio_manifest,
    trakt_list,
)
from reelgraph.bridges.calendar import EVENING_YEARS
from reelgraph.bridges.json_lists import STREMIO_CATALOG
from reelgraph.bridges.listed_movie import imdb_id_of
from reelgraph.recommend import Order, film_for_tonight
from reelgraph.recommend.explain.reason_sentences import reason_sentence
from reelgraph.recommend.tonight.moods import MoodName
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api import presenters
from reelgraph.serve.api.parameters import MAX_LIST_LENGTH, MAX_OFFSET, Minutes, RequestBody
from reelgraph.serve.api.requests import UserListQuery
from reelgraph.serve.errors import ApiError, error_responses
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import Link

router = APIRouter(prefix="/feed/{token}", tags=["feeds: read-only links of one person"])

Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{32}$", description="Of `POST /api/users/{user_id}/feeds`.")]
Catalog = Annotated[str, Path(max_length=60, description=f"`{STREMIO_CATALOG}`.")]
_ERRORS = error_responses(404, 409, 422, 429, 503)
_HEADERS = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "private, no-store"}
_ANYWHERE = {"Access-Control-Allow-Origin": "*"}  # Stremio asks from a page of its own
_LENGTH = 30
_FRIDAY, _EVENING_HOUR = 4, 20

_KnownBy = Literal["any", "imdb"]


class FeedQuery(UserListQuery):
    """What may be listed."""

    n: Annotated[int, Query(ge=1, le=MAX_LIST_LENGTH, description="Length of the list.")] = _LENGTH


FeedParams = Annotated[FeedQuery, Query()]


class EveningQuery(RequestBody):
    """When an evening is, and what its film should be like."""

    at: datetime | None = Field(
        None, description="When it begins, in local time or with a zone; the next Friday at eight."
    )
    mood: MoodName | None = None
    min_minutes: Minutes | None = None
    max_minutes: Minutes | None = None


@router.get("/radarr.json", responses=_ERRORS, summary="A list for Radarr")
async def radarr(service: ServiceDep, token: Token, query: FeedParams) -> Response:
    """For Radarr's list types "Custom Lists" and "StevenLu Custom"; of movies with an id of IMDb or TMDB."""
    return await service.run_slow(_json, service, token, query, radarr_list)


@router.get("/trakt.json", responses=_ERRORS, summary="A list for Trakt")
async def trakt(service: ServiceDep, token: Token, query: FeedParams) -> Response:
    """The body of Trakt's `POST /users/{id}/lists/{list_id}/items`; of movies with an id of IMDb or TMDB."""
    return await service.run_slow(_json, service, token, query, trakt_list)


@router.get(
    "/atom.xml", responses=_ERRORS | {200: {"content": {"application/atom+xml": {}}}}, response_class=Response,
    summary="A list for feed readers",
)  # fmt: skip
async def atom(service: ServiceDep, token: Token, query: FeedParams) -> Response:
    """An Atom feed, each movie with its reason."""

    def work() -> Response:
        link = _link(service, token)
        movies = _movies(service, link, query, None)
        changed = service.users.user(service.loaded, link.user_id).rated_at.max(initial=0)
        updated = max(link.created, int(service.loaded.created_seconds), int(changed))
        title = f"Movies for {link.content['name']}"
        body = atom_feed(movies, title, link.link_id, link.created, updated)
        return Response(body, headers=_HEADERS, media_type="application/atom+xml")

    return await service.run_slow(work)


@router.get("/manifest.json", responses=_ERRORS, summary="An add-on for Stremio")
async def manifest(service: ServiceDep, token: Token) -> Response:
    """The address to give to Stremio; the next route is its catalogue."""
    link = await service.run_quick(_link, service, token)
    body = stremio_manifest(link.link_id, f"Movies for {link.content['name']}", __version__)
    return presenters.reply(body, _HEADERS | _ANYWHERE)


@router.get("/catalog/movie/{catalog}.json", responses=_ERRORS, summary="The catalogue for Stremio")
async def catalog(service: ServiceDep, token: Token, catalog: Catalog) -> Response:
    """The first hundred movies."""
    return await service.run_slow(_catalog, service, token, catalog, 0)


@router.get("/catalog/movie/{catalog}/skip={skip}.json", responses=_ERRORS, summary="More of the catalogue for Stremio")
async def catalog_page(
    service: ServiceDep, token: Token, catalog: Catalog, skip: Annotated[int, Path(ge=0, le=MAX_OFFSET)]
) -> Response:
    """The hundred movies after the first `skip`."""
    return await service.run_slow(_catalog, service, token, catalog, skip)


@router.get(
    "/evening.ics", responses=_ERRORS | {200: {"content": {"text/calendar": {}}}}, response_class=Response,
    summary="A film in the calendar",
)  # fmt: skip
async def evening(service: ServiceDep, token: Token, query: Annotated[EveningQuery, Query()]) -> Response:
    """The best film for that evening as an event; one with the same day takes its place in the calendar."""
    start = query.at or _next_friday(date.today())
    if start.year not in EVENING_YEARS:
        raise ApiError(422, "invalid", f"query.at: expected a year from {EVENING_YEARS[0]} to {EVENING_YEARS[-1]}")
    conditions = query.model_dump(include={"mood", "min_minutes", "max_minutes"})
    return await service.run_slow(_evening, service, token, start, conditions)


def _link(service: Service, token: str) -> Link:
    link = service.store.links.find("feed", token)
    if link is None:
        raise ApiError(404, "unknown-feed", "there is no such feed", "it was revoked or has expired; ask for a new one")
    return link


def _movies(
    service: Service,
    link: Link,
    query: UserListQuery,
    known_by: _KnownBy | None,
    offset: int = 0,
    *,
    reasons: bool = True,
) -> list[ListedMovie]:
    """The list of the person of a link; of the movies that have an id where programs need one."""
    loaded = service.loaded
    user = service.users.user(loaded, link.user_id)
    history, filters = query.history_of(loaded, user), query.filters_for(loaded, user)
    if known_by is not None:
        filters = replace(filters, include=_with_id(loaded, known_by, filters.include))
    length = query.n + offset
    lines = loaded.recommender.recommend(history, length, filters, order=query.order, rerank=query.rerank)[offset:]
    return _listed(loaded, [line.item_id for line in lines], history if reasons else None, query.order)


def _listed(
    loaded: LoadedBundle, item_ids: Sequence[int | str], history: WeightedHistory | None, order: Order
) -> list[ListedMovie]:
    """Movies for other programs, with the reasons of a person where their history is given."""
    items, sentences = loaded.bundle.items, list[str]()
    if history is not None and item_ids:
        sentences = [reason_sentence(chosen) for chosen in loaded.chosen_reasons(history, items.rows(item_ids), order)]
    return listed_movies(item_ids, items, loaded.bundle.catalogue, sentences)


def _with_id(
    loaded: LoadedBundle, known_by: _KnownBy, include: Collection[int | str] | None
) -> Collection[int | str] | None:
    """The movies that may be listed and that programs can find; None for all.

    Raises:
        ApiError: 409, there is none.
    """
    catalogue, ids = loaded.bundle.catalogue, loaded.bundle.items.ids

    def compute() -> frozenset[int | str] | None:
        has_id = np.array([bool(imdb_id_of(text)) for text in catalogue.imdb_id.tolist()], np.bool_)
        if known_by == "any":
            has_id |= catalogue.tmdb_id > 0
        if not has_id.any():
            hint = "train with links.csv, or with the columns imdb_id and tmdb_id"
            raise ApiError(409, "no-ids", "no movie has an id that other programs know", hint)
        return None if has_id.all() else frozenset(ids[has_id].tolist())

    findable_ids = loaded.derived.get(f"movies with an id: {known_by}", compute)
    if findable_ids is None:
        return include
    return findable_ids if include is None else [item for item in include if item in findable_ids]


def _json(service: Service, token: str, query: FeedQuery, form: Callable[[list[ListedMovie]], Any]) -> Response:
    return presenters.reply(form(_movies(service, _link(service, token), query, "any", reasons=False)), _HEADERS)


def _catalog(service: Service, token: str, catalog: str, skip: int) -> Response:
    link = _link(service, token)
    if catalog != STREMIO_CATALOG:
        raise ApiError(404, "unknown-catalog", "there is no such catalogue", f"ask for {STREMIO_CATALOG}")
    query = FeedQuery.model_validate({"n": MAX_LIST_LENGTH})
    return presenters.reply(stremio_catalog(_movies(service, link, query, "imdb", skip)), _HEADERS | _ANYWHERE)


def _evening(service: Service, token: str, start: datetime, conditions: dict[str, Any]) -> Response:
    link, loaded = _link(service, token), service.loaded
    history = service.users.user(loaded, link.user_id).history()
    film = film_for_tonight(loaded.recommender, {link.user_id: history}, **conditions)
    if film is None:
        raise ApiError(409, "empty", "no film fits", "allow more lengths or any mood")
    (movie,) = _listed(loaded, [film.item_id], history, "liked")
    uid = f"{link.link_id}-{start:%Y%m%d}@reelgraph"
    return Response(evening_calendar(movie, start, uid, link.created), headers=_HEADERS, media_type="text/calendar")


def _next_friday(today: date) -> datetime:
    day = today + timedelta((_FRIDAY - today.weekday()) % 7)
    return datetime(day.year, day.month, day.day, _EVENING_HOUR)
