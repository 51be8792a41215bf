"""The live list: what a visitor sees of each pick, reasons included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from reelgraph.core import Explains, FloatArray, IntArray, Recommendations, Scorer
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend import Filters, next_questions
from reelgraph.recommend.explain.contributions import weighted_contributions
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api.presenters import new_id
from reelgraph.serve.api.requests import FilterParams, RerankParams
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.movie_view import MovieView, film, films, spoken
from reelgraph.serve.web.visitor_profile import VisitorProfile

_TOLD, _LEAST_SHARE = 2, 0.12  # reasons in a sentence; a second one must be so much of the whole
_MORE = 5  # questions looked through beyond those that may not be asked


class PickQuery(FilterParams, RerankParams):
    """Filters and dials of the list."""

    n: int = Field(12, ge=1, le=100)
    watchlist: bool = False

    def filters_for(self, guest: VisitorProfile) -> Filters:
        """As `Recommender.recommend` takes them, with what this visitor does not want to see."""
        hidden = guest.not_interested if self.seen != "hidden" else guest.hidden
        return self.filters(hidden, guest.watchlist - hidden if self.watchlist else None)


@dataclass(frozen=True, slots=True)
class PickReason:
    """A rating that speaks for a pick."""

    id: str
    title: str
    stars: float
    viewers: int | None


@dataclass(frozen=True, slots=True)
class PredictedStars:
    """Predicted stars.

    ``chances`` of each level of the scale, empty where the model says none; ``low`` to ``high`` holds 80 %.
    """

    stars: float
    low: float | None
    high: float | None
    liked: float | None
    chances: Sequence[float]


@dataclass(frozen=True, slots=True)
class Pick:
    """One line of the list."""

    film: MovieView
    predicted: PredictedStars | None
    because: Sequence[PickReason]
    new: bool
    wished: bool
    given: float | None


@dataclass(frozen=True, slots=True)
class PickList:
    """The list, and whether there is more of it."""

    recommendation_id: str
    items: Sequence[Pick]
    more: bool
    note: str
    rated: int


def recommended(model: LoadedBundle, guest: VisitorProfile, wanted: PickQuery) -> Recommendations:
    """The list itself, one line longer than wanted to know whether there is more."""
    return model.recommender.recommend(guest.ratings, wanted.n + 1, wanted.filters_for(guest), rerank=wanted.rerank)


def picks(model: LoadedBundle, guest: VisitorProfile, wanted: PickQuery) -> PickList:
    """The list with what the page shows of each line."""
    answer = recommended(model, guest, wanted)
    shown = answer[: wanted.n]
    heard = model.recommender.history_for(guest.ratings)
    rows = model.recommender.items.rows([line.item_id for line in shown])
    reasons, predicted = because(model, heard, rows), predictions(model, heard, rows)
    items = [
        Pick(film(model, row), predicted[place], reasons[place], line.new, line.item_id in guest.watchlist,
             guest.ratings.get(line.item_id))
        for place, (line, row) in enumerate(zip(shown, rows.tolist(), strict=True))
    ]  # fmt: skip
    return PickList(new_id(), items, len(answer) > wanted.n, answer.note, len(guest.given))


def because(model: LoadedBundle, heard: WeightedHistory, rows: IntArray) -> list[list[PickReason]]:
    """The ratings that speak most for each of the movies at item rows; none where the scores are no sums over them."""
    asked = model.recommender
    scorer: Scorer = asked.scorer_for(heard)
    if not isinstance(scorer, Explains) or not heard.ratings.nnz or not len(rows):
        return [[] for _ in rows]
    return [
        _told(model, heard, item, effects)
        for item, effects in zip(rows.tolist(), weighted_contributions(heard, scorer, rows).ratings, strict=True)
    ]


def _told(model: LoadedBundle, heard: WeightedHistory, item: int, effects: FloatArray) -> list[PickReason]:
    asked, rated = model.recommender, heard.ratings
    most = np.argsort(-effects, kind="stable")[:_TOLD]
    most = most[effects[most] > _LEAST_SHARE * max(float(effects[effects > 0].sum()), 1e-9)]
    rows = rated.indices[most]
    viewers = asked.co_likes.counts(item, rows)
    catalogue = asked.catalogue
    return [
        PickReason(model.ids[row], spoken(catalogue, row), stars, count if count >= 0 else None)
        for row, stars, count in zip(rows.tolist(), rated.data[most].tolist(), viewers.tolist(), strict=True)
    ]


def predictions(model: LoadedBundle, heard: WeightedHistory, rows: IntArray) -> list[PredictedStars | None]:
    """Predicted stars of the movies at item rows."""
    fitted = model.recommender.bundle
    found = heard.rate(fitted.scorer, rows)
    if found is None:
        return [None] * len(rows)
    stars = found.stars[0].tolist()
    if found.distribution is None:
        return [PredictedStars(one, None, None, None, ()) for one in stars]
    low, high = (fitted.scale.clip(end[0]).tolist() for end in found.distribution.interval(0.8))
    liked = found.distribution.at_least(fitted.scale.liked_from)[0].tolist()
    chances = np.round(found.distribution.probability[0].astype(np.float64), 4).tolist()
    return [PredictedStars(*one) for one in zip(stars, low, high, liked, chances, strict=True)]


def questions(model: LoadedBundle, guest: VisitorProfile, not_seen: Sequence[int | str], n: int) -> list[MovieView]:
    """What to ask next; the most watched movies where the model cannot say."""
    passed = {*not_seen, *guest.not_interested}
    items = model.recommender.items
    try:
        asked = next_questions(
            model.recommender, guest.ratings, n + len(guest.not_interested) + _MORE, not_seen=not_seen
        )
        found = [items.row(one.item_id) for one in asked if one.item_id not in passed]
    except CapabilityError:
        passed |= guest.ratings.keys()
        found = [row for row in model.search.by_viewers.tolist() if items.id(row) not in passed]
    return films(model, found[:n])
