"""Movies: search, one of them, what is like it, what is watched most, and the model card."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from reelgraph.serve.api import presenters
from reelgraph.serve.api.etag import fresh, tag, unchanged
from reelgraph.serve.api.requests import ItemPath, N, Offset, own_id
from reelgraph.serve.api.responses import Item, ItemPage, ModelCard, RecommendationList
from reelgraph.serve.errors import problems
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(tags=["movies"])


@router.get("/api/items", response_model=ItemPage, responses=problems(422), summary="Search movies by title")
async def search(
    request: Request,
    service: ServiceDep,
    q: Annotated[str, Query(max_length=200, description="Words of the title, the last one may be unfinished.")] = "",
    n: N = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Movies in whose title each word begins a word; those that begin with them first, then the most rated."""
    model = service.model
    known = tag(model.digest, request.url.query)
    if unchanged(request, known):
        return fresh(known)
    rows, total, near = await service.quick(model.search.find, q, n, offset)
    return presenters.reply(presenters.page(model, rows, total, offset, near), known)


@router.get("/api/items/{item_id}", response_model=Item, responses=problems(404, 422), summary="One movie")
async def one(request: Request, service: ServiceDep, item_id: ItemPath) -> Response:
    """What is known of a movie."""
    model = service.model
    row = model.item_row(item_id)
    known = tag(model.digest, item_id)
    return fresh(known) if unchanged(request, known) else presenters.reply(presenters.item(model, row), known)


@router.get(
    "/api/items/{item_id}/similar",
    response_model=RecommendationList,
    responses=problems(404, 409, 422, 429),
    summary="Movies like one",
)
async def similar(request: Request, service: ServiceDep, item_id: ItemPath, n: N = 10, offset: Offset = 0) -> Response:
    """Movies that people with the same taste like."""
    model = service.model
    asked = own_id(model, item_id)
    known = tag(model.digest, item_id, request.url.query)
    if unchanged(request, known):
        return fresh(known)
    found = await service.with_vectors(model, lambda: model.recommender.similar(asked, n + offset))
    return presenters.reply(presenters.listed(model, found, offset), known)


@router.get("/api/popular", response_model=RecommendationList, responses=problems(422), summary="The most rated movies")
async def popular(request: Request, service: ServiceDep, n: N = 10, offset: Offset = 0) -> Response:
    """What is listed for somebody of whom nothing is known."""
    model = service.model
    known = tag(model.digest, request.url.query)
    if unchanged(request, known):
        return fresh(known)
    found = await service.quick(model.recommender.recommend, {}, n + offset)
    return presenters.reply(presenters.listed(model, found, offset), known)


@router.get("/api/model", response_model=ModelCard, summary="The model card")
async def card(request: Request, service: ServiceDep) -> Response:
    """Data, split, protocol and metrics with their intervals, versions."""
    model = service.model
    known = tag(model.digest)
    return fresh(known) if unchanged(request, known) else presenters.reply(presenters.card(model), known)
