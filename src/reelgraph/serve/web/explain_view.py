"""Explanations and counterfactuals as the page shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.recommend import Reason
from reelgraph.recommend.explain.reasons import ChosenReasons, LowRatingsEffect
from reelgraph.recommend.explain.shared_reasons import SharedReasons
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState
from reelgraph.serve.web.messages import Translator
from reelgraph.serve.web.movie_view import MovieView, movie_view, natural_title
from reelgraph.serve.web.note_translation import translated_notes
from reelgraph.serve.web.picks_view import (
    PickQuery,
    PickReason,
    PickReasonGroup,
    PredictedStars,
    predicted_stars,
    reason_views,
    resolve_query,
)

_MAX_BARS, _MAX_GENRES, _MAX_SHARED = 8, 5, 5
_MAX_TITLES = 3  # of films of a group
_MIN_OWN_SHARE = 5e-4  # of the movie's own rating; a smaller one is not shown


@dataclass(frozen=True, slots=True)
class Bar:
    """What a rating, a genre or a constant adds to the score, or takes from it."""

    label: str
    share: float
    page: str | None = None
    stars: float | None = None
    viewers: int | None = None
    liked: bool = True


@dataclass(frozen=True, slots=True)
class OtherBars:
    """What ``count`` movies without a bar of their own add together, or take away."""

    count: int
    share: float


@dataclass(frozen=True, slots=True)
class SharedBar:
    """What the visitor's films that share something with the movie add together; ``label`` names some of them."""

    label: str
    share: float


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """Why a movie has its score; if it ``sums``, all bars, ``others`` and ``apart`` add up to the score.

    ``others``: what the other movies add, and what they take away. ``whole``: all that the visitor's movies add, or
    take away if they add nothing; the page shows shares as parts of it. ``because`` and ``although`` as in `Pick`.
    ``low_ratings``: what the visitor's low ratings do to the predicted stars. ``shared``: sums of films that share a
    director, a series, a member of the cast or a keyword with the movie, under ``shared_title``.
    """

    film: MovieView
    predicted: PredictedStars | None
    because: Sequence[PickReasonGroup]
    although: Sequence[PickReason]
    low_ratings: LowRatingsEffect | None
    score: float
    unit: str
    sums: bool
    bars: Sequence[Bar]
    others: Sequence[OtherBars]
    whole: float
    apart: Sequence[Bar]
    genres: Sequence[Bar]
    note: str
    shared_title: str
    shared: Sequence[SharedBar]


@dataclass(frozen=True, slots=True)
class AlteredRating:
    """One changed rating; ``stars`` is null if it was seen without one, ``becomes`` is null if it is ignored."""

    film: MovieView
    stars: float | None
    becomes: float | None


@dataclass(frozen=True, slots=True)
class CounterfactualView:
    """Which ratings would have to be different for the movie to be among the first ``k``, or not to be."""

    film: MovieView
    k: int
    rank: int
    after: int
    altered: Sequence[AlteredRating]
    smallest: bool


def explanation_view(
    loaded: LoadedBundle, visitor: UserState, row: int, query: PickQuery, t: Translator
) -> ExplanationView:
    """Why the movie at an item row has its score in the list that a visitor asks for."""
    item_id, history = loaded.bundle.items.id(row), resolve_query(loaded, visitor, query).history
    explanation = loaded.recommender.explain(history, item_id, order=query.order)
    (predicted,) = predicted_stars(loaded, history, np.array([row]))
    reasons = [
        reason for reason in explanation.reasons if reason.item_id != item_id or abs(reason.share) >= _MIN_OWN_SHARE
    ]
    because, although = reason_views(loaded, ChosenReasons(explanation.because, explanation.although))
    return ExplanationView(
        film=movie_view(loaded, row),
        predicted=predicted,
        because=because,
        although=although,
        low_ratings=explanation.low_ratings,
        score=explanation.score,
        unit=explanation.unit,
        sums=explanation.method == "sum",
        bars=[_reason_bar(loaded, reason) for reason in reasons[:_MAX_BARS]],
        others=_others(reasons[_MAX_BARS:]),
        whole=explanation.support or math.fsum(abs(reason.share) for reason in explanation.reasons),
        apart=[Bar(name, term) for name, term in explanation.baseline_terms.items()],
        genres=[Bar(name, share) for name, share in list(explanation.grouped("genres").items())[:_MAX_GENRES]],
        note=translated_notes(explanation.note, t),
        shared_title=t.text("in_common.title"),
        shared=[_shared_bar(loaded, group, t) for group in explanation.shared[:_MAX_SHARED]],
    )


def _shared_bar(loaded: LoadedBundle, group: SharedReasons, t: Translator) -> SharedBar:
    texts = {
        "director": "in_common.director", "series": "in_common.series", "cast": "in_common.cast",
        "keyword": "in_common.keyword",
    }  # fmt: skip
    titles = [natural_title(loaded, loaded.bundle.items.row(reason.item_id)) for reason in group.reasons]
    named = t.list(titles) if len(titles) <= _MAX_TITLES else f"{', '.join(titles[:_MAX_TITLES])}, …"
    return SharedBar(t.text(texts[group.kind], count=len(titles), name=group.name, films=named), group.share)


def _reason_bar(loaded: LoadedBundle, reason: Reason) -> Bar:
    movie = movie_view(loaded, loaded.bundle.items.row(reason.item_id))
    return Bar(movie.title, reason.share, movie.page, reason.stars, reason.viewers, reason.liked)


def _others(reasons: Sequence[Reason]) -> list[OtherBars]:
    """The other movies that add something, and those that take something away."""
    shares = [[r.share for r in reasons if r.share >= 0], [r.share for r in reasons if r.share < 0]]
    return [OtherBars(len(signed), math.fsum(signed)) for signed in shares if signed]


def counterfactual_view(loaded: LoadedBundle, visitor: UserState, row: int, query: PickQuery) -> CounterfactualView:
    """The smallest change of this visitor's ratings that brings the movie into their list, or out of it.

    Raises:
        ConfigError: the movie may not be listed.
    """
    items, history = loaded.bundle.items, query.history_of(loaded, visitor)
    filters = query.filters_for(loaded, visitor)
    result = loaded.recommender.counterfactual(history, items.id(row), query.n, filters, order=query.order)
    altered = [
        AlteredRating(movie_view(loaded, items.row(change.item_id)), change.stars, change.becomes)
        for change in result.alterations
    ]
    return CounterfactualView(movie_view(loaded, row), result.k, result.rank, result.after, altered, result.smallest)
