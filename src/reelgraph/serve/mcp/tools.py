"""The tools: each takes an input, asks what the REST routes ask, and answers in words and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from reelgraph.core.errors import ConfigError, UnknownIdError
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api import answers
from reelgraph.serve.mcp import texts
from reelgraph.serve.mcp.inputs import (
    ExplainInput,
    PersonInput,
    RecommendInput,
    SearchInput,
    SimilarInput,
    TogetherInput,
    WhatIfInput,
)
from reelgraph.serve.mcp.names import MovieNames
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
        own: makes the history of the person whose file the server was started with; None for nobody.
    """

    find: Callable[[LoadedBundle, str], WeightedHistory]
    own: Callable[[LoadedBundle], WeightedHistory] | None = None


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
        ask: the response; called with the bundle, the input, the names of movies and the people.
        words: the response in lines of text.
    """

    description: str
    input: type[_Input]
    ask: Callable[[LoadedBundle, _Input, MovieNames, People], _Response]
    words: Callable[[_Response], Iterator[str]]

    def parse(self, arguments: Mapping[str, Any]) -> _Input:
        """The arguments; raises ``pydantic.ValidationError``."""
        return self.input.model_validate(dict(arguments))

    def answer(self, loaded: LoadedBundle, arguments: _Input, people: People) -> Answer:
        """The answer to arguments that were parsed.

        Raises:
            ReelgraphError: a movie or a person is not known, or the bundle cannot answer.
        """
        names = MovieNames(loaded)
        response = self.ask(loaded, arguments, names, people)
        return Answer(texts.joined(names.notes, self.words(response)), response, tuple(names.notes))


def _search(loaded: LoadedBundle, given: SearchInput, names: MovieNames, people: People) -> Any:
    return answers.search(loaded, AddedItems({}), given.query, given.n)


def _similar(loaded: LoadedBundle, given: SimilarInput, names: MovieNames, people: People) -> Any:
    return answers.similar(loaded, loaded.native_item_id(names.id(given.movie)), given.n, by=given.by)


def _recommend(loaded: LoadedBundle, given: RecommendInput, names: MovieNames, people: People) -> Any:
    body = given.model_copy(update=_profile(given, names))
    return answers.recommend(loaded, body, _history(loaded, given, people))


def _explain(loaded: LoadedBundle, given: ExplainInput, names: MovieNames, people: People) -> Any:
    update = {
        "ratings": names.keyed(given.ratings),
        "also_seen": names.ids(given.also_seen),
        "item_id": names.id(given.item_id),
    }
    return answers.explain(loaded, given.model_copy(update=update), _history(loaded, given, people))


def _what_if(loaded: LoadedBundle, given: WhatIfInput, names: MovieNames, people: People) -> Any:
    changes = {
        "stars": names.keyed(given.changes.stars),
        "mute": names.ids(given.changes.mute),
        "damp": names.keyed(given.changes.damp),
        "remove": names.ids(given.changes.remove),
    }
    update = {**_profile(given, names), "changes": given.changes.model_copy(update=changes)}
    return answers.what_if(loaded, given.model_copy(update=update), _history(loaded, given, people))


def _together(loaded: LoadedBundle, given: TogetherInput, names: MovieNames, people: People) -> Any:
    others = {user: _known(loaded, user, people, "people") for user in given.users}
    if people.own is not None and _ME not in given.people:
        others[_ME] = people.own(loaded)
    taken = sorted(others.keys() & given.people.keys())
    if taken:
        raise ConfigError("together", f"two people are called {taken[0]!r}")
    if not others and not given.people:
        raise ConfigError("together", "nobody is given: name people with their ratings, or users by id")
    update = {
        "people": {name: names.keyed(ratings) for name, ratings in given.people.items()},
        "seen_by": {name: names.ids(seen) for name, seen in given.seen_by.items()},
        "also_seen": names.ids(given.also_seen),
    }
    return answers.together(loaded, given.model_copy(update=update), others)


def _profile(given: RecommendInput | WhatIfInput, names: MovieNames) -> dict[str, object]:
    """The fields of a person and their filters with ids in place of names."""
    return {
        "ratings": names.keyed(given.ratings),
        "also_seen": names.ids(given.also_seen),
        "not_interested": names.ids(given.not_interested),
        "only": None if given.only is None else names.ids(given.only),
    }


def _history(loaded: LoadedBundle, given: PersonInput, people: People) -> WeightedHistory | None:
    """The history of a known person; None for one who is given by their ratings."""
    if given.user is not None:
        return _known(loaded, given.user, people, "ratings")
    return people.own(loaded) if people.own is not None and not given.is_named else None


def _known(loaded: LoadedBundle, user: str, people: People, argument: str) -> WeightedHistory:
    """The history of a known person; for another, ``argument`` is what takes their ratings."""
    try:
        return people.find(loaded, user)
    except UnknownIdError as error:
        raise UnknownIdError(error.message, f"give their ratings in the call, as `{argument}`") from None


TOOLS: Mapping[str, Tool[Any, Any]] = {
    "search": Tool("Find movies by words of their titles; gives ids, years and genres.", SearchInput, _search,
                   texts.item_page),
    "recommend": Tool(
        "List the movies that a person would like best, each with the stars expected and why. Never lists what they "
        "rated or saw. Filters by genre, years, length and more.",
        RecommendInput, _recommend, texts.movie_list,
    ),
    "similar": Tool(
        "List movies that people with the same taste like, or movies of a similar story.",
        SimilarInput, _similar, texts.movie_list,
    ),
    "explain": Tool(
        "Say why a movie has its score for a person: what each of their ratings adds to it.",
        ExplainInput, _explain, texts.explanation,
    ),
    "together": Tool(
        "List movies for several people at once, with what speaks for each and who gives up what.",
        TogetherInput, _together, texts.group_list,
    ),
    "what_if": Tool(
        "Compare a person's list with the one they would get if some ratings were different or ignored.",
        WhatIfInput, _what_if, texts.what_if,
    ),
}  # fmt: skip
