"""Parameters of requests and the fields that several bodies share, all of them bounded."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from reelgraph.recommend import Filters, Order, ParsedPhrase, RerankOptions, parse_phrase
from reelgraph.recommend.filters import Seen
from reelgraph.recommend.phrases.request import MAX_LETTERS
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.state.loaded_bundle import LoadedBundle

MAX_LIST_LENGTH, MAX_OFFSET, MAX_RATINGS_POSTED, MAX_ITEMS_POSTED = 100, 900, 1_000, 1_000

ITEM_ID_PATTERN = r"^[^\x00-\x1f\x7f]+$"
# What a URL path can carry: no slash, and neither "." nor "..", which clients remove from a path.
_IN_A_PATH = r"^(?:[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.\.[^/\x00-\x1f\x7f]+)$"
MAX_RATINGS, _MAX_ITEMS, MAX_GENRES, _MAX_DETAILS = 5_000, 20_000, 40, 8
NO_EXTRA_KEYS: JsonDict = {"additionalProperties": False}  # none that does not match the pattern

UserId = Annotated[str, Field(min_length=1, max_length=200, pattern=_IN_A_PATH, examples=["42"])]
NewItemId = Annotated[str, Field(min_length=1, max_length=200, pattern=_IN_A_PATH, examples=["900001"])]
ItemId = Annotated[str, Field(min_length=1, max_length=200, pattern=ITEM_ID_PATTERN, examples=["260"])]
Stars = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False, description="On the scale of the bundle.")]
RecommendationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Genre = Annotated[str, Field(min_length=1, max_length=100)]
DetailName = Annotated[str, Field(min_length=1, max_length=200)]
GenreName = Annotated[str, Field(min_length=1, max_length=100, pattern=ITEM_ID_PATTERN)]
Year = Annotated[int, Field(ge=0, le=3000)]
Minutes = Annotated[int, Field(ge=0, le=100_000)]
RatingCount = Annotated[int, Field(ge=0, le=2**31)]
UnitWeight = Annotated[float, Field(ge=0, le=1)]
SignedWeight = Annotated[float, Field(ge=-1, le=1)]
ItemIds = Annotated[list[ItemId], Field(max_length=_MAX_ITEMS)]
AlsoSeen = Annotated[
    ItemIds, Field(description="Seen without a rating: never listed, and each counts with the weight `seen_weight`.")
]
SeenWeight = Annotated[
    UnitWeight | None,
    Field(description="Weight of a movie seen without a rating, beside 1 for a liked one; null: as the bundle says."),
]

Ratings = Annotated[
    dict[ItemId, Stars],
    Field(
        max_length=MAX_RATINGS,
        description="Item id -> stars.",
        examples=[{"260": 5.0, "1196": 4.5}],
        json_schema_extra=NO_EXTRA_KEYS,
    ),
]
Times = Annotated[
    dict[ItemId, Annotated[int, Field(ge=0, le=2**40)]],
    Field(
        max_length=MAX_RATINGS,
        description="Item id -> when it was rated or seen, Unix seconds; for `recent`.",
        examples=[{"260": 1700000000}],
        json_schema_extra=NO_EXTRA_KEYS,
    ),
]

ItemPath = Annotated[str, Path(min_length=1, max_length=200, pattern=ITEM_ID_PATTERN, description="Id of a movie.")]
UserPath = Annotated[str, Path(min_length=1, max_length=200, pattern=_IN_A_PATH, description="Id of a person.")]
UserAfter = Annotated[  # any id that a store can hold, such as the last one of the page before
    str, Query(min_length=1, max_length=200, pattern=ITEM_ID_PATTERN, description="The last id of the page before.")
]
ListLength = Annotated[int, Query(ge=1, le=MAX_LIST_LENGTH, description="Length of the list.")]
Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Number of lines to skip.")]


class RequestBody(BaseModel):
    """A body with these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class StrictBody(RequestBody):
    """A JSON body in which a number is a number: neither a string that looks like one, nor a boolean.

    It stands last among the base classes, so that its configuration applies. Query parameters are strings, so they
    cannot be strict.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _accept_whole_floats(cls, fields: Any) -> Any:
        """``10.0`` is an integer in JSON."""
        if not isinstance(fields, dict):
            return fields
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in fields.items()
        }


TitleLanguage = Annotated[
    str | None,
    Field(
        min_length=2,
        max_length=2,
        pattern="^[a-z]{2}$",
        description="`title_local` is the title in this language where known: `de`.",
    ),
]
TitleLanguageQuery = Annotated[TitleLanguage, Query()]


class TitleParams(RequestBody):
    """The language of titles."""

    lang: TitleLanguage = None


class FilterParams(RequestBody):
    """The length of a list, and which movies may be in it."""

    n: int = Field(10, ge=1, le=MAX_LIST_LENGTH, description="Length of the list.")
    genre: list[Genre] = Field([], max_length=MAX_GENRES, description="At least one of these.")
    not_genre: list[Genre] = Field([], max_length=MAX_GENRES, description="None of these.")
    year_from: Year | None = None
    year_to: Year | None = None
    runtime_from: Minutes | None = None
    runtime_to: Minutes | None = None
    director: list[DetailName] = Field([], max_length=_MAX_DETAILS, description="At least one of these directed it.")
    cast: list[DetailName] = Field([], max_length=_MAX_DETAILS, description="Every one of these plays in it.")
    film_language: list[DetailName] = Field(
        [], max_length=_MAX_DETAILS, description="At least one of these is spoken in it: `fr`, or `French`."
    )
    country: list[DetailName] = Field(
        [], max_length=_MAX_DETAILS, description="At least one of these made it: `FR`, or `France`."
    )
    whole_series: bool = Field(
        False, description="All films of a series; otherwise the first that the person has neither rated nor seen."
    )
    min_viewers: RatingCount = Field(0, description="Number of people in the bundle who rated the movie, at least.")
    seen: Seen = Field("hidden", description="Movies the person rated or saw: hidden, also listed, or the only ones.")

    def filters(self, exclude: Collection[int | str] = (), include: Collection[int | str] | None = None) -> Filters:
        """The filters for `Recommender.recommend`.

        Args:
            exclude: ids never listed.
            include: the only ids listed, or None.
        """
        return Filters(
            tuple(self.genre), tuple(self.not_genre), self.year_from, self.year_to, self.runtime_from, self.runtime_to,
            self.min_viewers, exclude, include, self.seen, directors=tuple(self.director), cast=tuple(self.cast),
            languages=tuple(self.film_language), countries=tuple(self.country), whole_series=self.whole_series,
        )  # fmt: skip


ListOrder = Annotated[
    Order,
    Field(description="liked: what they will be glad to have watched; watch: what they will watch, liked or not."),
]
Recent = Annotated[
    bool, Field(description="More like what the person rated or saw last; needs the times of the ratings.")
]


class RerankParams(RequestBody):
    """The order of a list, and how it is re-ranked; with all weights at 0 the list stays in that order."""

    order: ListOrder = "liked"

    diversity: UnitWeight = Field(0.0, description="0: as the model ranks, 1: as varied as possible.")
    calibration: UnitWeight = Field(0.0, description="How closely to follow the person's own mix of genres.")
    niche: SignedWeight = Field(0.0, description="-1: popular, 1: niche.")
    bold: SignedWeight = Field(0.0, description="-1: the most certain stars first, 1: the least certain.")
    recent: Recent = False

    @property
    def rerank(self) -> RerankOptions:
        """The options for `Recommender.recommend`."""
        return RerankOptions(self.diversity, self.calibration, self.niche, self.bold)

    def weighted(self, loaded: LoadedBundle, history: WeightedHistory) -> WeightedHistory:
        """The history as the list is made from it: with ``recent`` the newest ratings count most.

        Raises:
            CapabilityError: the times of the ratings are not known, or the model ranks by predicted stars alone.
        """
        return loaded.recommender.histories.recent(history) if self.recent else history


class WordsParams(RequestBody):
    """A phrase that says what to list, in addition to the filters."""

    words: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_LETTERS,
        description="What to list, in words, beside the filters; `words` of the answer says what was understood.",
        examples=["90s thrillers like Heat, not too long"],
    )
    language: Literal["en", "de", "es", "fr"] = Field("en", description="Of `words`; English is understood in all.")

    def understood(self, loaded: LoadedBundle, history: WeightedHistory, *, watchlist: bool = False) -> ParsedPhrase:
        """What the phrase asks for; nothing where there is none.

        Args:
            loaded: the bundle.
            history: the person.
            watchlist: whether the person has a watchlist.

        Raises:
            ConfigError: nothing of it is understood.
        """
        if self.words is None:
            return ParsedPhrase("")
        parsed = parse_phrase(loaded.recommender, self.words, self.language, history=history, watchlist=watchlist)
        parsed.require_something()
        return parsed
