"""From what the library says to the shapes that go over the wire."""

from __future__ import annotations

import itertools
import math
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import orjson
from fastapi import Response

from reelgraph.core import IntArray, Recommendation, Recommendations
from reelgraph.recommend import Counterfactual, Explanation, GroupList, Question, Reason, WhatIf
from reelgraph.recommend.what_if import Move
from reelgraph.serve.api.responses import (
    ChangedRating,
    CounterfactualResponse,
    ExplanationResponse,
    GroupListItem,
    GroupListResponse,
    Item,
    ItemPage,
    MemberOpinion,
    MemberResult,
    ModelCard,
    QuestionItem,
    QuestionsResponse,
    RankChange,
    RatingReason,
    RecommendationList,
    RecommendedItem,
    WhatIfResponse,
)

if TYPE_CHECKING:
    from reelgraph.serve.state.loaded_bundle import LoadedBundle

_PROCESS, _LISTS = secrets.token_urlsafe(9), itertools.count()


def reply(answer: object, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """An answer as JSON; what JSON has no word for, such as infinity, is null."""
    return Response(orjson.dumps(answer), status, headers, "application/json")


def new_id() -> str:
    """A `recommendation_id` that no other list has, of any process; without asking the system for chance each time."""
    return f"{_PROCESS}{next(_LISTS):x}"


def item(model: LoadedBundle, row: int) -> Item:
    """The movie at an item row."""
    catalogue = model.recommender.catalogue
    return Item(
        model.ids[row],
        str(catalogue.title[row]),
        int(catalogue.year[row]),
        catalogue.genres[row],
        int(model.recommender.popularity.counts[row]),
        int(catalogue.runtime[row]),
        str(catalogue.imdb_id[row]),
        int(catalogue.tmdb_id[row]),
        catalogue.people[row],
        catalogue.tags[row],
    )


def page(model: LoadedBundle, rows: IntArray, total: int, offset: int, near: bool = False) -> ItemPage:
    """The movies at item rows as one page."""
    return ItemPage([item(model, row) for row in rows.tolist()], total, offset, near)


def lines(answer: Sequence[Recommendation]) -> list[RecommendedItem]:
    """Lines of a list."""
    return [
        RecommendedItem(
            str(one.item_id), one.title, one.year, one.genres, one.rank, one.score, one.stars, one.low, one.high,
            one.liked, one.new,
        )
        for one in answer
    ]  # fmt: skip


def listed(model: LoadedBundle, answer: Recommendations, offset: int = 0) -> RecommendationList:
    """A list under a new `recommendation_id`, from ``offset`` on."""
    return RecommendationList(new_id(), lines(answer[offset:]), answer.answered_by, answer.note, model.digest)


def reason(one: Reason) -> RatingReason:
    """One reason."""
    return RatingReason(str(one.item_id), one.title, one.year, one.genres, one.stars, one.share, one.viewers)


def explained(model: LoadedBundle, answer: Explanation, top: int) -> ExplanationResponse:
    """An explanation with its ``top`` first reasons; the rest is added up."""
    return ExplanationResponse(
        item_id=str(answer.item_id),
        title=answer.title,
        score=answer.score,
        unit=answer.unit,
        stars=answer.stars,
        method=answer.method,
        reasons=[reason(one) for one in answer.reasons[:top]],
        others=math.fsum(one.share for one in answer.reasons[top:]),
        apart=answer.baseline_terms,
        by_genre=answer.grouped("genres"),
        note=answer.note,
        bundle=model.digest,
    )


def counterfactual(model: LoadedBundle, answer: Counterfactual) -> CounterfactualResponse:
    """The smallest change."""
    changed = [ChangedRating(str(one.item_id), one.title, one.stars, one.becomes) for one in answer.alterations]
    return CounterfactualResponse(
        str(answer.item_id), answer.title, answer.k, answer.rank, answer.after, changed, answer.smallest, model.digest
    )


def what_if(model: LoadedBundle, answer: WhatIf) -> WhatIfResponse:
    """Both lists and what moved."""
    return WhatIfResponse(listed(model, answer.before), listed(model, answer.after), [_moved(m) for m in answer.moves])


def _moved(move: Move) -> RankChange:
    return RankChange(str(move.item_id), move.title, move.before, move.after)


def questions(model: LoadedBundle, answer: Sequence[Question]) -> QuestionsResponse:
    """Questions with the words of the catalogue."""
    fitted = model.recommender.bundle
    return QuestionsResponse(
        [
            QuestionItem(
                str(one.item_id), one.title, one.year, fitted.catalogue.genres[fitted.items.row(one.item_id)],
                one.gain, one.chance,
            )
            for one in answer
        ],
        model.digest,
    )  # fmt: skip


def together(model: LoadedBundle, answer: GroupList) -> GroupListResponse:
    """A list for several people."""
    fitted = model.recommender.bundle
    rows = fitted.items.rows([line.item_id for line in answer.lines])
    shared = [
        GroupListItem(
            str(line.item_id),
            line.title,
            int(fitted.catalogue.year[row]),
            fitted.catalogue.genres[row],
            line.rank,
            line.value,
            [
                MemberOpinion(one.name, one.value, one.rank, None if one.because is None else reason(one.because))
                for one in line.opinions
            ],
        )
        for line, row in zip(answer.lines, rows.tolist(), strict=True)
    ]
    people = [MemberResult(one.name, one.alone, one.together, one.loss, one.kept) for one in answer.people]
    return GroupListResponse(new_id(), shared, people, answer.unit, answer.envy, answer.note, model.digest)


def card(model: LoadedBundle) -> ModelCard:
    """The model card of the bundle in use."""
    fitted, info = model.recommender.bundle, model.info
    return ModelCard(
        bundle=model.digest,
        created=model.created,
        model=info.get("model", {}),
        scorer=fitted.scorer.kind,
        data=info.get("data", {}),
        split=info.get("split", {}),
        protocol=info.get("protocol", ""),
        metrics=info.get("metrics", {}),
        training={key: value for key, value in info.get("training", {}).items() if key != "history"},
        versions=info.get("versions", {}),
        seed=info.get("seed"),
        users=len(fitted.users),
        items=len(fitted.items),
        ratings=int(fitted.history.nnz),
        scale={"low": fitted.scale.low, "high": fitted.scale.high, "step": fitted.scale.step},
    )
