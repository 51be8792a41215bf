"""Routes for a person given by the ratings in the body; nothing is stored."""

from __future__ import annotations

from fastapi import APIRouter, Response

from reelgraph.recommend import next_questions, recommend_for_group
from reelgraph.serve.api import presenters
from reelgraph.serve.api.requests import (
    SessionCounterfactual,
    SessionExplain,
    SessionQuestions,
    SessionRecommend,
    SessionTogether,
    SessionWhatIf,
    session_history,
)
from reelgraph.serve.api.responses import (
    CounterfactualResponse,
    ExplanationResponse,
    GroupListResponse,
    QuestionsResponse,
    RecommendationList,
    WhatIfResponse,
)
from reelgraph.serve.errors import ApiError, error_responses
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(prefix="/api/session", tags=["session: ratings in the body, nothing stored"])
_ERRORS = error_responses(400, 404, 409, 413, 422, 429)


@router.post("/recommend", response_model=RecommendationList, responses=_ERRORS, summary="Movies for these ratings")
async def recommend(service: ServiceDep, body: SessionRecommend) -> Response:
    """The best movies for a person who rated and saw these; the most rated ones if there are none."""
    run = service.run_slow if body.rerank or body.reasons else service.run_quick
    return presenters.reply(await run(_recommend, service.loaded, body))


def _recommend(loaded: LoadedBundle, body: SessionRecommend) -> RecommendationList:
    history, filters = body.history(loaded), body.filters_for(loaded)
    length = body.n + body.offset
    recommendations = loaded.recommender.recommend(history, length, filters, order=body.order, rerank=body.rerank)
    explained = history if body.reasons else None
    return presenters.recommendation_list(loaded, recommendations, body.offset, explained, body.order)


@router.post("/explain", response_model=ExplanationResponse, responses=_ERRORS, summary="Why a movie?")
async def explain(service: ServiceDep, body: SessionExplain) -> Response:
    """What each rating adds to the score of a movie."""
    return presenters.reply(await service.run_slow(_explain, service.loaded, body))


def _explain(loaded: LoadedBundle, body: SessionExplain) -> ExplanationResponse:
    native_id = loaded.native_item_id(body.item_id)
    history = session_history(loaded, body.ratings, body.also_seen, body.seen_weight)
    explanation = loaded.recommender.explain(history, native_id, method=body.method, order=body.order)
    return presenters.explanation(loaded, explanation, body.top)


@router.post(
    "/counterfactual",
    response_model=CounterfactualResponse,
    responses=_ERRORS,
    summary="Which ratings would have to be different?",
)
async def counterfactual(service: ServiceDep, body: SessionCounterfactual) -> Response:
    """The smallest change of the ratings that brings a movie into the list, or out of it."""
    return presenters.reply(await service.run_counterfactual(_counterfactual, service.loaded, body))


def _counterfactual(loaded: LoadedBundle, body: SessionCounterfactual) -> CounterfactualResponse:
    native_id, filters = loaded.native_item_id(body.item_id), body.filters_for(loaded)
    history = body.history(loaded)
    result = loaded.recommender.counterfactual(history, native_id, body.n, filters, most=body.most, order=body.order)
    return presenters.counterfactual(loaded, result)


@router.post("/what-if", response_model=WhatIfResponse, responses=_ERRORS, summary="The list with other ratings")
async def what_if(service: ServiceDep, body: SessionWhatIf) -> Response:
    """The list as it is, the list with the changes, and the movies whose rank changed."""
    return presenters.reply(await service.run_slow(_what_if, service.loaded, body))


def _what_if(loaded: LoadedBundle, body: SessionWhatIf) -> WhatIfResponse:
    changes, filters = body.changes.changes(loaded), body.filters_for(loaded)
    history = body.history(loaded)
    result = loaded.recommender.what_if(history, changes, body.n, filters, order=body.order, rerank=body.rerank)
    return presenters.what_if(loaded, result)


@router.post("/questions", response_model=QuestionsResponse, responses=_ERRORS, summary="What to ask next?")
async def questions(service: ServiceDep, body: SessionQuestions) -> Response:
    """Movies this person has likely seen, whose ratings would improve their list and their predicted stars most."""
    return presenters.reply(await service.run_slow(_questions, service.loaded, body))


def _questions(loaded: LoadedBundle, body: SessionQuestions) -> QuestionsResponse:
    history = session_history(loaded, body.ratings, body.also_seen, body.seen_weight)
    not_seen = [loaded.native_item_id(item) for item in body.not_seen]
    return presenters.questions(loaded, next_questions(loaded.recommender, history, body.n, not_seen=not_seen))


@router.post("/together", response_model=GroupListResponse, responses=_ERRORS, summary="One list for several people")
async def together(service: ServiceDep, body: SessionTogether) -> Response:
    """Movies that none of them has rated or seen, and what each loses compared with their own list."""
    return presenters.reply(await service.run_slow(_together, service.loaded, body))


def _together(loaded: LoadedBundle, body: SessionTogether) -> GroupListResponse:
    unknown = sorted(body.seen_by.keys() - body.people.keys())
    if unknown:
        raise ApiError(422, "invalid", f"body.seen_by: {unknown[0]} is not among the people", "name them in people")
    people = {
        name: session_history(loaded, ratings, body.seen_by.get(name, ()), body.seen_weight)
        for name, ratings in body.people.items()
    }
    filters = body.filters([loaded.native_item_id(item) for item in body.also_seen])
    result = recommend_for_group(
        loaded.recommender, people, body.n, filters, how=body.how, unit=body.unit, envy=body.envy
    )
    return presenters.group_list(loaded, result)
