"""One film for tonight as the page shows it, and what became of the last one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from reelgraph.recommend import TonightFilm, film_for_tonight
from reelgraph.recommend.group.group_list import Aggregation
from reelgraph.recommend.person import Person
from reelgraph.recommend.tonight.moods import MOODS, MoodName, mood_mask
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api.parameters import Minutes, Ratings, RequestBody
from reelgraph.serve.api.requests import native_keys
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState
from reelgraph.serve.web.movie_view import MovieView, movie_view, natural_title
from reelgraph.serve.web.picks_view import PickReason, PredictedStars, predicted_stars, reason_films
from reelgraph.store import Suggestion

NIGHT_SECONDS = 14 * 3600  # what was suggested within this time is not suggested again
MAX_PER_NIGHT = 60
N_SUGGESTIONS_READ = 2 * MAX_PER_NIGHT
_REST_SECONDS = 7 * 24 * 3600  # nor is, for a week, a film that was not watched
_ASK_AFTER = 3 * 3600  # before, a suggestion is the film of tonight; after, the page asks how it was
_ASK_AGAIN_AFTER = 20 * 3600  # when the answer was "not yet"
_ASK_UNTIL = 30 * 24 * 3600
_MAX_OTHERS = 7
_Name = Annotated[str, Field(min_length=1, max_length=40)]


class TonightQuery(RequestBody):
    """What kind of film, and who watches. The ratings of the others are in the request and stored nowhere."""

    mood: MoodName | None = None
    min_minutes: Minutes | None = None
    max_minutes: Minutes | None = None
    people: dict[_Name, Ratings] = Field({}, max_length=_MAX_OTHERS)
    me: bool = True
    how: Aggregation = "least-misery"

    @model_validator(mode="after")
    def _require_somebody(self) -> TonightQuery:
        if not self.me and not self.people:
            raise ValueError("nobody watches: add somebody to people, or set me")
        return self


@dataclass(frozen=True, slots=True)
class MoodView:
    """A mood that can be asked for, and the number of films that have it."""

    name: str
    films: int


@dataclass(frozen=True, slots=True)
class TonightMember:
    """What the film is to one person: its rank in their own order, the movie that speaks most for it, and their stars.

    ``stars`` are predicted; null if the model predicts none.
    """

    name: str
    rank: int
    because: str | None
    stars: float | None


@dataclass(frozen=True, slots=True)
class TonightView:
    """A film for tonight; ``fitting`` films fit, this one included. ``at`` and its id name the suggestion.

    ``chosen``: they said that they will watch it.
    """

    film: MovieView
    at: int
    runtime: int
    mood: str
    company: int
    predicted: PredictedStars | None
    because: Sequence[PickReason]
    voices: Sequence[TonightMember]
    wished: bool
    fitting: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class EveningQuestion:
    """A film that was suggested some time ago, to ask how it was; ``chosen``: they said that they would watch it."""

    film: MovieView
    at: int
    company: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class TonightState:
    """What the page starts with.

    ``with_length`` films of the catalogue have a known length; without any, length is not offered.
    """

    csrf: str
    moods: Sequence[MoodView]
    with_length: int
    films: int
    tonight: TonightView | None
    ask: EveningQuestion | None


def mood_views(loaded: LoadedBundle) -> list[MoodView]:
    """The moods that at least one film has."""
    counts = {mood: int(mood_mask(loaded.bundle.catalogue, mood).sum()) for mood in MOODS}
    return [MoodView(mood, n_films) for mood, n_films in counts.items() if n_films]


def find_film(
    loaded: LoadedBundle, visitor: UserState, query: TonightQuery, earlier: Sequence[Suggestion], now: int
) -> TonightFilm | None:
    """The film for a query; None if none is left.

    Args:
        loaded: the bundle in use.
        visitor: who asks.
        query: what they ask for.
        earlier: their last suggestions, newest first.
        now: Unix seconds UTC.

    Raises:
        ApiError: 409, too many films were suggested tonight; 422, of nobody who watches a favourite is known.
    """
    recent = [suggestion for suggestion in earlier if suggestion.at > now - NIGHT_SECONDS]
    if len(recent) >= MAX_PER_NIGHT:
        raise ApiError(409, "enough", f"{MAX_PER_NIGHT} films were suggested tonight", "take one of them")
    resting = [
        suggestion
        for suggestion in earlier
        if suggestion.at > now - _REST_SECONDS and suggestion.outcome in (None, "chosen", "passed", "not-watched")
    ]
    exclude = {item.item_id for item in (*recent, *resting) if item.item_id in loaded.item_rows}
    return film_for_tonight(
        loaded.recommender, _people(loaded, visitor, query), mood=query.mood, min_minutes=query.min_minutes,
        max_minutes=query.max_minutes, exclude=[loaded.native_item_id(item) for item in sorted(exclude)],
        how=query.how,
    )  # fmt: skip


def _people(loaded: LoadedBundle, visitor: UserState, query: TonightQuery) -> dict[str, Person]:
    """Who watches; the visitor's own name is empty. Favourites that the bundle does not have are left out."""
    people: dict[str, Person] = {"": visitor.history()} if query.me else {}
    for name, ratings in query.people.items():
        usable = {item: stars for item, stars in ratings.items() if item in loaded.item_rows}
        if usable:
            people[name] = native_keys(loaded, usable)
    if not people:
        raise ApiError(422, "invalid", "nobody who watches has a favourite in this catalogue", "add some")
    return people


def tonight_view(
    loaded: LoadedBundle, visitor: UserState, suggestion: Suggestion, film: TonightFilm, query: TonightQuery
) -> TonightView:
    """A new suggestion."""
    people, row = _people(loaded, visitor, query), np.array([loaded.item_row(suggestion.item_id)])
    stars = {
        opinion.name: predicted_stars(loaded, loaded.recommender.history_for(people[opinion.name]), row)[0]
        for opinion in film.opinions
    }
    titles = {
        opinion.name: None
        if opinion.because is None
        else natural_title(loaded, loaded.bundle.items.row(opinion.because.item_id))
        for opinion in film.opinions
    }
    voices = [
        TonightMember(opinion.name, opinion.rank, titles[opinion.name], None if predicted is None else predicted.stars)
        for opinion, predicted in zip(film.opinions, stars.values(), strict=True)
    ]
    return _view(loaded, visitor, suggestion, voices, film.n_fitting)


def _view(
    loaded: LoadedBundle,
    visitor: UserState,
    suggestion: Suggestion,
    voices: Sequence[TonightMember] = (),
    n_fitting: int | None = None,
) -> TonightView:
    row = loaded.item_row(suggestion.item_id)
    history: WeightedHistory = visitor.history()
    is_alone, rows = suggestion.company == 1, np.array([row])
    return TonightView(
        movie_view(loaded, row),
        suggestion.at,
        int(loaded.bundle.catalogue.runtime[row]),
        suggestion.mood,
        suggestion.company,
        predicted_stars(loaded, history, rows)[0] if is_alone else None,
        reason_films(loaded, loaded.chosen_reasons(history, rows, "liked")[0]) if is_alone else (),
        voices,
        row in visitor.watchlist,
        n_fitting,
        suggestion.outcome == "chosen",
    )


def tonight_state(
    loaded: LoadedBundle,
    visitor: UserState,
    earlier: Sequence[Suggestion],
    moods: Sequence[MoodView],
    csrf: str,
    now: int | None = None,
) -> TonightState:
    """What the page starts with: the film of tonight, or a question about an earlier one.

    Args:
        loaded: the bundle in use.
        visitor: who asks.
        earlier: their last suggestions, newest first.
        moods: `mood_views` of the bundle.
        csrf: token for changes.
        now: Unix seconds UTC; the current time if None.
    """
    now = int(time.time()) if now is None else now
    catalogue = loaded.bundle.catalogue
    known_suggestions = [suggestion for suggestion in earlier if suggestion.item_id in loaded.item_rows]
    recent = [suggestion for suggestion in known_suggestions if suggestion.at > now - _ASK_AFTER]
    chosen = next((suggestion for suggestion in recent if suggestion.outcome == "chosen"), None)
    current = chosen or next((suggestion for suggestion in recent[:1] if suggestion.outcome is None), None)
    tonight = None if current is None else _view(loaded, visitor, current)
    evening_question = question(loaded, visitor, earlier, now)
    return TonightState(
        csrf, moods, int((catalogue.runtime > 0).sum()), len(loaded.bundle.items), tonight, evening_question
    )  # fmt: skip


def question(
    loaded: LoadedBundle, visitor: UserState, earlier: Sequence[Suggestion], now: int
) -> EveningQuestion | None:
    """The film to ask about: the last one that was chosen for an evening, or else the last one that was suggested.

    It is three hours to thirty days old, and nothing is known of it yet. None if there is none.
    """
    watched = {loaded.item_ids[row] for row in (*visitor.ratings.indices.tolist(), *visitor.seen.tolist())}
    decided = [suggestion.at for suggestion in earlier if suggestion.outcome in ("chosen", "watched")]

    def is_due(suggestion: Suggestion) -> bool:
        if suggestion.item_id not in loaded.item_rows or suggestion.item_id in watched:
            return False
        if suggestion.at <= now - _ASK_UNTIL:
            return False
        if suggestion.outcome == "later":
            return (suggestion.answered or 0) <= now - _ASK_AGAIN_AFTER
        if suggestion.outcome is None and any(abs(suggestion.at - at) < NIGHT_SECONDS for at in decided):
            return False  # another film was watched that evening
        return suggestion.outcome in (None, "chosen") and suggestion.at <= now - _ASK_AFTER

    due = [suggestion for suggestion in earlier if is_due(suggestion)]
    if not due:
        return None
    due_suggestion = next((suggestion for suggestion in due if suggestion.outcome == "chosen"), due[0])
    film = movie_view(loaded, loaded.item_row(due_suggestion.item_id))
    return EveningQuestion(film, due_suggestion.at, due_suggestion.company, due_suggestion.outcome == "chosen")
