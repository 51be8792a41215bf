"""What clients may send: bodies and parameters, all bounded."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from reelgraph.recommend import Changes, Filters, RerankOptions
from reelgraph.recommend.filters import Seen
from reelgraph.recommend.group.group_list import Aggregation, ValueUnit
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle

_ID = r"^[^\x00-\x1f\x7f]+$"
# What a path can carry: nothing that parts one, and neither "." nor "..", which clients take out of it.
_USER_ID = r"^(?:[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.\.[^/\x00-\x1f\x7f]+)$"
_MOST_RATINGS, _MOST_ITEMS, _MOST_GENRES = 5_000, 20_000, 40
_NO_OTHER_KEYS: JsonDict = {"additionalProperties": False}  # than those of the pattern
MOST_LINES, MOST_OFFSET, MOST_TOLD = 100, 900, 1_000

UserId = Annotated[str, Field(min_length=1, max_length=200, pattern=_USER_ID, examples=["42"])]
ItemId = Annotated[str, Field(min_length=1, max_length=200, pattern=_ID, examples=["260"])]
Stars = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, description="On the scale of the bundle.")]
RecommendationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Genre = Annotated[str, Field(min_length=1, max_length=100)]
Year = Annotated[int, Field(ge=0, le=3000)]
Minutes = Annotated[int, Field(ge=0, le=100_000)]
Viewers = Annotated[int, Field(ge=0, le=2**31)]
Share = Annotated[float, Field(ge=0, le=1)]
Lean = Annotated[float, Field(ge=-1, le=1)]
ItemIds = Annotated[list[ItemId], Field(max_length=_MOST_ITEMS)]
Ratings = Annotated[
    dict[ItemId, Stars],
    Field(
        max_length=_MOST_RATINGS,
        description="Item id -> stars.",
        examples=[{"260": 5.0, "1196": 4.5}],
        json_schema_extra=_NO_OTHER_KEYS,
    ),
]

ItemPath = Annotated[str, Path(min_length=1, max_length=200, pattern=_ID, description="Id of a movie.")]
UserPath = Annotated[str, Path(min_length=1, max_length=200, pattern=_USER_ID, description="Id of a person.")]
UserAfter = Annotated[  # whatever id a store holds, and so did the page before
    str, Query(min_length=1, max_length=200, pattern=_ID, description="The last id of the page before.")
]
N = Annotated[int, Query(ge=1, le=MOST_LINES, description="Length of the list.")]
Offset = Annotated[int, Query(ge=0, le=MOST_OFFSET, description="Lines left out before the first.")]


class RequestBody(BaseModel):
    """A body with these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class StrictBody(RequestBody):
    """A body in which a number is a number: neither a text that looks like one, nor true and false.

    It stands last among the bases, so that its word counts. What comes as a query is text, and no body.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, given: Any) -> Any:
        """``10.0`` is an integer in JSON."""
        if not isinstance(given, dict):
            return given
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in given.items()
        }


class FilterParams(RequestBody):
    """What may be in a list, and how long it is."""

    n: int = Field(10, ge=1, le=MOST_LINES, description="Length of the list.")
    genre: list[Genre] = Field([], max_length=_MOST_GENRES, description="At least one of these.")
    not_genre: list[Genre] = Field([], max_length=_MOST_GENRES, description="None of these.")
    year_from: Year | None = None
    year_to: Year | None = None
    runtime_from: Minutes | None = None
    runtime_to: Minutes | None = None
    min_viewers: Viewers = Field(0, description="People, at least, whose rating of the movie is kept.")
    seen: Seen = Field("hidden", description="Movies the person rated: hidden, also listed, or the only ones.")

    def filters(self, exclude: Collection[int | str] = (), include: Collection[int | str] | None = None) -> Filters:
        """As `Recommender.recommend` takes them.

        Args:
            exclude: ids never listed.
            include: the only ids listed, or None.
        """
        return Filters(
            tuple(self.genre), tuple(self.not_genre), self.year_from, self.year_to, self.runtime_from, self.runtime_to,
            self.min_viewers, exclude, include, self.seen,
        )  # fmt: skip


class RerankParams(RequestBody):
    """How a list is re-ranked; with all weights at 0 as the model ranks it."""

    diversity: Share = Field(0.0, description="0: as the model ranks, 1: as varied as can be.")
    calibration: Share = Field(0.0, description="How closely to keep to one's own mix of genres.")
    niche: Lean = Field(0.0, description="-1: popular, 1: niche.")
    bold: Lean = Field(0.0, description="-1: stars most certain, 1: most open.")

    @property
    def rerank(self) -> RerankOptions:
        """The options that `Recommender.recommend` takes."""
        return RerankOptions(self.diversity, self.calibration, self.niche, self.bold)


class SessionProfile(FilterParams):
    """A person who is their ratings, and what they want to see."""

    ratings: Ratings = Field({})
    also_seen: ItemIds = Field([], description="Seen without a rating: never listed.")
    not_interested: ItemIds = Field([], description="Never listed.")
    only: ItemIds | None = Field(None, description="The only movies listed, such as a watchlist.")

    def person(self, model: LoadedBundle) -> dict[int | str, float]:
        """The ratings by the bundle's own ids.

        Raises:
            UnknownIdError: no such movie.
        """
        return own_ids(model, self.ratings)

    def wished(self, model: LoadedBundle) -> Filters:
        """The filters, with what is not to be listed.

        Raises:
            UnknownIdError: no such movie.
        """
        never = [own_id(model, item) for item in (*self.also_seen, *self.not_interested)]
        return self.filters(never, None if self.only is None else [own_id(model, item) for item in self.only])


class SessionRecommend(SessionProfile, RerankParams, StrictBody):
    """A list for these ratings; nothing of it is kept."""

    offset: int = Field(0, ge=0, le=MOST_OFFSET, description="Lines left out before the first.")


class RecommendQuery(FilterParams, RerankParams):
    """A list for a person who is known."""

    offset: int = Field(0, ge=0, le=MOST_OFFSET, description="Lines left out before the first.")
    watchlist: bool = Field(False, description="Only what is on the person's watchlist.")


class RatingIn(StrictBody):
    """A rating."""

    user_id: UserId
    item_id: ItemId
    stars: Stars
    at: int | None = Field(None, ge=0, le=2**40, description="When, Unix seconds UTC; now, where not given.")
    recommendation_id: RecommendationId | None = Field(None, description="Of the list that brought it about.")


class SessionExplain(StrictBody):
    """Why a movie has its score for these ratings."""

    ratings: Ratings
    item_id: ItemId
    top: int = Field(10, ge=0, le=MOST_LINES, description="Reasons listed; the rest is added up.")
    method: Literal["sum", "leave-one-out"] | None = Field(None, description="The sum where the model is one.")


class SessionCounterfactual(SessionProfile, StrictBody):
    """What would have to be different for a movie to be in the first `n`, or not."""

    item_id: ItemId
    most: int = Field(3, ge=1, le=3, description="Ratings changed, at most, in the search for the smallest change.")


class ChangesIn(StrictBody):
    """What if."""

    stars: Ratings = Field({})
    mute: ItemIds = Field([], description="Rated, and not to be learnt from.")
    damp: dict[ItemId, Share] = Field(
        {}, max_length=_MOST_RATINGS, description="Rated -> what it counts, 0 to 1.", json_schema_extra=_NO_OTHER_KEYS
    )
    remove: ItemIds = Field([], description="Ratings taken back whole.")

    def changes(self, model: LoadedBundle) -> Changes:
        """As `Recommender.recommend` takes them.

        Raises:
            UnknownIdError: no such movie.
        """
        return Changes(
            own_ids(model, self.stars),
            [own_id(model, item) for item in self.mute],
            own_ids(model, self.damp),
            [own_id(model, item) for item in self.remove],
        )


class SessionWhatIf(SessionProfile, RerankParams, StrictBody):
    """A list as it is and under changes."""

    changes: ChangesIn


class SessionQuestions(StrictBody):
    """What to ask a person next."""

    ratings: Ratings = Field({})
    not_seen: ItemIds = Field([], description="Movies they said they have not seen.")
    n: int = Field(5, ge=1, le=MOST_LINES)


class SessionTogether(FilterParams, StrictBody):
    """One list for several people."""

    people: dict[Annotated[str, Field(min_length=1, max_length=100)], Ratings] = Field(
        min_length=1, max_length=8, description="Name -> ratings.", examples=[{"Ann": {"260": 5.0}, "Bo": {"1": 4.0}}]
    )
    also_seen: ItemIds = Field([], description="Never listed.")
    how: Aggregation = "mean"
    unit: ValueUnit = "score"
    envy: float = Field(0.25, ge=0, le=1000, allow_inf_nan=False, description="Bound of `envy-bounded`.")


def require_stars(model: LoadedBundle, stars: float, where: str = "") -> None:
    """Let through what somebody could give on the bundle's scale, which is what training anew takes.

    Raises:
        ApiError: 409, off the scale or between its steps.
    """
    scale = model.recommender.scale
    if not scale.contains(np.array([stars]))[0]:
        detail = f"{where}{stars:g} is not on the scale"
        raise ApiError(409, "scale", detail, f"from {scale.low:g} to {scale.high:g} in steps of {scale.step:g}")


def own_id(model: LoadedBundle, item_id: str) -> int | str:
    """The bundle's own id of a movie.

    Raises:
        UnknownIdError: no such movie.
    """
    found: int | str = model.recommender.items.id(model.item_row(item_id))
    return found


def own_ids(model: LoadedBundle, values: dict[str, float]) -> dict[int | str, Any]:
    """Values by the bundle's own ids; raises as `own_id`."""
    return {own_id(model, item): value for item, value in values.items()}
