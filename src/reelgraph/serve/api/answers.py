"""Answers about a person given by what they rated and saw, for the routes and for the tools of assistants."""

from __future__ import annotations

from collections.abc import Mapping

from reelgraph.data.titles.title_search import TitleMatches
from reelgraph.recommend import history_of_words, recommend_for_group
from reelgraph.recommend.recommender import SimilarBy
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api import presenters
from reelgraph.serve.api.explanation_responses import ExplanationResponse, WhatIfResponse
from reelgraph.serve.api.group_responses import GroupListResponse
from reelgraph.serve.api.requests import (
    SessionExplain,
    SessionRecommend,
    SessionTogether,
    SessionWhatIf,
    session_history,
)
from reelgraph.serve.api.responses import ItemPage, RecommendationList
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.added_items import AddedItems
from reelgraph.serve.state.loaded_bundle import LoadedBundle


def search(loaded: LoadedBundle, added: AddedItems, query: str, n: int, offset: int = 0) -> ItemPage:
    """Movies of the bundle, then added ones; guesses only where no title of either has the words."""
    matches = loaded.recommender.titles.search(query, n, offset)
    n_missing, added_offset = n - len(matches.rows), max(offset - matches.total, 0)
    movies, added_matches = added.search(query, n_missing, added_offset)
    if added_matches.approximate and not matches.approximate:
        return presenters.item_page(loaded, matches, offset)
    if matches.approximate and not added_matches.approximate:
        movies, added_matches = added.search(query, n, offset)
        matches = TitleMatches(matches.rows[:0], 0, approximate=True)
    return presenters.item_page(loaded, matches, offset, movies, added_matches)


def similar(
    loaded: LoadedBundle, item_id: int | str, n: int, offset: int = 0, by: SimilarBy = "viewers"
) -> RecommendationList:
    """Movies like one, which is given by its id in the bundle."""
    return presenters.recommendation_list(loaded, loaded.recommender.similar(item_id, n + offset, by=by), offset)


def recommend(
    loaded: LoadedBundle, body: SessionRecommend, history: WeightedHistory | None = None
) -> RecommendationList:
    """A list for a person: ``history``, or where that is None the ratings of ``body``."""
    loaded = loaded.in_language(body.lang)
    history = body.weighted(loaded, body.history(loaded) if history is None else history)
    parsed = body.understood(loaded, history)
    history = history_of_words(loaded.recommender, history, parsed)
    filters, length = parsed.combined(body.filters_for(loaded)), body.n + body.offset
    rerank = parsed.reranked(body.rerank)
    recommendations = loaded.recommender.recommend(history, length, filters, order=body.order, rerank=rerank)
    explained = history if body.reasons else None
    spoken = parsed if body.words is not None else None
    return presenters.recommendation_list(loaded, recommendations, body.offset, explained, body.order, spoken)


def explain(loaded: LoadedBundle, body: SessionExplain, history: WeightedHistory | None = None) -> ExplanationResponse:
    """Why a movie has its score for a person, who is given as for `recommend`."""
    native_id = loaded.native_item_id(body.item_id)
    history = body.history(loaded) if history is None else history
    history = loaded.recommender.histories.recent(history) if body.recent else history
    explanation = loaded.recommender.explain(history, native_id, method=body.method, order=body.order)
    return presenters.explanation(loaded, explanation, body.top)


def what_if(loaded: LoadedBundle, body: SessionWhatIf, history: WeightedHistory | None = None) -> WhatIfResponse:
    """The list without and with changes for a person, who is given as for `recommend`."""
    changes, filters = body.changes.changes(loaded), body.filters_for(loaded)
    history = body.weighted(loaded, body.history(loaded) if history is None else history)
    result = loaded.recommender.what_if(history, changes, body.n, filters, order=body.order, rerank=body.rerank)
    return presenters.what_if(loaded, result)


def together(
    loaded: LoadedBundle, body: SessionTogether, others: Mapping[str, WeightedHistory] | None = None
) -> GroupListResponse:
    """One list for the people of ``body`` and for ``others``, by name.

    Raises:
        ApiError: 422, what somebody saw is given, but not the person.
    """
    unknown = sorted(body.seen_by.keys() - body.people.keys())
    if unknown:
        raise ApiError(422, "invalid", f"body.seen_by: {unknown[0]} is not among the people", "name them in people")
    people = {
        name: session_history(loaded, ratings, body.seen_by.get(name, ()), body.seen_weight)
        for name, ratings in body.people.items()
    } | dict(others or {})
    filters = body.filters([loaded.native_item_id(item) for item in body.also_seen])
    result = recommend_for_group(
        loaded.recommender, people, body.n, filters, how=body.how, unit=body.unit, envy=body.envy
    )
    return presenters.group_list(loaded, result)
