"""The tools: each takes an input, asks what the REST routes ask, and answers in words and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from reelgraph.core.errors import ConfigError, UnknownIdError
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api import answers
from reelgraph.serve.mcp import text_content
from reelgraph.serve.mcp.inputs import (
    ExplainInput,
    PersonInput,
    RecommendInput,
    SearchInput,
    SimilarInput,
    TogetherInput,
    WhatIfInput,
)
from reelgraph.serve.mcp.movie_lookup import MovieLookup
from reelgraph.serve.state.added_items import AddedItems
from reelgraph.serve.state.loaded_bundle import LoadedBundle

_Input = TypeVar("_Input", bound=BaseModel)
_Response = TypeVar("_Response")
_ME = "me"


@dataclass(frozen=True)
class People:
    """Those whom the tools can answer for without being told their ratings.

    Args:
        find: the history of a known person by id; raises `UnknownIdError`.
        owner_history: makes the history of the person whose file the server was started with; None for nobody.
    """

    find: Callable[[LoadedBundle, str], WeightedHistory]
    owner_history: Callable[[LoadedBundle], WeightedHistory] | None = None


@dataclass(frozen=True)
class Answer:
    """The answer of a tool.

    Args:
        text: for people, and for assistants that read no structured content.
        body: the same as the REST route answers.
        notes: what was guessed: titles that are only like the one that was given.
    """

    text: str
    body: object
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Tool(Generic[_Input, _Response]):
    """A tool.

    Args:
        description: what it is for, as the assistant reads it.
        input: its arguments.
        ask: the response; called with the bundle, the input, the lookup of movies and the people.
        words: the response in lines of text.
    """

    description: str
    input: type[_Input]
    ask: Callable[[LoadedBundle, _Input, MovieLookup, People], _Response]
    words: Callable[[_Response], Iterator[str]]

    def parse(self, arguments: Mapping[str, Any]) -> _Input:
        """The arguments; raises ``pydantic.ValidationError``."""
        return self.input.model_validate(dict(arguments))

    def answer(self, loaded: LoadedBundle, arguments: _Input, people: People) -> Answer:
        """The answer to arguments that were parsed.

        Raises:
            ReelgraphError: a movie or a person is not known, or the bundle cannot answer.
        """
        movies = MovieLookup(loaded)
        response = self.ask(loaded, arguments, movies, people)
        return Answer(text_content.joined(movies.notes, self.words(response)), response, tuple(movies.notes))


def _search(loaded: LoadedBundle, arguments: SearchInput, movies: MovieLookup, people: People) -> Any:
    return answers.search(loaded, AddedItems({}), arguments.query, arguments.n)


def _similar(loaded: LoadedBundle, arguments: SimilarInput, movies: MovieLookup, people: People) -> Any:
    return answers.similar(loaded, loaded.native_item_id(movies.id(arguments.movie)), arguments.n, by=arguments.by)


def _recommend(loaded: LoadedBundle, arguments: RecommendInput, movies: MovieLookup, people: People) -> Any:
    body = arguments.model_copy(update=_profile(arguments, movies))
    return answers.recommend(loaded, body, _history(loaded, arguments, people))


def _explain(loaded: LoadedBundle, arguments: ExplainInput, movies: MovieLookup, people: People) -> Any:
    update = {
        "ratings": movies.keyed(arguments.ratings),
        "also_seen": movies.ids(arguments.also_seen),
        "item_id": movies.id(arguments.item_id),
    }
    return answers.explain(loaded, arguments.model_copy(update=update), _history(loaded, arguments, people))


def _what_if(loaded: LoadedBundle, arguments: WhatIfInput, movies: MovieLookup, people: People) -> Any:
    changes = {
        "stars": movies.keyed(arguments.changes.stars),
        "mute": movies.ids(arguments.changes.mute),
        "damp": movies.keyed(arguments.changes.damp),
        "remove": movies.ids(arguments.changes.remove),
    }
    update = {**_profile(arguments, movies), "changes": arguments.changes.model_copy(update=changes)}
    return answers.what_if(loaded, arguments.model_copy(update=update), _history(loaded, arguments, people))


def _together(loaded: LoadedBundle, arguments: TogetherInput, movies: MovieLookup, people: People) -> Any:
    others = {user: _history_of_user(loaded, user, people, "people") for user in arguments.users}
    if people.owner_history is not None and _ME not in arguments.people:
        others[_ME] = people.owner_history(loaded)
    taken = sorted(others.keys() & arguments.people.keys())
    if taken:
        raise ConfigError("together", f"two people are called {taken[0]!r}")
    if not others and not arguments.people:
        raise ConfigError("together", "nobody is given: name people with their ratings, or users by id")
    update = {
        "people": {name: movies.keyed(ratings) for name, ratings in arguments.people.items()},
        "seen_by": {name: movies.ids(seen) for name, seen in arguments.seen_by.items()},
        "also_seen": movies.ids(arguments.also_seen),
    }
    return answers.together(loaded, arguments.model_copy(update=update), others)


def _profile(arguments: RecommendInput | WhatIfInput, movies: MovieLookup) -> dict[str, object]:
    """The fields of a person and their filters with ids in place of names."""
    return {
        "ratings": movies.keyed(arguments.ratings),
        "also_seen": movies.ids(arguments.also_seen),
        "not_interested": movies.ids(arguments.not_interested),
        "only": None if arguments.only is None else movies.ids(arguments.only),
    }


def _history(loaded: LoadedBundle, arguments: PersonInput, people: People) -> WeightedHistory | None:
    """The history of a known person; None for one who is given by their ratings."""
    if arguments.user is not None:
        return _history_of_user(loaded, arguments.user, people, "ratings")
    return people.owner_history(loaded) if people.owner_history is not None and not arguments.is_named else None


def _history_of_user(loaded: LoadedBundle, user: str, people: People, argument: str) -> WeightedHistory:
    """The history of a known person; for another, ``argument`` is what takes their ratings."""
    try:
        return people.find(loaded, user)
    except UnknownIdError as error:
        raise UnknownIdError(error.message, f"give their ratings in the call, as `{argument}`") from None


TOOLS: Mapping[str, Tool[Any, Any]] = {
    "search": Tool("Find movies by words of their titles; gives ids, years and genres.", SearchInput, _search,
                   text_content.item_page),
    "recommend": Tool(
        "List the movies that a person would like best, each with the stars expected and why. Never lists what they "
        "rated or saw. Filters by genre, years, length and more.",
        RecommendInput, _recommend, text_content.movie_list,
    ),
    "similar": Tool(
        "List movies that people with the same taste like, or movies of a similar story.",
        SimilarInput, _similar, text_content.movie_list,
    ),
    "explain": Tool(
        "Say why a movie has its score for a person: what each of their ratings adds to it.",
        ExplainInput, _explain, text_content.explanation,
    ),
    "together": Tool(
        "List movies for several people at once, with what speaks for each and who gives up what.",
        TogetherInput, _together, text_content.group_list,
    ),
    "what_if": Tool(
        "Compare a person's list with the one they would get if some ratings were different or ignored.",
        WhatIfInput, _what_if, text_content.what_if,
    ),
}  # fmt: skip
