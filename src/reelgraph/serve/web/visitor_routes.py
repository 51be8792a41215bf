"""What the page asks for a visitor: picks, questions, reasons, groups, the map, and everything to take away."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from reelgraph.core import Recommendations
from reelgraph.importers import letterboxd_list
from reelgraph.serve.api import presenters
from reelgraph.serve.api.requests import ItemId, ItemPath, own_id
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep
from reelgraph.serve.web import explain_view, group_view, picks_view, taste_map
from reelgraph.serve.web.movie_view import MovieView, film, films
from reelgraph.serve.web.per_bundle_cache import CacheDep
from reelgraph.serve.web.session import SessionDep
from reelgraph.serve.web.visitor_profile import VisitorProfile, guest
from reelgraph.store import Impression, Rating

router = APIRouter(prefix="/api/me", include_in_schema=False)
_FOUND = 7
_Some = Annotated[list[ItemId], Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class RatedMovie:
    """One rating."""

    film: MovieView
    stars: float
    at: int


@dataclass(frozen=True, slots=True)
class VisitorResponse:
    """What a visitor has taught, the latest first, and the token for changes."""

    csrf: str
    known: bool
    rated: Sequence[RatedMovie]
    not_interested: Sequence[MovieView]
    watchlist: Sequence[MovieView]
    seen: Sequence[MovieView]
    unknown: int


@router.get("")
async def me(service: ServiceDep, visitor: SessionDep) -> Response:
    """Everything taught, for the tables, and the token."""
    model = service.model

    def work() -> VisitorResponse:
        found = guest(model, service.store, visitor.user_id)
        latest = sorted(found.given.items(), key=lambda one: -one[1].at)
        given = [RatedMovie(film(model, model.rows[str(item)]), one.stars, one.at) for item, one in latest]
        refused, wished, seen = (_films(model, mark) for mark in (found.not_interested, found.watchlist, found.seen))
        return VisitorResponse(visitor.token, visitor.user_id is not None, given, refused, wished, seen, found.unknown)

    return presenters.reply(await service.quick(work))


@router.get("/count")
async def count(service: ServiceDep, visitor: SessionDep) -> Response:
    """How much was taught, and the token."""
    found = await service.quick(guest, service.model, service.store, visitor.user_id)
    return presenters.reply({"csrf": visitor.token, "rated": len(found.given), "watchlist": len(found.watchlist)})


@router.get("/picks")
async def listed(
    service: ServiceDep, visitor: SessionDep, wanted: Annotated[picks_view.PickQuery, Query()]
) -> Response:
    """The live list."""
    model, began = service.model, time.monotonic()

    def work() -> picks_view.PickList:
        found = picks_view.picks(model, guest(model, service.store, visitor.user_id), wanted)
        if visitor.user_id is not None:
            shown = tuple(one.film.id for one in found.items)
            service.served.add(
                Impression(found.recommendation_id, visitor.user_id, shown, int(time.time()), model.digest), began
            )
        return found

    return presenters.reply(await (service.slow if wanted.rerank else service.quick)(work))


@router.get("/picks.csv")
async def as_csv(
    service: ServiceDep, visitor: SessionDep, wanted: Annotated[picks_view.PickQuery, Query()]
) -> Response:
    """The list as a file that Letterboxd takes as a list, too."""
    model = service.model

    def work() -> bytes:
        found = picks_view.recommended(model, guest(model, service.store, visitor.user_id), wanted)
        fitted = model.recommender.bundle
        listed = Recommendations(found.items[: wanted.n], found.answered_by)
        return letterboxd_list(listed, fitted.items, fitted.catalogue)

    headers = {"Content-Disposition": 'attachment; filename="picks.csv"'}
    return Response(await service.slow(work), headers=headers, media_type="text/csv; charset=utf-8")


@router.get("/everything.json")
async def everything(service: ServiceDep, visitor: SessionDep) -> Response:
    """All that the store holds of this visitor."""
    user = visitor.user_id

    def work() -> Mapping[str, Any]:
        state = None if user is None else service.store.person(user)
        if state is None or user is None:
            return {"user_id": None, "ratings": {}, "not_interested": [], "watchlist": [], "seen": [], "shown": []}
        service.served.flush()
        marks = {name: sorted(getattr(state, name)) for name in ("not_interested", "watchlist", "seen")}
        shown = service.store.served_to(user, 1000)
        return {"user_id": user, "created": state.created, "ratings": dict(state.ratings), **marks, "shown": shown}

    headers = {"Content-Disposition": 'attachment; filename="reelgraph-everything.json"'}
    return presenters.reply(await service.quick(work), headers)


@router.get("/questions")
async def questions(
    service: ServiceDep,
    visitor: SessionDep,
    not_seen: _Some = [],  # noqa: B006
    loved: _Some = [],  # noqa: B006
    anybody: bool = False,
    n: Annotated[int, Query(ge=1, le=24)] = 1,
) -> Response:
    """What to ask next; what was not seen, or what somebody else loves, is told each time, and kept nowhere."""
    model = service.model

    def work() -> list[MovieView]:
        unseen = [own_id(model, item) for item in not_seen if item in model.rows]
        asked = guest(model, service.store, None if anybody else visitor.user_id)
        if anybody:
            high = model.recommender.scale.high
            asked = VisitorProfile({own_id(model, item): Rating(high, 0) for item in loved if item in model.rows})
        return picks_view.questions(model, asked, unseen, n)

    return presenters.reply(await service.slow(work))


@router.get("/search")
async def search(service: ServiceDep, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Movies as their titles are typed."""
    model = service.model

    def work() -> list[MovieView]:
        rows, _, _ = model.search.find(q, _FOUND)
        return films(model, rows.tolist())

    return presenters.reply(await service.quick(work))


@router.get("/explain/{item_id}")
async def why(service: ServiceDep, visitor: SessionDep, item_id: ItemPath) -> Response:
    """Why a movie has its score."""
    model, row = service.model, service.model.item_row(item_id)

    def work() -> explain_view.ExplanationView:
        return explain_view.why(model, guest(model, service.store, visitor.user_id), row)

    return presenters.reply(await service.slow(work))


@router.get("/counterfactual/{item_id}")
async def different(
    service: ServiceDep, visitor: SessionDep, item_id: ItemPath, wanted: Annotated[picks_view.PickQuery, Query()]
) -> Response:
    """What would have to be different for a movie to be in the list, or not."""
    model, row = service.model, service.model.item_row(item_id)

    def work() -> explain_view.CounterfactualView:
        return explain_view.different(model, guest(model, service.store, visitor.user_id), row, wanted)

    return presenters.reply(await service.slow(work))


@router.post("/together")
async def together(service: ServiceDep, visitor: SessionDep, asked: group_view.GroupQuery) -> Response:
    """A list for several people; what the others rated is in the request and kept nowhere."""
    model = service.model

    def work() -> group_view.GroupView:
        return group_view.evening(model, guest(model, service.store, visitor.user_id), asked)

    return presenters.reply(await service.slow(work))


@router.get("/map")
async def visitor_taste_map(service: ServiceDep, visitor: SessionDep, kept: CacheDep) -> Response:
    """The map of taste with this visitor's movies on it; null where the model has none."""
    model = service.model

    def work() -> taste_map.TasteMap | None:
        return taste_map.taste_map(model, kept.places(model), guest(model, service.store, visitor.user_id))

    return presenters.reply(await service.slow(work))


def _films(model: LoadedBundle, items: Iterable[int | str]) -> list[MovieView]:
    return films(model, sorted(model.rows[str(item)] for item in items))
