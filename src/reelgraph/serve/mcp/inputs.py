"""What the tools take: the bodies of the REST routes, with movies by title or id, and known people by id."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from reelgraph.recommend.recommender import SimilarBy
from reelgraph.serve.api.parameters import MAX_LIST_LENGTH, AlsoSeen, ItemId, Ratings, RequestBody, StrictBody, UserId
from reelgraph.serve.api.requests import SessionExplain, SessionRecommend, SessionTogether, SessionWhatIf

_MAX_PEOPLE = 8

_Movie = Annotated[str, Field(min_length=1, max_length=200, description="Title with its year, or id.")]
_Stars = Annotated[Ratings, Field(description="Title or id of a movie -> stars, on the scale that the server names.")]
_User = Annotated[UserId | None, Field(description="Id of a person whom the server knows, in place of ratings.")]
_PersonName = Annotated[str, Field(min_length=1, max_length=100)]


class PersonInput(RequestBody):
    """A person: their ratings, or their id; with neither, the person whose file the server was started with."""

    ratings: _Stars = Field({})
    also_seen: AlsoSeen = Field([])
    user: _User = None

    @model_validator(mode="after")
    def _one_person(self) -> PersonInput:
        if self.user is not None and self._has_history:
            raise ValueError("give either user, or ratings and also_seen")
        return self

    @property
    def is_named(self) -> bool:
        """Whether the input says who is meant."""
        return self.user is not None or self._has_history

    @property
    def _has_history(self) -> bool:
        return bool(self.ratings or self.also_seen)


class SearchInput(StrictBody):
    """Words to search for."""

    query: str = Field(min_length=1, max_length=200, description="Words of a title; the last one may be unfinished.")
    n: int = Field(10, ge=1, le=MAX_LIST_LENGTH, description="Number of movies.")


class SimilarInput(StrictBody):
    """A movie."""

    movie: _Movie
    by: SimilarBy = Field("viewers", description="viewers: liked by the same people; story: of a similar story.")
    n: int = Field(10, ge=1, le=MAX_LIST_LENGTH, description="Number of movies.")


class RecommendInput(PersonInput, SessionRecommend):
    """A person, and what may be listed."""

    reasons: bool = Field(True, description="Say with each movie why it is listed.")


class ExplainInput(PersonInput, SessionExplain):
    """A person and a movie."""

    item_id: ItemId = Field(alias="movie", description="Title with its year, or id.")


class WhatIfInput(PersonInput, SessionWhatIf):
    """A person and the changes of their ratings; movies by title or id."""


class TogetherInput(SessionTogether):
    """Several people: by name with their ratings, and by the ids of people whom the server knows."""

    people: dict[_PersonName, _Stars] = Field({}, max_length=_MAX_PEOPLE, description="Name -> ratings.")
    users: list[UserId] = Field([], max_length=_MAX_PEOPLE, description="Ids of people whom the server knows.")
