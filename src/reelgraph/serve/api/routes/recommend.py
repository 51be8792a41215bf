"""Lists and explanations for people who are in the store or in the bundle."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from reelgraph.recommend import history_of_words
from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import require_scope
from reelgraph.serve.api.etag import etag_headers, is_unchanged, not_modified
from reelgraph.serve.api.explanation_responses import ExplanationResponse
from reelgraph.serve.api.parameters import MAX_LIST_LENGTH, ItemPath, ListOrder, Recent, SeenWeight, UserPath
from reelgraph.serve.api.requests import RecommendQuery
from reelgraph.serve.api.responses import RecommendationList
from reelgraph.serve.errors import error_responses
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import Impression

router = APIRouter(prefix="/api/recommend", tags=["people"], dependencies=[Depends(require_scope("read"))])
_ERRORS = error_responses(401, 403, 404, 409, 422, 429, 503)


def recommend_for_user(service: Service, request: Request, user_id: str, query: RecommendQuery) -> Response:
    """The response of the route below.

    Raises:
        UnknownIdError: neither the store nor the bundle knows the person.
        ConfigError: a filter is not valid.
        StoreError: the store cannot answer.
    """
    requested_at, loaded = time.monotonic(), service.loaded.in_language(query.lang)
    user = service.users.user(loaded, user_id)
    weight = f"{loaded.recommender.seen_weight}"
    headers = etag_headers(loaded.digest, weight, user_id, user.digest, request.url.query)
    if is_unchanged(request, headers):
        return not_modified(headers)
    history = query.history_of(loaded, user)
    parsed = query.understood(loaded, history, watchlist=True)
    history = history_of_words(loaded.recommender, history, parsed)
    query = query.model_copy(update={"watchlist": query.watchlist or parsed.watchlist})
    filters, length = parsed.combined(query.filters_for(loaded, user)), query.n + query.offset
    rerank = parsed.reranked(query.rerank)
    recommendations = loaded.recommender.recommend(history, length, filters, order=query.order, rerank=rerank)
    explained, spoken = history if query.reasons else None, parsed if query.words is not None else None
    body = presenters.recommendation_list(loaded, recommendations, query.offset, explained, query.order, spoken)
    _log_impression(service, user_id, body, requested_at)
    return presenters.reply(body, headers)


@router.get("/{user_id}", response_model=RecommendationList, responses=_ERRORS, summary="Movies for a person")
async def recommend(
    request: Request, service: ServiceDep, user_id: UserPath, query: Annotated[RecommendQuery, Query()]
) -> Response:
    """The best movies for a person; their latest ratings count."""
    run = service.run_slow if query.rerank or query.reasons or query.words else service.run_quick
    return await run(recommend_for_user, service, request, user_id, query)


def _log_impression(service: Service, user_id: str, body: RecommendationList, requested_at: float) -> None:
    """Record the list, so that later ratings can be matched with it."""
    items, scores = tuple(line.item_id for line in body.items), tuple(line.score for line in body.items)
    impression = Impression(body.recommendation_id, user_id, items, int(time.time()), body.bundle, scores)
    service.impressions.add(impression, requested_at)


@router.get(
    "/{user_id}/explain/{item_id}", response_model=ExplanationResponse, responses=_ERRORS, summary="Why a movie?"
)
async def explain(
    request: Request,
    service: ServiceDep,
    user_id: UserPath,
    item_id: ItemPath,
    top: Annotated[
        int, Query(ge=0, le=MAX_LIST_LENGTH, description="Number of reasons listed; the rest is summed up.")
    ] = 10,
    method: Annotated[Literal["sum", "leave-one-out"] | None, Query()] = None,
    seen_weight: Annotated[SeenWeight, Query()] = None,
    order: Annotated[ListOrder, Query()] = "liked",
    recent: Annotated[Recent, Query()] = False,
) -> Response:
    """What each rating of a person adds to the score of a movie."""
    loaded = service.loaded

    def work() -> Response:
        native_id, user = loaded.native_item_id(item_id), service.users.user(loaded, user_id)
        weight = f"{loaded.recommender.seen_weight}"
        headers = etag_headers(loaded.digest, weight, user_id, user.digest, item_id, request.url.query)
        if is_unchanged(request, headers):
            return not_modified(headers)
        history = user.history(seen_weight)
        history = loaded.recommender.histories.recent(history) if recent else history
        explanation = loaded.recommender.explain(history, native_id, method=method, order=order)
        return presenters.reply(presenters.explanation(loaded, explanation, top), headers)

    return await service.run_slow(work)
