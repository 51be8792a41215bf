"""A person is the ratings in the body: nothing of it is kept."""

from __future__ import annotations

from fastapi import APIRouter, Response

from reelgraph.recommend import next_questions
from reelgraph.recommend import recommend_for_group as together_list
from reelgraph.serve.api import presenters
from reelgraph.serve.api.requests import (
    SessionCounterfactual,
    SessionExplain,
    SessionQuestions,
    SessionRecommend,
    SessionTogether,
    SessionWhatIf,
    own_id,
    own_ids,
)
from reelgraph.serve.api.responses import (
    CounterfactualResponse,
    ExplanationResponse,
    GroupListResponse,
    QuestionsResponse,
    RecommendationList,
    WhatIfResponse,
)
from reelgraph.serve.errors import problems
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(prefix="/api/session", tags=["session: ratings in the body, nothing kept"])
_WRONG = problems(400, 404, 409, 413, 422, 429)


@router.post("/recommend", response_model=RecommendationList, responses=_WRONG, summary="Movies for these ratings")
async def recommend(service: ServiceDep, asked: SessionRecommend) -> Response:
    """The best movies for a person who rated these; the most rated ones where there are no ratings."""
    model = service.model

    def work() -> RecommendationList:
        found = model.recommender.recommend(
            asked.person(model), asked.n + asked.offset, asked.wished(model), rerank=asked.rerank
        )
        return presenters.listed(model, found, asked.offset)

    return presenters.reply(await (service.slow if asked.rerank else service.quick)(work))


@router.post("/explain", response_model=ExplanationResponse, responses=_WRONG, summary="Why a movie?")
async def explain(service: ServiceDep, asked: SessionExplain) -> Response:
    """What each rating adds to the score of a movie."""
    model = service.model

    def work() -> ExplanationResponse:
        item = own_id(model, asked.item_id)
        found = model.recommender.explain(own_ids(model, asked.ratings), item, method=asked.method)
        return presenters.explained(model, found, asked.top)

    return presenters.reply(await service.slow(work))


@router.post(
    "/counterfactual",
    response_model=CounterfactualResponse,
    responses=_WRONG,
    summary="What would have to be different?",
)
async def counterfactual(service: ServiceDep, asked: SessionCounterfactual) -> Response:
    """The smallest change of the ratings that brings a movie into the list, or out of it."""
    model = service.model

    def work() -> CounterfactualResponse:
        item, filters = own_id(model, asked.item_id), asked.wished(model)
        found = model.recommender.counterfactual(asked.person(model), item, asked.n, filters, most=asked.most)
        return presenters.counterfactual(model, found)

    return presenters.reply(await service.slow(work))


@router.post("/what-if", response_model=WhatIfResponse, responses=_WRONG, summary="The list under other ratings")
async def what_if(service: ServiceDep, asked: SessionWhatIf) -> Response:
    """The list as it is, as it would be, and what moved."""
    model = service.model

    def work() -> WhatIfResponse:
        changes, filters = asked.changes.changes(model), asked.wished(model)
        found = model.recommender.what_if(asked.person(model), changes, asked.n, filters, rerank=asked.rerank)
        return presenters.what_if(model, found)

    return presenters.reply(await service.slow(work))


@router.post("/questions", response_model=QuestionsResponse, responses=_WRONG, summary="What to ask next?")
async def questions(service: ServiceDep, asked: SessionQuestions) -> Response:
    """Of the movies this person has likely seen, those whose ratings would bring most to their list and their stars."""
    model = service.model

    def work() -> QuestionsResponse:
        person = own_ids(model, asked.ratings)
        unseen = [own_id(model, item) for item in asked.not_seen]
        return presenters.questions(model, next_questions(model.recommender, person, asked.n, not_seen=unseen))

    return presenters.reply(await service.slow(work))


@router.post("/together", response_model=GroupListResponse, responses=_WRONG, summary="One list for several people")
async def together(service: ServiceDep, asked: SessionTogether) -> Response:
    """Movies that none of them has rated, and what each gives up for the others."""
    return presenters.reply(await service.slow(_together, service.model, asked))


def _together(model: LoadedBundle, asked: SessionTogether) -> GroupListResponse:
    people = {name: own_ids(model, ratings) for name, ratings in asked.people.items()}
    filters = asked.filters([own_id(model, item) for item in asked.also_seen])
    found = together_list(model.recommender, people, asked.n, filters, how=asked.how, unit=asked.unit, envy=asked.envy)
    return presenters.together(model, found)
