"""Routes of what a visitor may show to others: the taste card, and lists by link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from reelgraph.serve.api import presenters
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep
from reelgraph.serve.state.user_state import UserState
from reelgraph.serve.web import shared_lists
from reelgraph.serve.web.device_routes import page_origin
from reelgraph.serve.web.language import LocalBundleDep, request_language
from reelgraph.serve.web.messages import Translator, translator
from reelgraph.serve.web.movie_view import movie_view
from reelgraph.serve.web.posters.svg import poster_svg
from reelgraph.serve.web.posters.taste_card import CardTexts, taste_card_svg
from reelgraph.serve.web.render import html
from reelgraph.serve.web.session import SessionDep
from reelgraph.serve.web.shared_lists import NewSharedList
from reelgraph.serve.web.taste_summary import MIN_FILMS, TasteSummary, taste_summary

router = APIRouter(include_in_schema=False)
_Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{32}$")]
_LinkId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
_NOT_INDEXED = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "no-store"}


@router.get("/share")
async def share_page(request: Request, service: ServiceDep) -> Response:
    """The taste card, lists by link, and the link to another device."""
    return html(request, service.loaded, "share.html")


@router.get("/api/me/card.svg")
async def taste_card(
    request: Request, service: ServiceDep, session: SessionDep, name: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """The taste card as SVG; it shows nothing of the visitor but what is drawn on it."""
    loaded = service.loaded
    t = translator(request_language(request), loaded.bundle.scale is not None)

    def work() -> str:
        visitor = service.users.visitor(loaded, session.user_id)
        summary = taste_summary(loaded, visitor)
        if summary is None:
            raise ApiError(409, "empty", f"a card needs {MIN_FILMS} films", "rate a few films first")
        return _card(loaded, visitor, summary, name.strip(), t)

    return Response(await service.run_quick(work), media_type="image/svg+xml")


def _card(loaded: LoadedBundle, visitor: UserState, summary: TasteSummary, name: str, t: Translator) -> str:
    scale = loaded.bundle.scale
    count = t.text("count.films", count=summary.films)
    figures = [count] if summary.mean is None else [count, t.text("card.mean", stars=t.decimal(summary.mean, 1))]
    texts = CardTexts(
        t.text("card.of", name=name) if name else t.text("card.mine"), " · ".join(figures), t.text("card.genres"),
        t.text("card.decades"), t.text("card.foot"),
    )  # fmt: skip
    most_films = max((genre.films for genre in summary.genres), default=1)
    genres = [
        (
            t.genre(genre.name),
            t.number(genre.films) if genre.mean is None else f"{t.decimal(genre.mean, 1)} ★",
            genre.films / most_films
            if genre.mean is None or scale is None
            else (genre.mean - scale.low) / (scale.high - scale.low),
        )
        for genre in summary.genres
    ]
    decades = [(t.text("card.decade", year=str(decade)), count) for decade, count in summary.decades]
    films = [movie_view(loaded, row) for row in summary.favourites]
    posters = [poster_svg(film.id, film.title, film.year, film.genres) for film in films]
    return taste_card_svg(texts, genres, decades, posters)


@router.get("/api/me/lists")
async def own_lists(service: ServiceDep, session: SessionDep) -> Response:
    """The links that the visitor made."""
    user_id = session.user_id
    links = () if user_id is None else await service.run_quick(service.store.links.of, user_id, "list")
    views = [shared_lists.list_view(link) for link in links]
    return presenters.reply({"csrf": session.csrf_token, "lists": views, "most": shared_lists.MAX_LINKS})


@router.post("/api/me/lists")
async def share_list(request: Request, service: ServiceDep, session: SessionDep, body: NewSharedList) -> Response:
    """A new link to a list; its address is in no later answer."""
    token, view = await service.run_quick(shared_lists.create_list, service, session.user_id, body)
    url = f"{page_origin(request)}/list/{token}"
    return presenters.reply({"csrf": session.csrf_token, "url": url, "list": view})


@router.delete("/api/me/lists/{link_id}")
async def revoke_list(service: ServiceDep, session: SessionDep, link_id: _LinkId) -> Response:
    """Revoke a link: its address shows nothing from now on."""
    user_id = session.user_id
    if user_id is None or not await service.run_quick(service.store.links.revoke, user_id, link_id):
        raise ApiError(404, "unknown-link", "there is no such link", "load the page again")
    return presenters.reply({"csrf": session.csrf_token})


@router.get("/list/{token}")
async def shared_list(request: Request, service: ServiceDep, loaded: LocalBundleDep, token: _Token) -> Response:
    """A list for whoever has the link; read only, and not for search engines."""
    link = await service.run_quick(service.store.links.find, "list", token)
    if link is None:
        response = html(request, loaded, "lost.html", 404, what="list")
    else:
        response = html(request, loaded, "shared_list.html", shared=shared_lists.shared_list(loaded, link))
    response.headers.update(_NOT_INDEXED)
    return response
