"""Routes for movies: search, one movie, similar movies, the most rated ones, and the model card."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from reelgraph.serve.api import presenters
from reelgraph.serve.api.etag import etag_headers, is_unchanged, not_modified
from reelgraph.serve.api.requests import ItemPath, ListLength, Offset
from reelgraph.serve.api.responses import Item, ItemPage, ModelCard, RecommendationList
from reelgraph.serve.errors import error_responses
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(tags=["movies"])


@router.get("/api/items", response_model=ItemPage, responses=error_responses(422), summary="Search movies by title")
async def search(
    request: Request,
    service: ServiceDep,
    q: Annotated[str, Query(max_length=200, description="Words of the title; the last one may be unfinished.")] = "",
    n: ListLength = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Movies in whose title each word begins a word; titles that are or begin with them first, then the most rated.

    Numbers may be written in any way, and the year is a word. Where no title has the words, `near` is true and the
    movies are guesses: typing errors, or the n-th of a series.
    """
    loaded = service.loaded
    headers = etag_headers(loaded.digest, request.url.query)
    if is_unchanged(request, headers):
        return not_modified(headers)
    matches = await service.run_quick(loaded.recommender.titles.search, q, n, offset)
    return presenters.reply(presenters.item_page(loaded, matches, offset), headers)


@router.get("/api/items/{item_id}", response_model=Item, responses=error_responses(404, 422), summary="One movie")
async def item(request: Request, service: ServiceDep, item_id: ItemPath) -> Response:
    """The metadata of a movie."""
    loaded = service.loaded
    row = loaded.item_row(item_id)
    headers = etag_headers(loaded.digest, item_id)
    if is_unchanged(request, headers):
        return not_modified(headers)
    return presenters.reply(presenters.item(loaded, row), headers)


@router.get(
    "/api/items/{item_id}/similar",
    response_model=RecommendationList,
    responses=error_responses(404, 409, 422, 429),
    summary="Similar movies",
)
async def similar(
    request: Request, service: ServiceDep, item_id: ItemPath, n: ListLength = 10, offset: Offset = 0
) -> Response:
    """Movies that people with the same taste like."""
    loaded = service.loaded
    native_id = loaded.native_item_id(item_id)
    headers = etag_headers(loaded.digest, item_id, request.url.query)
    if is_unchanged(request, headers):
        return not_modified(headers)
    similar_items = await service.run_with_vectors(loaded, lambda: loaded.recommender.similar(native_id, n + offset))
    return presenters.reply(presenters.recommendation_list(loaded, similar_items, offset), headers)


@router.get(
    "/api/popular", response_model=RecommendationList, responses=error_responses(422), summary="The most rated movies"
)
async def popular(request: Request, service: ServiceDep, n: ListLength = 10, offset: Offset = 0) -> Response:
    """The list for a person without ratings."""
    loaded = service.loaded
    headers = etag_headers(loaded.digest, request.url.query)
    if is_unchanged(request, headers):
        return not_modified(headers)
    recommendations = await service.run_quick(loaded.recommender.recommend, {}, n + offset)
    return presenters.reply(presenters.recommendation_list(loaded, recommendations, offset), headers)


@router.get("/api/model", response_model=ModelCard, summary="The model card")
async def model_card(request: Request, service: ServiceDep) -> Response:
    """Data, split, protocol, versions, and metrics with their intervals."""
    loaded = service.loaded
    headers = etag_headers(loaded.digest)
    if is_unchanged(request, headers):
        return not_modified(headers)
    return presenters.reply(presenters.model_card(loaded), headers)
