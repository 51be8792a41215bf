"""Routes for movies: search, add, one movie, similar movies, the most rated ones, and the model card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from reelgraph.recommend.recommender import SimilarBy
from reelgraph.serve.api import answers, presenters
from reelgraph.serve.api.auth import require_scope
from reelgraph.serve.api.etag import etag_headers, is_unchanged, not_modified
from reelgraph.serve.api.parameters import MAX_ITEMS_POSTED, ItemPath, ListLength, Offset, TitleLanguageQuery
from reelgraph.serve.api.requests import ItemIn
from reelgraph.serve.api.responses import ItemDetails, ItemPage, ModelCard, RecommendationList
from reelgraph.serve.errors import ApiError, error_responses
from reelgraph.serve.state.added_items import MAX_ADDED_ITEMS, MAX_OF_CLIENT
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import AddedItem

router = APIRouter(tags=["movies"])

_ItemsBody = Annotated[list[ItemIn], Body(min_length=1, max_length=MAX_ITEMS_POSTED)]


@dataclass(frozen=True, slots=True)
class ItemsAccepted:
    """Numbers of new and of replaced movies, and the ids that the bundle has already, which were left as they are."""

    added: int
    replaced: int
    in_model: Sequence[str]


@router.get("/api/items", response_model=ItemPage, responses=error_responses(422), summary="Search movies by title")
async def search(
    request: Request,
    service: ServiceDep,
    q: Annotated[str, Query(max_length=200, description="Words of the title; the last one may be unfinished.")] = "",
    n: ListLength = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    lang: TitleLanguageQuery = None,
) -> Response:
    """Movies in whose title each word begins a word; titles that are or begin with them first, then the most rated.

    Movies that were added after the training come last, with `in_model` false.
    Numbers may be written in any way, and the year is a word. Where no title has the words, `near` is true and the
    movies are guesses: typing errors, or the n-th of a series.
    """
    loaded = service.loaded.in_language(lang)
    added = await service.run_quick(service.added_items.current, loaded)
    headers = etag_headers(loaded.digest, added.version, request.url.query)
    if is_unchanged(request, headers):
        return not_modified(headers)
    return presenters.reply(await service.run_quick(answers.search, loaded, added, q, n, offset), headers)


@router.post(
    "/api/items",
    response_model=ItemsAccepted,
    responses=error_responses(400, 401, 403, 409, 413, 422, 429, 503),
    dependencies=[Depends(require_scope("write"))],
    summary="Add movies",
)
async def add(request: Request, service: ServiceDep, items: _ItemsBody) -> Response:
    """Add movies that came out after the training, all or none; one that was added before is replaced.

    They are found by `GET /api/items` at once, with `in_model` false, and can be rated and marked. Some seconds later
    they are in lists and in imports, if the model can score movies by those like them; it learns from ratings of them
    at the next `reelgraph store retrain`. Movies that the model was fitted on stay as they are.
    """
    text = request.headers.get("x-api-key")
    key = None if text is None else await service.verify_key(text)
    return presenters.reply(await service.run_quick(_add, service, items, "" if key is None else key.id))


def _add(service: Service, items: list[ItemIn], client: str) -> ItemsAccepted:
    loaded = service.loaded
    twice = [item_id for item_id, count in Counter(item.item_id for item in items).items() if count > 1]
    if twice:
        raise ApiError(409, "conflict", f"items: the movie {twice[0]} is given twice", "give each movie once")
    rows = {item.item_id: loaded.item_rows.get(item.item_id) for item in items}
    in_model = [item_id for item_id, row in rows.items() if row is not None and loaded.is_in_model(row)]
    new_items = [
        AddedItem(item.item_id, item.title, item.year, tuple(item.genres), client=client)
        for item in items
        if item.item_id not in in_model
    ]
    n_added = service.store.add_items(new_items, MAX_ADDED_ITEMS, MAX_OF_CLIENT)
    return ItemsAccepted(n_added, len(new_items) - n_added, in_model)


@router.get(
    "/api/items/{item_id}", response_model=ItemDetails, responses=error_responses(404, 422), summary="One movie"
)
async def item(request: Request, service: ServiceDep, item_id: ItemPath, lang: TitleLanguageQuery = None) -> Response:
    """The metadata of a movie, with what `data enrich` filled."""
    loaded = service.loaded.in_language(lang)
    row = loaded.item_rows.get(item_id)
    if row is None:
        added = (await service.run_quick(service.added_items.current, loaded)).items.get(item_id)
        if added is not None:
            return presenters.reply(presenters.added_item_details(added))
        row = loaded.item_row(item_id)  # raises
    headers = etag_headers(loaded.digest, item_id, loaded.language)
    if is_unchanged(request, headers):
        return not_modified(headers)
    return presenters.reply(presenters.item_details(loaded, row), headers)


@router.get(
    "/api/items/{item_id}/similar",
    response_model=RecommendationList,
    responses=error_responses(404, 409, 422, 429),
    summary="Similar movies",
)
async def similar(
    request: Request,
    service: ServiceDep,
    item_id: ItemPath,
    n: ListLength = 10,
    offset: Offset = 0,
    by: Annotated[
        SimilarBy, Query(description="By the same `viewers`, or by overview, keywords and genres.")
    ] = "viewers",
    lang: TitleLanguageQuery = None,
) -> Response:
    """Movies that people with the same taste like, or movies of a similar story."""
    loaded = service.loaded.in_language(lang)
    native_id = loaded.native_item_id(item_id)
    headers = etag_headers(loaded.digest, item_id, request.url.query)
    if is_unchanged(request, headers):
        return not_modified(headers)
    return presenters.reply(await service.run_quick(answers.similar, loaded, native_id, n, offset, by), headers)


@router.get(
    "/api/popular", response_model=RecommendationList, responses=error_responses(422), summary="The most rated movies"
)
async def popular(
    request: Request, service: ServiceDep, n: ListLength = 10, offset: Offset = 0, lang: TitleLanguageQuery = None
) -> Response:
    """The list for a person without ratings."""
    loaded = service.loaded.in_language(lang)
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
