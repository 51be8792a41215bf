"""What goes over the wire: plain dataclasses, ids as text; the response models of the OpenAPI description too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """A movie. `year` is 0, `runtime` 0 and `imdb_id` empty where not known; `viewers` rated it, as far as kept."""

    item_id: str
    title: str
    year: int
    genres: Sequence[str]
    viewers: int
    runtime: int
    imdb_id: str
    tmdb_id: int
    people: Sequence[str]
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One page of movies.

    `total` counts all that match. `near` says that no title has these words, and these are like them.
    """

    items: Sequence[Item]
    total: int
    offset: int
    near: bool


@dataclass(frozen=True, slots=True)
class RecommendedItem:
    """One line of a list, by `score`.

    `stars` are predicted, null where the model predicts none; with a probability of 80 % they lie from `low` to
    `high`, and with the probability `liked` are four fifths of the highest rating or more. `new`: nobody has rated it.
    """

    item_id: str
    title: str
    year: int
    genres: Sequence[str]
    rank: int
    score: float
    stars: float | None
    low: float | None
    high: float | None
    liked: float | None
    new: bool


@dataclass(frozen=True, slots=True)
class RecommendationList:
    """A list, best first.

    Give its `recommendation_id` with a rating that it brought about. `answered_by` is the kind of model, `note`
    something to be told, or empty; `bundle` the digest of the bundle that answered.
    """

    recommendation_id: str
    items: Sequence[RecommendedItem]
    answered_by: str
    note: str
    bundle: str


@dataclass(frozen=True, slots=True)
class RatingReason:
    """What one rating adds to a score; `viewers` loved both movies, null where they are too few to tell."""

    item_id: str
    title: str
    year: int
    genres: Sequence[str]
    stars: float
    share: float
    viewers: int | None


@dataclass(frozen=True, slots=True)
class ExplanationResponse:
    """Why a movie has its score.

    With `method` `sum` the shares of all `reasons`, `others` (those not listed) and the terms of `apart` add up to
    `score`. With `leave-one-out` each share is what would be lost without that rating alone.
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
    bundle: str


@dataclass(frozen=True, slots=True)
class ChangedRating:
    """One rating changed; `becomes` null: not learnt from."""

    item_id: str
    title: str
    stars: float
    becomes: float | None


@dataclass(frozen=True, slots=True)
class CounterfactualResponse:
    """The smallest change of ratings that brings a movie into the first `k`, or out of it."""

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
    """A movie whose rank changed; null where it is not listed."""

    item_id: str
    title: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class WhatIfResponse:
    """A list before and after changes."""

    before: RecommendationList
    after: RecommendationList
    moves: Sequence[RankChange]


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """A movie to ask about: what an answer would tell, from 0 to 1, and the chance of getting one."""

    item_id: str
    title: str
    year: int
    genres: Sequence[str]
    gain: float
    chance: float


@dataclass(frozen=True, slots=True)
class QuestionsResponse:
    """The best next questions first."""

    items: Sequence[QuestionItem]
    bundle: str


@dataclass(frozen=True, slots=True)
class MemberOpinion:
    """What a movie is to one person: its value, its rank in their own order, and what speaks most for it."""

    name: str
    value: float
    rank: int
    because: RatingReason | None


@dataclass(frozen=True, slots=True)
class GroupListItem:
    """One line of a list for several people."""

    item_id: str
    title: str
    year: int
    genres: Sequence[str]
    rank: int
    value: float
    opinions: Sequence[MemberOpinion]


@dataclass(frozen=True, slots=True)
class MemberResult:
    """What one person has of the list: the mean value alone and together, and the movies kept of their own list."""

    name: str
    alone: float
    together: float
    loss: float
    kept: int


@dataclass(frozen=True, slots=True)
class GroupListResponse:
    """One list for several people, and what each gives up."""

    recommendation_id: str
    items: Sequence[GroupListItem]
    people: Sequence[MemberResult]
    unit: str
    envy: float
    note: str
    bundle: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What was learnt from what, and how good it is: each figure with its 95 % interval."""

    bundle: str
    created: str
    model: Mapping[str, Any]
    scorer: str
    data: Mapping[str, Any]
    split: Mapping[str, Any]
    protocol: str
    metrics: Mapping[str, Any]
    training: Mapping[str, Any]
    versions: Mapping[str, str]
    seed: int | None
    users: int
    items: int
    ratings: int
    scale: Mapping[str, float]
