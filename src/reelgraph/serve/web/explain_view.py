"""Why a movie, and what would have to be different, in the words of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.recommend import Counterfactual, Explanation
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.movie_view import MovieView, film
from reelgraph.serve.web.picks_view import PickQuery, PredictedStars, predictions
from reelgraph.serve.web.visitor_profile import VisitorProfile

_REASONS, _GENRES = 8, 5
_NOTHING = 5e-4  # what a movie's own rating says of it is not told where it is so little


@dataclass(frozen=True, slots=True)
class Bar:
    """What one thing adds to the score, or takes off."""

    label: str
    share: float
    page: str | None = None
    stars: float | None = None
    viewers: int | None = None


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """Why a movie has its score; with ``sum`` the shares of all bars, the others and apart add up to it."""

    film: MovieView
    predicted: PredictedStars | None
    score: float
    unit: str
    sums: bool
    bars: Sequence[Bar]
    others: float
    other_count: int
    apart: Sequence[Bar]
    genres: Sequence[Bar]
    note: str


@dataclass(frozen=True, slots=True)
class AlteredRating:
    """One rating changed; ``becomes`` null: not counted."""

    film: MovieView
    stars: float
    becomes: float | None


@dataclass(frozen=True, slots=True)
class CounterfactualView:
    """What would have to be different for the movie to be among the first ``k``, or not."""

    film: MovieView
    k: int
    rank: int
    after: int
    altered: Sequence[AlteredRating]
    smallest: bool


def why(model: LoadedBundle, guest: VisitorProfile, row: int) -> ExplanationView:
    """Why the movie at an item row has its score for this visitor."""
    recommender = model.recommender
    item = recommender.items.id(row)
    found: Explanation = recommender.explain(guest.ratings, item)
    predicted = predictions(model, recommender.history_for(guest.ratings), np.array([row]))[0]
    reasons = [one for one in found.reasons if one.item_id != item or abs(one.share) >= _NOTHING]
    bars = [_bar(model, one.item_id, one.share, one.stars, one.viewers) for one in reasons[:_REASONS]]
    rest = reasons[_REASONS:]
    genres = [Bar(name, share) for name, share in list(found.grouped("genres").items())[:_GENRES]]
    apart = [Bar(name, term) for name, term in found.baseline_terms.items()]
    others = math.fsum(one.share for one in rest)
    return ExplanationView(
        film(model, row), predicted, found.score, found.unit, found.method == "sum", bars, others, len(rest), apart,
        genres, found.note,
    )  # fmt: skip


def _bar(model: LoadedBundle, item: int | str, share: float, stars: float, viewers: int | None) -> Bar:
    told = film(model, model.recommender.items.row(item))
    return Bar(told.title, share, told.page, stars, viewers)


def different(model: LoadedBundle, guest: VisitorProfile, row: int, wanted: PickQuery) -> CounterfactualView:
    """The smallest change of this visitor's ratings that brings the movie into their list, or out of it.

    Raises:
        ConfigError: the movie may not be listed.
    """
    items = model.recommender.items
    item = items.id(row)
    found: Counterfactual = model.recommender.counterfactual(guest.ratings, item, wanted.n, wanted.filters_for(guest))
    altered = [AlteredRating(film(model, items.row(one.item_id)), one.stars, one.becomes) for one in found.alterations]
    return CounterfactualView(film(model, row), found.k, found.rank, found.after, altered, found.smallest)
