"""Routes for a person given by the ratings in the body; nothing is stored."""

from __future__ import annotations

from fastapi import APIRouter, Response

from reelgraph.recommend import next_questions
from reelgraph.serve.api import answers, presenters
from reelgraph.serve.api.explanation_responses import CounterfactualResponse, ExplanationResponse, WhatIfResponse
from reelgraph.serve.api.group_responses import GroupListResponse
from reelgraph.serve.api.requests import (
    SessionCounterfactual,
    SessionExplain,
    SessionQuestions,
    SessionRecommend,
    SessionTogether,
    SessionWhatIf,
    session_history,
)
from reelgraph.serve.api.responses import QuestionsResponse, RecommendationList
from reelgraph.serve.errors import error_responses
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(prefix="/api/session", tags=["session: ratings in the body, nothing stored"])
_ERRORS = error_responses(400, 404, 409, 413, 422, 429)


@router.post("/recommend", response_model=RecommendationList, responses=_ERRORS, summary="Movies for these ratings")
async def recommend(service: ServiceDep, body: SessionRecommend) -> Response:
    """The best movies for a person who rated and saw these; the most rated ones if there are none."""
    run = service.run_slow if body.rerank or body.reasons or body.words else service.run_quick
    return presenters.reply(await run(answers.recommend, service.loaded, body))


@router.post("/explain", response_model=ExplanationResponse, responses=_ERRORS, summary="Why a movie?")
async def explain(service: ServiceDep, body: SessionExplain) -> Response:
    """What each rating adds to the score of a movie."""
    return presenters.reply(await service.run_slow(answers.explain, service.loaded, body))


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
    return presenters.reply(await service.run_slow(answers.what_if, service.loaded, body))


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
    return presenters.reply(await service.run_slow(answers.together, service.loaded, body))
