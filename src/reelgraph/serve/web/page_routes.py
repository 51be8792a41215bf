"""Routes of the pages, and of the posters."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from reelgraph.core import Explains
from reelgraph.core.errors import CapabilityError, UnknownIdError
from reelgraph.recommend.recommender import SimilarBy
from reelgraph.serve.api import presenters
from reelgraph.serve.api.etag import etag_headers, is_unchanged, not_modified
from reelgraph.serve.api.parameters import ItemPath
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep
from reelgraph.serve.web import (
    charts,
    device_routes,
    diary_routes,
    feed_routes,
    feedback_routes,
    install_routes,
    script_strings,
    share_routes,
    taste_routes,
    tonight_routes,
    visitor_routes,
)
from reelgraph.serve.web.ended_sessions import EndedSessions
from reelgraph.serve.web.language import VARY, LocalBundleDep, TranslatorDep
from reelgraph.serve.web.messages import Translator, messages_digest
from reelgraph.serve.web.model_sentences import quality_sentences
from reelgraph.serve.web.movie_view import MovieView, movie_facts, movie_view, movie_views
from reelgraph.serve.web.per_bundle_cache import CacheDep, PerBundleCache
from reelgraph.serve.web.posters.local import LocalPosters
from reelgraph.serve.web.posters.svg import poster_svg
from reelgraph.serve.web.posters.tmdb import TmdbPosters
from reelgraph.serve.web.render import html
from reelgraph.serve.web.session import CsrfGuard
from reelgraph.serve.web.static_files import PageFiles

router = APIRouter(include_in_schema=False)
_STATIC = Path(__file__).parent / "static"
_N_SIMILAR, _MAX_TAGS, _MAX_SHELVES = 8, 8, 2
_PLOTS_SECONDS, _PLOTS_RETRY_SECONDS = 15.0, 3
_IMDB_ID = re.compile(r"tt\d{5,10}")
_CACHED_FOR_A_DAY = {"Cache-Control": "private, max-age=86400"}


def add_page(app: FastAPI) -> None:
    """Add the page to an application that has ``app.state.service``."""
    service = app.state.service
    app.state.per_bundle_cache = PerBundleCache()
    folder = service.settings.posters or _default_poster_folder(service.settings.bundle)
    app.state.posters = TmdbPosters(service.settings.tmdb_key, folder) if service.settings.tmdb_key else None
    app.state.local_posters = LocalPosters(folder) if service.settings.posters else None
    shared = (share_routes, feed_routes, device_routes)
    evening_routers = [routes.router for routes in (tonight_routes, diary_routes, *shared)]
    own_routers = (visitor_routes.router, taste_routes.router, feedback_routes.router)
    for routes in (router, install_routes.router, script_strings.router, *evening_routers, *own_routers):
        app.include_router(routes)
    app.add_middleware(EndedSessions, service)
    app.add_middleware(CsrfGuard)
    app.state.not_found_page = _not_found_page
    app.mount("/static", PageFiles(directory=_STATIC), "static")


def _not_found_page(request: Request) -> Response:
    return html(request, request.app.state.service.loaded, "lost.html", 404, what="page")


def _default_poster_folder(bundle: Path) -> Path:
    """Beside the bundle, whose own folder is replaced as a whole."""
    path = bundle.resolve()
    return path.parent / f"{path.name}-posters"


@router.get("/")
async def home(request: Request, service: ServiceDep, cache: CacheDep) -> Response:
    """The first questions and the picks."""
    loaded = service.loaded
    return html(request, loaded, "home.html", details=cache.detail_filters(loaded))


@router.get("/film/{item_id}")
async def movie(
    request: Request, service: ServiceDep, loaded: LocalBundleDep, cache: CacheDep, item_id: ItemPath
) -> Response:
    """A movie: metadata, ratings, and similar movies."""
    try:
        row = loaded.item_row(item_id)
    except UnknownIdError:
        return html(request, loaded, "lost.html", 404, what="film")
    return await service.run_quick(_movie_page, request, loaded, cache, row)


def _movie_page(request: Request, loaded: LoadedBundle, cache: PerBundleCache, row: int) -> Response:
    bundle, statistics = loaded.bundle, cache.movie_statistics(loaded)
    also_loved = statistics.also_loved(loaded, row)
    also_loved_rows = [loaded.item_rows[movie.film.id] for movie in also_loved]
    similar_rows = _similar_rows(loaded, row, "viewers", also_loved_rows)
    story_rows = _similar_rows(loaded, row, "story")
    imdb_id = str(bundle.catalogue.imdb_id[row])
    return html(
        request, loaded, "film.html", film=movie_view(loaded, row), runtime=int(bundle.catalogue.runtime[row]),
        facts=movie_facts(bundle.catalogue, row), tags=bundle.catalogue.tags[row][:_MAX_TAGS],
        imdb=imdb_id if _IMDB_ID.fullmatch(imdb_id) else "", opinion=statistics.rating_summary(row),
        levels=[] if bundle.scale is None else bundle.scale.levels().tolist(), also=also_loved,
        similar=movie_views(loaded, similar_rows or []), by_story=movie_views(loaded, story_rows or []),
        has_story=story_rows is not None,
        more_by=_more_by(loaded, cache, row),
    )  # fmt: skip


def _similar_rows(loaded: LoadedBundle, row: int, by: SimilarBy, shown: Sequence[int] = ()) -> list[int] | None:
    """Movies like one, without those in ``shown``; None where the model or the catalogue cannot tell."""
    try:
        similar = loaded.recommender.similar(loaded.bundle.items.id(row), 3 * _N_SIMILAR, by=by)
    except CapabilityError:
        return None
    rows = loaded.bundle.items.rows([line.item_id for line in similar]).tolist()
    return [similar_row for similar_row in rows if similar_row not in shown][:_N_SIMILAR]


def _more_by(loaded: LoadedBundle, cache: PerBundleCache, row: int) -> list[tuple[str, list[MovieView]]]:
    """The directors of a movie, each with the best known ones of their other movies."""
    by_director, shelves = cache.rows_by_director(loaded), []
    for name in loaded.bundle.catalogue.directors[row][:_MAX_SHELVES]:
        others = [other_row for other_row in by_director[name] if other_row != row]
        shelves.append((name, movie_views(loaded, others[:_N_SIMILAR])))
    return shelves


@router.get("/together")
async def together(request: Request, service: ServiceDep) -> Response:
    """A list for several people."""
    return html(request, service.loaded, "together.html")


@router.get("/taste")
async def taste(request: Request, service: ServiceDep) -> Response:
    """The visitor's ratings and marks."""
    return html(request, service.loaded, "taste.html")


@router.get("/privacy")
async def privacy(request: Request, service: ServiceDep) -> Response:
    """What is stored, and how to delete it."""
    return html(request, service.loaded, "privacy.html", guests_days=service.settings.guests_days)


@router.get("/model")
async def model_card(request: Request, service: ServiceDep, t: TranslatorDep) -> Response:
    """The model card."""
    loaded, card = service.loaded, presenters.model_card(service.loaded)
    return html(
        request, loaded, "model.html", card=card, sums=isinstance(loaded.bundle.scorer, Explains),
        sentences=quality_sentences(t, card.metrics),
    )  # fmt: skip


@router.get("/model/plots")
async def plots(request: Request, service: ServiceDep, cache: CacheDep, t: TranslatorDep) -> Response:
    """The plots of the model card as SVG; the first time they take seconds, on a busy machine a minute."""
    loaded = service.loaded
    headers = {**etag_headers(loaded.digest, "plots", t.language, messages_digest(t.language)), "Vary": VARY}
    if is_unchanged(request, headers):
        return not_modified(headers)
    computed = asyncio.ensure_future(service.run_unbounded(partial(_plots, loaded, cache, t)))
    done, _ = await asyncio.wait([computed], timeout=_PLOTS_SECONDS)
    if not done:  # it goes on, and its result is kept for the next request
        retry = {"Retry-After": str(_PLOTS_RETRY_SECONDS)}
        raise ApiError(503, "not-ready", "the plots are being computed", "ask again in a moment", retry)
    return presenters.reply(computed.result(), headers)


def _plots(loaded: LoadedBundle, cache: PerBundleCache, t: Translator) -> dict[str, Any]:
    data = cache.plot_data(loaded)
    table, scale = data.reliability, loaded.bundle.scale
    return {
        "calibration": None if table is None or scale is None else charts.reliability_plot(table, scale.high, t),
        "popularity": charts.popularity_plot(data.watched, data.listed, t),
        "ratings": data.ratings,
        "people": data.people,
        "watched": data.watched,
        "listed": data.listed,
    }


@router.get("/poster/{item_id}")
async def poster(request: Request, service: ServiceDep, item_id: ItemPath) -> Response:
    """The operator's own picture, or that of TMDB if there is a key for it, otherwise one drawn from the metadata."""
    loaded = service.loaded
    row = loaded.item_row(item_id)
    local: LocalPosters | None = request.app.state.local_posters
    if local is not None:
        catalogue = loaded.bundle.catalogue
        local_poster = await asyncio.to_thread(local.get, str(catalogue.imdb_id[row]), int(catalogue.tmdb_id[row]))
        if local_poster is not None:
            return Response(local_poster[0], headers=_CACHED_FOR_A_DAY, media_type=local_poster[1])
    tmdb_posters: TmdbPosters | None = request.app.state.posters
    jpeg = None if tmdb_posters is None else await tmdb_posters.get(int(loaded.bundle.catalogue.tmdb_id[row]))
    if jpeg is not None:
        return Response(jpeg, headers=_CACHED_FOR_A_DAY, media_type="image/jpeg")
    headers = {**etag_headers(loaded.digest, item_id), **_CACHED_FOR_A_DAY}
    if is_unchanged(request, headers):
        return not_modified(headers)
    movie = movie_view(loaded, row)
    svg = poster_svg(movie.id, movie.title, movie.year, movie.genres)
    return Response(svg, headers=headers, media_type="image/svg+xml")
