"""Routes of the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.staticfiles import StaticFiles

from reelgraph.core import Explains
from reelgraph.core.errors import CapabilityError, UnknownIdError
from reelgraph.serve.api import presenters
from reelgraph.serve.api.etag import fresh, tag, unchanged
from reelgraph.serve.api.requests import ItemPath
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep
from reelgraph.serve.web import charts, feedback_routes, visitor_routes
from reelgraph.serve.web.model_card import METRICS
from reelgraph.serve.web.movie_view import film, films
from reelgraph.serve.web.per_bundle_cache import CacheDep, PerBundleCache
from reelgraph.serve.web.posters.svg import poster
from reelgraph.serve.web.posters.tmdb import TmdbPosters
from reelgraph.serve.web.render import html

router = APIRouter(include_in_schema=False)
_STATIC = Path(__file__).parent / "static"
_SIMILAR = 8
_IMDB = re.compile(r"tt\d{5,10}")
_KEPT_BY_BROWSER = {"Cache-Control": "private, max-age=86400"}


class _StaticFiles(StaticFiles):
    """Files that a browser asks about again each time, and mostly has."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """With what the browser may do with it."""
        reply = super().file_response(*args, **kwargs)
        reply.headers["Cache-Control"] = "no-cache"
        return reply


def attach(app: FastAPI) -> None:
    """Put the page into the application; ``app.state.service`` is there already."""
    settings = app.state.service.settings
    app.state.kept = PerBundleCache()
    app.state.service.models.afterwards(app.state.kept.warm)
    folder = settings.posters or _beside(settings.bundle)
    app.state.posters = TmdbPosters(settings.tmdb_key, folder) if settings.tmdb_key else None
    for routes in (router, visitor_routes.router, feedback_routes.router):
        app.include_router(routes)
    app.state.lost = _lost
    app.mount("/static", _StaticFiles(directory=_STATIC), "static")


def _lost(request: Request) -> Response:
    """What a person sees where no page is."""
    return html(request, request.app.state.service.model, "lost.html", 404, what="page")


def _beside(bundle: Path) -> Path:
    """Beside the bundle, whose own folder is replaced whole."""
    whole = bundle.resolve()
    return whole.parent / f"{whole.name}-posters"


@router.get("/")
async def home(request: Request, service: ServiceDep) -> Response:
    """The interview and the live picks."""
    return html(request, service.model, "home.html")


@router.get("/film/{item_id}")
async def one_film(request: Request, service: ServiceDep, kept: CacheDep, item_id: ItemPath) -> Response:
    """A movie: what it is, who loves it, what is like it."""
    model = service.model
    try:
        row = model.item_row(item_id)
    except UnknownIdError:
        return html(request, model, "lost.html", 404, what="film")
    return await service.with_vectors(model, lambda: _film(request, model, kept, row))


def _film(request: Request, model: LoadedBundle, kept: PerBundleCache, row: int) -> Response:
    catalogue, crowd = model.recommender.catalogue, kept.crowd(model)
    also = crowd.also_loved(row)
    try:
        found = model.recommender.similar(model.recommender.items.id(row), 3 * _SIMILAR)
        rows = [model.rows[str(line.item_id)] for line in found]
        similar = films(
            model, [one for one in rows if model.ids[one] not in {other.film.id for other in also}][:_SIMILAR]
        )
    except CapabilityError:
        similar = []
    imdb = str(catalogue.imdb_id[row])
    return html(
        request, model, "film.html", film=film(model, row), runtime=int(catalogue.runtime[row]),
        people=catalogue.people[row], tags=catalogue.tags[row][:8], imdb=imdb if _IMDB.fullmatch(imdb) else "",
        opinion=crowd.opinion(row), levels=model.recommender.scale.levels().tolist(),
        also=also, similar=similar,
    )  # fmt: skip


@router.get("/together")
async def together(request: Request, service: ServiceDep) -> Response:
    """Tonight, together."""
    return html(request, service.model, "together.html")


@router.get("/taste")
async def taste(request: Request, service: ServiceDep) -> Response:
    """What you taught it."""
    return html(request, service.model, "taste.html")


@router.get("/privacy")
async def privacy(request: Request, service: ServiceDep) -> Response:
    """What is kept, and how it goes away."""
    return html(request, service.model, "privacy.html")


@router.get("/model")
async def model_card(request: Request, service: ServiceDep) -> Response:
    """The model card."""
    return html(
        request, service.model, "model.html", card=presenters.card(service.model), told=METRICS,
        sums=isinstance(service.model.recommender.scorer, Explains),
    )  # fmt: skip


@router.get("/model/plots")
async def plots(request: Request, service: ServiceDep, kept: CacheDep) -> Response:
    """The plots of the model card, as markup; the first time they take seconds."""
    model = service.model
    known = tag(model.digest, "plots")
    if unchanged(request, known):
        return fresh(known)

    def work() -> dict[str, Any]:
        found = kept.evidence(model)
        table = found.reliability
        return {
            "calibration": None if table is None else charts.reliability_plot(table, model.recommender.scale.high),
            "popularity": charts.popularity_plot(found.watched, found.listed),
            "ratings": found.ratings,
            "people": found.people,
            "watched": found.watched,
            "listed": found.listed,
        }

    return presenters.reply(await service.slow(work), known)


@router.get("/poster/{item_id}")
async def one_poster(request: Request, service: ServiceDep, item_id: ItemPath) -> Response:
    """The poster that TMDB has, where the operator gave a key; else one drawn from what is known of the movie."""
    model: LoadedBundle = service.model
    row = model.item_row(item_id)
    pictures: TmdbPosters | None = request.app.state.posters
    picture = None if pictures is None else await pictures.of(int(model.recommender.catalogue.tmdb_id[row]))
    if picture is not None:
        return Response(picture, headers=_KEPT_BY_BROWSER, media_type="image/jpeg")
    known = {**tag(model.digest, item_id), **_KEPT_BY_BROWSER}
    if unchanged(request, known):
        return fresh(known)
    told = film(model, row)
    drawn = poster(told.id, told.title, told.year, told.genres)
    return Response(drawn, headers=known, media_type="image/svg+xml")
