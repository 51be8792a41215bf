"""The list of picks as the page shows it, with reasons and predicted stars."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from pydantic import Field

from reelgraph.core import IntArray, Recommendations
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend import (
    Filters,
    ParsedPhrase,
    Reason,
    RerankOptions,
    history_of_words,
    next_questions,
    parse_phrase,
)
from reelgraph.recommend.explain.reasons import ChosenReasons
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.serve.api.parameters import ItemId, WordsParams
from reelgraph.serve.api.presenters import new_recommendation_id
from reelgraph.serve.api.requests import UserListQuery
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState
from reelgraph.serve.web.movie_view import MovieView, movie_view, natural_title

_MAX_EXAMPLES = 2  # movies of a group that are named
_MAX_EXCLUDED = 300
_EXTRA_QUESTIONS = 5  # computed in addition, since some of them may not be asked


class PickQuery(UserListQuery, WordsParams):
    """Filters and re-ranking of the list.

    ``exclude``: never listed, such as films of an import that the visitor has not settled; unknown ids are ignored.
    """

    n: int = Field(10, ge=1, le=100)
    exclude: list[ItemId] = Field([], max_length=_MAX_EXCLUDED)

    def filters_for(self, loaded: LoadedBundle, user: UserState) -> Filters:
        """The filters for a visitor."""
        excluded = [loaded.native_item_id(item) for item in self.exclude if item in loaded.item_rows]
        return replace(super().filters_for(loaded, user), exclude=excluded)


@dataclass(frozen=True, slots=True)
class WordsChip:
    """A part of the phrase that was understood; ``rest`` is the phrase without it."""

    kind: str
    words: str
    values: Sequence[str | int | float]
    rest: str


@dataclass(frozen=True, slots=True)
class MissedWords:
    """A part of the phrase that nothing is made of, and the code of the reason."""

    words: str
    code: str


@dataclass(frozen=True, slots=True)
class WordsView:
    """What was understood of a phrase, and what was not."""

    chips: Sequence[WordsChip]
    missed: Sequence[MissedWords]


@dataclass(frozen=True, slots=True)
class ResolvedPickQuery:
    """What the list is made from: the person, the filters and dials, and the phrase among them."""

    history: WeightedHistory
    filters: Filters
    rerank: RerankOptions
    parsed: ParsedPhrase


@dataclass(frozen=True, slots=True)
class MovieQuestion(MovieView):
    """A movie to ask about; ``watched``: the visitor has seen it, so that only its stars are asked for."""

    watched: bool


@dataclass(frozen=True, slots=True)
class PickReason:
    """A movie that speaks for a pick, or against it; ``stars`` is null if it was seen without a rating."""

    id: str
    title: str
    stars: float | None
    viewers: int | None


@dataclass(frozen=True, slots=True)
class PickReasonGroup:
    """Movies that the visitor liked and that speak for a pick together; see `ReasonGroup`.

    ``count`` of them, the two strongest in ``films``; ``portion`` of all that the visitor's movies add. ``watched``:
    none of them has a rating.
    """

    kind: str
    name: str
    decade: int
    count: int
    portion: float
    films: Sequence[PickReason]
    watched: bool


@dataclass(frozen=True, slots=True)
class PredictedStars:
    """Predicted stars.

    ``chances`` of each level of the scale, empty if the model predicts no distribution; ``low`` to ``high`` are
    the fewest levels that hold 80 %.
    """

    stars: float
    low: float | None
    high: float | None
    liked: float | None
    chances: Sequence[float]


@dataclass(frozen=True, slots=True)
class Pick:
    """One line of the list.

    ``because``: one or two single movies, or one group; ``although``: movies rated low that matter all the same.
    ``wished``: on the watchlist; ``given``: the visitor's own rating; ``watched``: rated, or seen without a rating.
    """

    film: MovieView
    predicted: PredictedStars | None
    because: Sequence[PickReasonGroup]
    although: Sequence[PickReason]
    new: bool
    wished: bool
    given: float | None
    watched: bool


@dataclass(frozen=True, slots=True)
class PickList:
    """The list; ``more``: whether a longer one is possible; ``personal``: whether it is made from the visitor's movies.

    ``rated`` and ``seen`` count the movies rated, and those seen without a rating. ``mixed_order``: both what the
    visitor will watch and the stars they will give count, so that the list is not in the order of the stars.
    """

    recommendation_id: str
    items: Sequence[Pick]
    more: bool
    note: str
    personal: bool
    rated: int
    seen: int
    mixed_order: bool
    words: WordsView | None


def resolve_query(loaded: LoadedBundle, visitor: UserState, query: PickQuery) -> ResolvedPickQuery:
    """What a query asks for, in full; a phrase of which nothing is understood changes nothing."""
    history, parsed = query.history_of(loaded, visitor), ParsedPhrase("")
    if query.words is not None:
        parsed = parse_phrase(loaded.recommender, query.words, query.language, history=history, watchlist=True)
    named = query.model_copy(update={"watchlist": query.watchlist or parsed.watchlist})
    return ResolvedPickQuery(
        history_of_words(loaded.recommender, history, parsed),
        parsed.combined(named.filters_for(loaded, visitor)),
        parsed.reranked(query.rerank),
        parsed,
    )


def _words_view(parsed: ParsedPhrase) -> WordsView:
    return WordsView(
        [WordsChip(chip.kind, chip.words, chip.values, parsed.without(chip)) for chip in parsed.understood],
        [MissedWords(part.words, part.code) for part in parsed.not_understood],
    )


def recommendations(loaded: LoadedBundle, visitor: UserState, query: PickQuery) -> Recommendations:
    """The list, one line longer than asked for, to know whether there are more."""
    return _recommendations(loaded, query, resolve_query(loaded, visitor, query))


def _recommendations(loaded: LoadedBundle, query: PickQuery, resolved: ResolvedPickQuery) -> Recommendations:
    return loaded.recommender.recommend(
        resolved.history, query.n + 1, resolved.filters, order=query.order, rerank=resolved.rerank
    )


def pick_list(loaded: LoadedBundle, visitor: UserState, query: PickQuery) -> PickList:
    """The list with what the page shows of each line."""
    resolved = resolve_query(loaded, visitor, query)
    lines = _recommendations(loaded, query, resolved)
    page, history = lines[: query.n], resolved.history
    rows = loaded.bundle.items.rows([line.item_id for line in page])
    reasons, predicted = loaded.chosen_reasons(history, rows, query.order), predicted_stars(loaded, history, rows)
    own_stars = {} if loaded.bundle.scale is None else _own_stars(visitor)
    watchlist, watched = set(visitor.watchlist.tolist()), set(history.ratings.indices.tolist())
    items = [
        Pick(movie_view(loaded, row), predicted[position], *reason_views(loaded, chosen), line.new, row in watchlist,
             own_stars.get(row), row in watched)
        for position, (line, row, chosen) in enumerate(zip(page, rows.tolist(), reasons, strict=True))
    ]  # fmt: skip
    scorer = loaded.recommender.scorer_for(history, query.order)
    return PickList(
        new_recommendation_id(), items, len(lines) > query.n, lines.note, history.informs(loaded.recommender.scorer),
        len(visitor.stars), len(visitor.seen_only), isinstance(scorer, LikedOrderScorer) and not resolved.rerank,
        _words_view(resolved.parsed) if query.words is not None else None,
    )  # fmt: skip


def _own_stars(visitor: UserState) -> dict[int, float]:
    """The visitor's ratings by item row."""
    return dict(zip(visitor.ratings.indices.tolist(), visitor.stars.tolist(), strict=True))


def reason_views(loaded: LoadedBundle, chosen: ChosenReasons) -> tuple[list[PickReasonGroup], list[PickReason]]:
    """The reasons of a movie, as ``because`` and ``although``."""
    groups = [
        PickReasonGroup(
            group.kind, group.name, group.decade, len(group.reasons), group.portion,
            [_reason_view(loaded, reason) for reason in group.reasons[:_MAX_EXAMPLES]],
            all(reason.stars is None for reason in group.reasons),
        )
        for group in chosen.because
    ]  # fmt: skip
    return groups, [_reason_view(loaded, reason) for reason in chosen.although]


def reason_films(loaded: LoadedBundle, chosen: ChosenReasons) -> list[PickReason]:
    """The movies that are named as reasons, at most two: single ones, or the strongest of a group."""
    reasons = [reason for group in chosen.because for reason in group.reasons]
    return [_reason_view(loaded, reason) for reason in reasons[:_MAX_EXAMPLES]]


def _reason_view(loaded: LoadedBundle, reason: Reason) -> PickReason:
    title = natural_title(loaded, loaded.bundle.items.row(reason.item_id))
    return PickReason(str(reason.item_id), title, reason.stars, reason.viewers)


def predicted_stars(loaded: LoadedBundle, history: WeightedHistory, rows: IntArray) -> list[PredictedStars | None]:
    """Predicted stars of the movies at item rows; None for each if the model predicts none."""
    scale, prediction = loaded.bundle.scale, history.rate(loaded.bundle.scorer, rows)
    if prediction is None or scale is None:
        return [None] * len(rows)
    stars, distribution = prediction.stars[0].tolist(), prediction.distribution
    if distribution is None:
        return [PredictedStars(value, None, None, None, ()) for value in stars]
    low, high = (level[0].tolist() for level in distribution.likely_levels(0.8))
    liked = distribution.at_least(scale.liked_from)[0].tolist()
    chances = np.round(distribution.probability[0].astype(np.float64), 4).tolist()
    return [PredictedStars(*values) for values in zip(stars, low, high, liked, chances, strict=True)]


def questions(loaded: LoadedBundle, visitor: UserState, skipped: Collection[int | str], n: int) -> list[MovieQuestion]:
    """Movies to ask about next; the most rated movies if the model cannot tell.

    Args:
        loaded: the bundle in use.
        visitor: whom to ask.
        skipped: ids of movies that they gave no answer for: not seen, unless they are marked as seen.
        n: number of movies.
    """
    items, watched = loaded.bundle.items, set(visitor.seen_only.tolist())
    skipped_rows = items.rows(list(skipped)).tolist()
    excluded = {*skipped_rows, *visitor.not_interested.tolist()}
    not_seen = [items.id(row) for row in skipped_rows if row not in watched]
    try:
        n_candidates = n + len(excluded) - len(not_seen) + _EXTRA_QUESTIONS
        candidates = next_questions(loaded.recommender, visitor.history(), n_candidates, not_seen=not_seen)
        rows = [items.row(question.item_id) for question in candidates]
    except CapabilityError:
        excluded |= set(visitor.ratings.indices.tolist()) | (set() if loaded.bundle.scale is not None else watched)
        rows = loaded.recommender.titles.rows_by_popularity.tolist()
    asked_rows = [row for row in rows if row not in excluded][:n]
    return [MovieQuestion(**asdict(movie_view(loaded, row)), watched=row in watched) for row in asked_rows]
