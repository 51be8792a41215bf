"""Bodies of the answers that explain: reasons, counterfactuals and what-if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reelgraph.recommend.explain.reasons import LowRatingsEffect
from reelgraph.serve.api.responses import RatingReason, ReasonGroupResponse, RecommendationList


@dataclass(frozen=True, slots=True)
class MovieShare:
    """A movie of the person, and what it adds to a score."""

    item_id: str
    title: str
    share: float


@dataclass(frozen=True, slots=True)
class SharedReasonsResponse:
    """The movies of the person that share a director, series, member of the cast or keyword (`kind`) with a movie.

    `share` is the sum of their shares. A movie may be in several groups.
    """

    kind: str
    name: str
    label: str
    count: int
    share: float
    movies: Sequence[MovieShare]


@dataclass(frozen=True, slots=True)
class ExplanationResponse:
    """Why a movie has its score.

    `because` and `although` are the reasons in short, as `sentence` says them. With the `method` `sum` the shares of
    all `reasons`, `others` (those not listed) and the terms of `apart` add up to `score`, which orders lists and is no
    number of stars unless `unit` says so; `support` is the sum of the shares above 0. With `leave-one-out` each share
    is what the score loses without that rating alone. `low_ratings` is what the person's low ratings do to the
    predicted stars, null where there are none or no stars are predicted. `shared` sums up the shares of movies that
    have something in common with this one, where the catalogue knows it, with the method `sum` alone.
    """

    item_id: str
    title: str
    score: float
    unit: str
    stars: float | None
    method: str
    reasons: Sequence[RatingReason]
    others: float
    apart: Mapping[str, float]
    by_genre: Mapping[str, float]
    note: str
    sentence: str
    because: Sequence[ReasonGroupResponse]
    although: Sequence[RatingReason]
    support: float
    low_ratings: LowRatingsEffect | None
    bundle: str
    shared: Sequence[SharedReasonsResponse] = ()


@dataclass(frozen=True, slots=True)
class ChangedRating:
    """One changed rating; `stars` is null if it was seen without one, `becomes` is null if it is ignored."""

    item_id: str
    title: str
    stars: float | None
    becomes: float | None


@dataclass(frozen=True, slots=True)
class CounterfactualResponse:
    """The smallest change of the ratings that brings a movie into the first `k`, or out of them."""

    item_id: str
    title: str
    k: int
    rank: int
    after: int
    alterations: Sequence[ChangedRating]
    smallest: bool
    bundle: str


@dataclass(frozen=True, slots=True)
class RankChange:
    """A movie whose rank changed; null if it is not listed."""

    item_id: str
    title: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class WhatIfResponse:
    """A list before and after changes of the ratings."""

    before: RecommendationList
    after: RecommendationList
    moves: Sequence[RankChange]
