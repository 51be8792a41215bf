"""Turn results of the library into response bodies."""

from __future__ import annotations

import itertools
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import orjson
from fastapi import Response

from reelgraph.core import RatingScale, Recommendation, Recommendations
from reelgraph.data.titles.title_search import TitleMatches
from reelgraph.recommend import (
    Counterfactual,
    Explanation,
    GroupList,
    Order,
    ParsedPhrase,
    Question,
    Reason,
    ReasonGroup,
    WhatIf,
)
from reelgraph.recommend.explain.reason_sentences import reason_sentence
from reelgraph.recommend.explain.reasons import ChosenReasons
from reelgraph.recommend.explain.shared_reasons import SharedReasons
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api.explanation_responses import (
    ChangedRating,
    CounterfactualResponse,
    ExplanationResponse,
    MovieShare,
    RankChange,
    SharedReasonsResponse,
    WhatIfResponse,
)
from reelgraph.serve.api.group_responses import GroupListItem, GroupListOpinion, GroupListResponse, MemberResult
from reelgraph.serve.api.responses import (
    Item,
    ItemDetails,
    ItemPage,
    ItemReasons,
    ModelCard,
    PartNotUnderstood,
    QuestionItem,
    QuestionsResponse,
    RatingReason,
    ReasonGroupResponse,
    RecommendationList,
    RecommendedItem,
    UnderstoodPart,
    UnderstoodWords,
)
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.store import AddedItem

_MAX_GROUP_MOVIES = 5  # listed of a group of reasons
_PROCESS_ID, _LIST_NUMBERS = secrets.token_urlsafe(9), itertools.count()


def reply(body: object, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """A JSON response; a value that JSON does not have, such as infinity, becomes null."""
    return Response(orjson.dumps(body), status, headers, "application/json")


def new_recommendation_id() -> str:
    """A unique id, also among processes, without a system call for random bytes each time."""
    return f"{_PROCESS_ID}{next(_LIST_NUMBERS):x}"


def item(loaded: LoadedBundle, row: int) -> Item:
    """The movie at an item row."""
    catalogue = loaded.bundle.catalogue
    return Item(
        loaded.item_ids[row],
        str(catalogue.title[row]),
        int(catalogue.year[row]),
        catalogue.genres[row],
        int(loaded.recommender.popularity.counts[row]),
        int(catalogue.runtime[row]),
        str(catalogue.imdb_id[row]),
        int(catalogue.tmdb_id[row]),
        catalogue.people[row],
        catalogue.tags[row],
        in_model=loaded.is_in_model(row),
        title_local=loaded.local_title(row) or None,
    )


def item_details(loaded: LoadedBundle, row: int) -> ItemDetails:
    """The movie at an item row, with its details."""
    catalogue = loaded.bundle.catalogue
    return _with_details(
        item(loaded, row),
        directors=catalogue.directors[row], writers=catalogue.writers[row], cast=catalogue.cast[row],
        languages=catalogue.languages[row], countries=catalogue.countries[row], keywords=catalogue.keywords[row],
        titles=catalogue.translated_titles[row], original_title=catalogue.original_title[row],
        overview=catalogue.overview[row], series=catalogue.series[row],
    )  # fmt: skip


def added_item_details(added: AddedItem) -> ItemDetails:
    """A movie that the bundle does not have, of which no details are known."""
    return _with_details(added_item(added))


def _with_details(short: Item, **details: Any) -> ItemDetails:
    return ItemDetails(**{field.name: getattr(short, field.name) for field in fields(short)}, **details)


def added_item(added: AddedItem) -> Item:
    """A movie that the bundle does not have."""
    return Item(added.item_id, added.title, added.year, added.genres, 0, 0, "", 0, (), (), in_model=False)


def item_page(
    loaded: LoadedBundle,
    matches: TitleMatches,
    offset: int,
    added: Sequence[AddedItem] = (),
    added_matches: TitleMatches | None = None,
) -> ItemPage:
    """One page of search results: movies of the bundle, then those that were added.

    Args:
        loaded: the bundle.
        matches: its movies on the page.
        offset: number of movies before the page.
        added: added movies on the page.
        added_matches: says how many they are on all pages; None for none.
    """
    items = [item(loaded, row) for row in matches.rows.tolist()] + [added_item(movie) for movie in added]
    if added_matches is None:
        return ItemPage(items, matches.total, offset, matches.approximate)
    is_near = matches.approximate and added_matches.approximate
    return ItemPage(items, matches.total + added_matches.total, offset, is_near)


def _recommended_item(loaded: LoadedBundle, line: Recommendation, chosen: ChosenReasons | None) -> RecommendedItem:
    local = loaded.local_title(loaded.bundle.items.row(line.item_id)) if loaded.language else ""
    return RecommendedItem(
        str(line.item_id), line.title, line.year, line.genres, line.rank, line.score, line.stars, line.low, line.high,
        line.liked, line.new, None if chosen is None else _item_reasons(chosen), local or None,
    )  # fmt: skip


def recommendation_list(
    loaded: LoadedBundle,
    recommendations: Recommendations,
    offset: int = 0,
    history: WeightedHistory | None = None,
    order: Order = "liked",
    parsed: ParsedPhrase | None = None,
) -> RecommendationList:
    """A list without its first ``offset`` lines, under a new `recommendation_id`.

    Args:
        loaded: the bundle.
        recommendations: the list.
        offset: number of lines to leave out.
        history: of the person, for the reasons of each line; None for a list without them.
        order: of the list.
        parsed: the phrase that the list was asked for with.
    """
    lines = recommendations[offset:]
    reasons: Sequence[ChosenReasons | None] = [None] * len(lines)
    if history is not None:
        reasons = loaded.chosen_reasons(history, loaded.bundle.items.rows([line.item_id for line in lines]), order)
    items = [_recommended_item(loaded, line, chosen) for line, chosen in zip(lines, reasons, strict=True)]
    return RecommendationList(
        new_recommendation_id(), items, recommendations.answered_by, recommendations.note, loaded.digest,
        understood_words(parsed) if parsed else None,
    )  # fmt: skip


def understood_words(parsed: ParsedPhrase) -> UnderstoodWords:
    """What was understood of a phrase, and what was not."""
    return UnderstoodWords(
        [UnderstoodPart(chip.kind, chip.words, chip.meaning) for chip in parsed.understood],
        [PartNotUnderstood(part.words, part.reason) for part in parsed.not_understood],
    )


def _rating_reason(reason: Reason) -> RatingReason:
    return RatingReason(
        str(reason.item_id), reason.title, reason.year, reason.genres, reason.stars, reason.share, reason.viewers,
        reason.liked, reason.went_on,
    )  # fmt: skip


def _reason_group(group: ReasonGroup) -> ReasonGroupResponse:
    movies = [_rating_reason(reason) for reason in group.reasons[:_MAX_GROUP_MOVIES]]
    return ReasonGroupResponse(
        group.kind, group.name, group.decade, group.label, len(group.reasons), group.share, group.portion, movies
    )


def _item_reasons(chosen: ChosenReasons) -> ItemReasons:
    because = [_reason_group(group) for group in chosen.because]
    return ItemReasons(reason_sentence(chosen), because, [_rating_reason(reason) for reason in chosen.although])


def explanation(loaded: LoadedBundle, result: Explanation, top: int) -> ExplanationResponse:
    """An explanation with its first ``top`` reasons and groups; the shares of the other reasons are summed up."""
    chosen = _item_reasons(ChosenReasons(result.because, result.although))
    return ExplanationResponse(
        item_id=str(result.item_id),
        title=result.title,
        score=result.score,
        unit=result.unit,
        stars=result.stars,
        method=result.method,
        reasons=[_rating_reason(reason) for reason in result.reasons[:top]],
        others=math.fsum(reason.share for reason in result.reasons[top:]),
        apart=result.baseline_terms,
        by_genre=result.grouped("genres"),
        note=result.note,
        sentence=chosen.sentence,
        because=chosen.because,
        although=chosen.although,
        support=result.support,
        low_ratings=result.low_ratings,
        bundle=loaded.digest,
        shared=[_shared_reasons(group) for group in result.shared[:top]],
    )


def _shared_reasons(group: SharedReasons) -> SharedReasonsResponse:
    movies = [MovieShare(str(reason.item_id), reason.title, reason.share) for reason in group.reasons]
    return SharedReasonsResponse(group.kind, group.name, group.label, len(movies), group.share, movies)


def counterfactual(loaded: LoadedBundle, result: Counterfactual) -> CounterfactualResponse:
    """The smallest change of the ratings."""
    changed = [
        ChangedRating(str(change.item_id), change.title, change.stars, change.becomes) for change in result.alterations
    ]
    return CounterfactualResponse(
        str(result.item_id), result.title, result.k, result.rank, result.after, changed, result.smallest, loaded.digest
    )


def what_if(loaded: LoadedBundle, result: WhatIf) -> WhatIfResponse:
    """Both lists and the changes of rank."""
    before, after = (recommendation_list(loaded, recommendations) for recommendations in (result.before, result.after))
    moves = [RankChange(str(move.item_id), move.title, move.before, move.after) for move in result.moves]
    return WhatIfResponse(before, after, moves)


def questions(loaded: LoadedBundle, result: Sequence[Question]) -> QuestionsResponse:
    """Questions with the genres of their movies."""
    items, genres = loaded.bundle.items, loaded.bundle.catalogue.genres
    questions = [
        QuestionItem(
            str(question.item_id), question.title, question.year, genres[items.row(question.item_id)], question.gain,
            question.chance,
        )
        for question in result
    ]  # fmt: skip
    return QuestionsResponse(questions, loaded.digest)


def group_list(loaded: LoadedBundle, result: GroupList) -> GroupListResponse:
    """A list for several people."""
    catalogue = loaded.bundle.catalogue
    rows = loaded.bundle.items.rows([line.item_id for line in result.lines])
    items = [
        GroupListItem(
            str(line.item_id),
            line.title,
            int(catalogue.year[row]),
            catalogue.genres[row],
            line.rank,
            line.value,
            [
                GroupListOpinion(
                    opinion.name,
                    opinion.value,
                    opinion.rank,
                    None if opinion.because is None else _rating_reason(opinion.because),
                )
                for opinion in line.opinions
            ],
        )
        for line, row in zip(result.lines, rows.tolist(), strict=True)
    ]
    people = [
        MemberResult(member.name, member.alone, member.together, member.loss, member.kept) for member in result.people
    ]
    return GroupListResponse(
        new_recommendation_id(), items, people, result.unit, result.envy, result.note, loaded.digest
    )


def _scale_values(scale: RatingScale) -> Mapping[str, float]:
    """The scale with the step of its levels if it is continuous."""
    return {"low": scale.low, "high": scale.high, "step": scale.step or scale.level_step}


def model_card(loaded: LoadedBundle) -> ModelCard:
    """The model card of the bundle in use."""
    bundle, info = loaded.bundle, loaded.bundle.info
    return ModelCard(
        bundle=loaded.digest,
        created=loaded.created,
        model=info.get("model", {}),
        scorer=bundle.scorer.kind,
        data=info.get("data", {}),
        split=info.get("split", {}),
        protocol=info.get("protocol", ""),
        metrics=info.get("metrics", {}),
        training={key: value for key, value in info.get("training", {}).items() if key != "history"},
        versions=info.get("versions", {}),
        seed=info.get("seed"),
        users=len(bundle.users),
        items=len(bundle.items),
        ratings=int(bundle.item_statistics.counts.sum()),
        scale=None if bundle.scale is None else _scale_values(bundle.scale),
        feedback=bundle.feedback,
        seen_weight=loaded.recommender.seen_weight,
    )
