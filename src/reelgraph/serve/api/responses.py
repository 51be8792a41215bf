"""Response bodies, and the response models of the OpenAPI description: dataclasses with ids as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """A movie. `year` and `runtime` (minutes) are 0 and `imdb_id` is empty if unknown; `viewers` people rated it.

    `in_model` is false for a movie that was added after the training: lists have it for what is known of it.
    `title_local` is the title in the language `lang` of the request, null where none is asked for or known.
    """

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
    in_model: bool = True
    title_local: str | None = None


@dataclass(frozen=True, slots=True)
class ItemDetails(Item):
    """A movie and all that is known of it; empty where it is not known.

    `languages` and `countries` are codes, the original language first; `titles` are those in other languages.
    """

    directors: Sequence[str] = ()
    writers: Sequence[str] = ()
    cast: Sequence[str] = ()
    languages: Sequence[str] = ()
    countries: Sequence[str] = ()
    keywords: Sequence[str] = ()
    titles: Sequence[str] = ()
    original_title: str = ""
    overview: str = ""
    series: str = ""


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One page of movies.

    `total` counts all matches. `near`: no title has these words, and the titles listed are similar to them.
    """

    items: Sequence[Item]
    total: int
    offset: int
    near: bool


@dataclass(frozen=True, slots=True)
class RatingReason:
    """What one movie that the person rated or saw adds to a score.

    `stars` is null if it was seen without a rating; `viewers` people loved both movies (saw both, if the bundle has no
    stars), null if they are too few to be counted. `liked`: rated no lower than usual for the person, or seen without a
    rating. `went_on` people rated this one after a break since that one; null if they are too few, or the model does
    not learn what is rated later.
    """

    item_id: str
    title: str
    year: int
    genres: Sequence[str]
    stars: float | None
    share: float
    viewers: int | None
    liked: bool
    went_on: int | None = None


@dataclass(frozen=True, slots=True)
class ReasonGroupResponse:
    """Movies that the person liked and that speak for a movie together: a single one, a series, a genre, ...

    `label` says what the `count` movies have in common, such as "crime movies of the 1990s"; it is empty for a single
    movie. `share` is the sum of their shares, `portion` its part of all that the person's movies add. `movies` has the
    five with the largest shares.
    """

    kind: str
    name: str
    decade: int
    label: str
    count: int
    share: float
    portion: float
    movies: Sequence[RatingReason]


@dataclass(frozen=True, slots=True)
class ItemReasons:
    """Why a movie suits a person: in a `sentence`, and what it is made of.

    `because` has only movies that the person liked. `although` has movies that they rated low and that nevertheless
    speak for it, or speak strongly against it. All are empty if there is nothing to say.
    """

    sentence: str
    because: Sequence[ReasonGroupResponse]
    although: Sequence[RatingReason]


@dataclass(frozen=True, slots=True)
class RecommendedItem:
    """One line of a list, ordered by `score`.

    `stars` are predicted, null if the model predicts none. The rating is from `low` to `high` with a probability of
    80 % or more; with the probability `liked` it is at least four fifths of the highest rating. `new`: without a
    rating. `reasons` is null unless the request asks for reasons, `title_local` unless it asks for a language in
    which the title is known.
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
    reasons: ItemReasons | None = None
    title_local: str | None = None


@dataclass(frozen=True, slots=True)
class UnderstoodPart:
    """Some words of a phrase, and in plain English what they are taken to mean."""

    kind: str
    words: str
    meaning: str


@dataclass(frozen=True, slots=True)
class PartNotUnderstood:
    """Some words of a phrase that nothing is made of, and why."""

    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnderstoodWords:
    """What was understood of a phrase, and what was not."""

    understood: Sequence[UnderstoodPart]
    not_understood: Sequence[PartNotUnderstood]


@dataclass(frozen=True, slots=True)
class RecommendationList:
    """A list, best first.

    Send its `recommendation_id` with a rating that it led to. `answered_by` is the kind of model, `note` a remark on
    the list or empty, `bundle` the digest of the bundle that answered; `words` is null where no phrase was sent.
    """

    recommendation_id: str
    items: Sequence[RecommendedItem]
    answered_by: str
    note: str
    bundle: str
    words: UnderstoodWords | None = None


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """A movie to ask about: the information of an answer, from 0 to 1, and the chance that the person has seen it."""

    item_id: str
    title: str
    year: int
    genres: Sequence[str]
    gain: float
    chance: float


@dataclass(frozen=True, slots=True)
class QuestionsResponse:
    """What to ask next, the best question first."""

    items: Sequence[QuestionItem]
    bundle: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the model was trained on, and its metrics, each with its 95 % interval.

    `feedback` says what a rating is: `explicit` (stars on the `scale`), `implicit` (views) or `counts`; without stars
    `scale` is null. `seen_weight` is the weight of a movie seen without a rating.
    """

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
    scale: Mapping[str, float] | None
    feedback: str
    seen_weight: float
