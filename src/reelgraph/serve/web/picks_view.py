"""The list of picks as the page shows it, with reasons and predicted stars."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from pydantic import Field

from reelgraph.core import Explains, FloatArray, IntArray, Recommendations, Scorer
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend import next_questions
from reelgraph.recommend.explain.contributions import weighted_contributions
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api.presenters import new_recommendation_id
from reelgraph.serve.api.requests import UserListQuery
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState
from reelgraph.serve.web.movie_view import MovieView, movie_view, natural_title

_MAX_REASONS, _MIN_SHARE = 2, 0.12  # of one pick; share of the score that a reason must have
_EXTRA_QUESTIONS = 5  # computed in addition, since some of them may not be asked


class PickQuery(UserListQuery):
    """Filters and re-ranking of the list."""

    n: int = Field(10, ge=1, le=100)


@dataclass(frozen=True, slots=True)
class MovieQuestion(MovieView):
    """A movie to ask about; ``watched``: the visitor has seen it, so that only its stars are asked for."""

    watched: bool


@dataclass(frozen=True, slots=True)
class PickReason:
    """A movie that speaks for a pick; ``stars`` is null if it was seen without a rating."""

    id: str
    title: str
    stars: float | None
    viewers: int | None


@dataclass(frozen=True, slots=True)
class PredictedStars:
    """Predicted stars.

    ``chances`` of each level of the scale, empty if the model predicts no distribution; ``low`` to ``high`` is an
    interval of 80 %.
    """

    stars: float
    low: float | None
    high: float | None
    liked: float | None
    chances: Sequence[float]


@dataclass(frozen=True, slots=True)
class Pick:
    """One line of the list.

    ``wished``: on the watchlist; ``given``: the visitor's own rating; ``watched``: rated, or seen without a rating.
    """

    film: MovieView
    predicted: PredictedStars | None
    because: Sequence[PickReason]
    new: bool
    wished: bool
    given: float | None
    watched: bool


@dataclass(frozen=True, slots=True)
class PickList:
    """The list; ``more``: whether a longer one is possible; ``personal``: whether it is made from the visitor's movies.

    ``rated`` and ``seen`` count the movies rated, and those seen without a rating.
    """

    recommendation_id: str
    items: Sequence[Pick]
    more: bool
    note: str
    personal: bool
    rated: int
    seen: int


def recommendations(loaded: LoadedBundle, visitor: UserState, query: PickQuery) -> Recommendations:
    """The list, one line longer than asked for, to know whether there are more."""
    history, filters = visitor.history(query.seen_weight), query.filters_for(loaded, visitor)
    return loaded.recommender.recommend(history, query.n + 1, filters, order=query.order, rerank=query.rerank)


def pick_list(loaded: LoadedBundle, visitor: UserState, query: PickQuery) -> PickList:
    """The list with what the page shows of each line."""
    lines = recommendations(loaded, visitor, query)
    page, history = lines[: query.n], visitor.history(query.seen_weight)
    rows = loaded.bundle.items.rows([line.item_id for line in page])
    reasons, predicted = pick_reasons(loaded, history, rows), predicted_stars(loaded, history, rows)
    own_stars = {} if loaded.bundle.scale is None else _own_stars(visitor)
    watchlist, watched = set(visitor.watchlist.tolist()), set(history.ratings.indices.tolist())
    items = [
        Pick(movie_view(loaded, row), predicted[position], reasons[position], line.new, row in watchlist,
             own_stars.get(row), row in watched)
        for position, (line, row) in enumerate(zip(page, rows.tolist(), strict=True))
    ]  # fmt: skip
    return PickList(
        new_recommendation_id(), items, len(lines) > query.n, lines.note, history.informs(loaded.recommender.scorer),
        len(visitor.stars), len(visitor.seen_only),
    )  # fmt: skip


def _own_stars(visitor: UserState) -> dict[int, float]:
    """The visitor's ratings by item row."""
    return dict(zip(visitor.ratings.indices.tolist(), visitor.stars.tolist(), strict=True))


def pick_reasons(loaded: LoadedBundle, history: WeightedHistory, rows: IntArray) -> list[list[PickReason]]:
    """The movies that speak most for each item row; none if the scores are not sums over the ratings."""
    scorer: Scorer = loaded.recommender.scorer_for(history)
    if not isinstance(scorer, Explains) or not history.ratings.nnz or not len(rows):
        return [[] for _ in rows]
    contributions = weighted_contributions(history, scorer, rows).ratings
    return [
        _item_reasons(loaded, history, item, effects)
        for item, effects in zip(rows.tolist(), contributions, strict=True)
    ]


def _item_reasons(loaded: LoadedBundle, history: WeightedHistory, item: int, effects: FloatArray) -> list[PickReason]:
    largest = np.argsort(-effects, kind="stable")[:_MAX_REASONS]
    largest = largest[effects[largest] > _MIN_SHARE * max(float(effects[effects > 0].sum()), 1e-9)]
    has_stars = loaded.bundle.scale is not None
    rows, stars = history.ratings.indices[largest], history.stars_given[largest]
    viewers = loaded.recommender.co_likes.counts(item, rows)
    catalogue = loaded.bundle.catalogue
    return [
        PickReason(
            loaded.item_ids[row],
            natural_title(catalogue, row),
            value if has_stars and value == value else None,
            count if count >= 0 else None,
        )
        for row, value, count in zip(rows.tolist(), stars.tolist(), viewers.tolist(), strict=True)
    ]


def predicted_stars(loaded: LoadedBundle, history: WeightedHistory, rows: IntArray) -> list[PredictedStars | None]:
    """Predicted stars of the movies at item rows; None for each if the model predicts none."""
    scale, prediction = loaded.bundle.scale, history.rate(loaded.bundle.scorer, rows)
    if prediction is None or scale is None:
        return [None] * len(rows)
    stars, distribution = prediction.stars[0].tolist(), prediction.distribution
    if distribution is None:
        return [PredictedStars(value, None, None, None, ()) for value in stars]
    low, high = (scale.clip(bound[0]).tolist() for bound in distribution.interval(0.8))
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
