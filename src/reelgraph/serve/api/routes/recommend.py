"""Lists for people whom the store or the bundle knows, and why."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from reelgraph.serve.api import presenters
from reelgraph.serve.api.auth import needs
from reelgraph.serve.api.etag import fresh, tag, unchanged
from reelgraph.serve.api.requests import MOST_LINES, ItemPath, RecommendQuery, UserPath, own_id
from reelgraph.serve.api.responses import ExplanationResponse, RecommendationList
from reelgraph.serve.errors import problems
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.person_cache import UserState
from reelgraph.serve.state.service import Service, ServiceDep
from reelgraph.store import Impression

router = APIRouter(prefix="/api/recommend", tags=["people"], dependencies=[Depends(needs("read"))])
_WRONG = problems(401, 403, 404, 409, 422, 429, 503)


def recommend_known(service: Service, request: Request, user_id: str, asked: RecommendQuery) -> Response:
    """The answer of the route below.

    Raises:
        UnknownIdError: nobody with this id is known.
        ConfigError: a filter is off.
        StoreError: the store cannot answer.
    """
    began, model = time.monotonic(), service.model
    person = service.people.known(model, user_id)
    known = tag(model.digest, user_id, person.tag, request.url.query)
    if unchanged(request, known):
        return fresh(known)
    filters = asked.filters(include=_wished(model, person) if asked.watchlist else None)
    found = model.recommender.recommend(person.heard(asked.seen), asked.n + asked.offset, filters, rerank=asked.rerank)
    answer = presenters.listed(model, found, asked.offset)
    _keep(service, user_id, answer, began)
    return presenters.reply(answer, known)


@router.get("/{user_id}", response_model=RecommendationList, responses=_WRONG, summary="Movies for a person")
async def recommend(
    request: Request, service: ServiceDep, user_id: UserPath, asked: Annotated[RecommendQuery, Query()]
) -> Response:
    """The best movies for a person; what they rated a moment ago counts."""
    work = service.slow if asked.rerank else service.quick
    return await work(recommend_known, service, request, user_id, asked)


def _wished(model: LoadedBundle, person: UserState) -> list[int | str]:
    ids: list[int | str] = model.recommender.items.ids[person.wished].tolist()
    return ids


def _keep(service: Service, user_id: str, answer: RecommendationList, began: float) -> None:
    """What was shown, so that it can be matched with what is rated."""
    items, scores = tuple(line.item_id for line in answer.items), tuple(line.score for line in answer.items)
    shown = Impression(answer.recommendation_id, user_id, items, int(time.time()), answer.bundle, scores)
    service.served.add(shown, began)


@router.get(
    "/{user_id}/explain/{item_id}", response_model=ExplanationResponse, responses=_WRONG, summary="Why a movie?"
)
async def explain(
    request: Request,
    service: ServiceDep,
    user_id: UserPath,
    item_id: ItemPath,
    top: Annotated[int, Query(ge=0, le=MOST_LINES, description="Reasons listed; the rest is added up.")] = 10,
    method: Annotated[Literal["sum", "leave-one-out"] | None, Query()] = None,
) -> Response:
    """What each rating of a person adds to the score of a movie."""
    model = service.model

    def work() -> Response:
        item, person = own_id(model, item_id), service.people.known(model, user_id)
        known = tag(model.digest, user_id, person.tag, item_id, request.url.query)
        if unchanged(request, known):
            return fresh(known)
        found = model.recommender.explain(person.heard(), item, method=method)
        return presenters.reply(presenters.explained(model, found, top), known)

    return await service.slow(work)
