"""Request bodies and parameters, all of them bounded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from reelgraph.recommend import Changes, Filters, Order, ParsedPhrase, RerankOptions, parse_phrase
from reelgraph.recommend.explain.explanation import ValueUnit
from reelgraph.recommend.filters import Seen
from reelgraph.recommend.group.group_list import Aggregation
from reelgraph.recommend.phrases.request import MAX_LETTERS
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState

MAX_LIST_LENGTH, MAX_OFFSET, MAX_RATINGS_POSTED, MAX_ITEMS_POSTED = 100, 900, 1_000, 1_000

_T = TypeVar("_T")
_ITEM_ID = r"^[^\x00-\x1f\x7f]+$"
# What a URL path can carry: no slash, and neither "." nor "..", which clients remove from a path.
_USER_ID = r"^(?:[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.\.[^/\x00-\x1f\x7f]+)$"
_MAX_RATINGS, _MAX_ITEMS, _MAX_GENRES, _MAX_DETAILS = 5_000, 20_000, 40, 8
_NO_EXTRA_KEYS: JsonDict = {"additionalProperties": False}  # none that does not match the pattern

UserId = Annotated[str, Field(min_length=1, max_length=200, pattern=_USER_ID, examples=["42"])]
ItemId = Annotated[str, Field(min_length=1, max_length=200, pattern=_ITEM_ID, examples=["260"])]
Stars = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False, description="On the scale of the bundle.")]
RecommendationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Genre = Annotated[str, Field(min_length=1, max_length=100)]
DetailName = Annotated[str, Field(min_length=1, max_length=200)]
GenreName = Annotated[str, Field(min_length=1, max_length=100, pattern=_ITEM_ID)]
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
        max_length=_MAX_RATINGS,
        description="Item id -> stars.",
        examples=[{"260": 5.0, "1196": 4.5}],
        json_schema_extra=_NO_EXTRA_KEYS,
    ),
]
Times = Annotated[
    dict[ItemId, Annotated[int, Field(ge=0, le=2**40)]],
    Field(
        max_length=_MAX_RATINGS,
        description="Item id -> when it was rated or seen, Unix seconds; for `recent`.",
        examples=[{"260": 1700000000}],
        json_schema_extra=_NO_EXTRA_KEYS,
    ),
]

ItemPath = Annotated[str, Path(min_length=1, max_length=200, pattern=_ITEM_ID, description="Id of a movie.")]
UserPath = Annotated[str, Path(min_length=1, max_length=200, pattern=_USER_ID, description="Id of a person.")]
UserAfter = Annotated[  # any id that a store can hold, such as the last one of the page before
    str, Query(min_length=1, max_length=200, pattern=_ITEM_ID, description="The last id of the page before.")
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
    genre: list[Genre] = Field([], max_length=_MAX_GENRES, description="At least one of these.")
    not_genre: list[Genre] = Field([], max_length=_MAX_GENRES, description="None of these.")
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


class UserListQuery(FilterParams, RerankParams):
    """A list for a person whose ratings and marks are stored."""

    seen_weight: SeenWeight = None
    watchlist: bool = Field(False, description="Only what is on the person's watchlist.")

    def history_of(self, loaded: LoadedBundle, user: UserState) -> WeightedHistory:
        """What a person rated and saw; raises as `weighted`."""
        return self.weighted(loaded, user.history(self.seen_weight))

    def filters_for(self, loaded: LoadedBundle, user: UserState) -> Filters:
        """The filters for a person; what they never want to see is hidden by `UserState.history`."""
        return self.filters(include=loaded.bundle.items.ids[user.watchlist].tolist() if self.watchlist else None)


class RecommendQuery(UserListQuery, WordsParams, TitleParams):
    """A page of a list for a person whose ratings and marks are stored."""

    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="Number of lines to skip.")
    reasons: bool = Field(False, description="Say with each line why it is listed.")


class SessionPerson(RequestBody):
    """A person given by their ratings."""

    ratings: Ratings = Field({})
    also_seen: AlsoSeen = []
    seen_weight: SeenWeight = None
    rated_at: Times = Field({})

    def history(self, loaded: LoadedBundle) -> WeightedHistory:
        """What the person rated and saw.

        Raises:
            UnknownIdError: no movie has one of the ids.
            DataFormatError: a rating is not on the scale.
            ApiError: 409, a time is not one of a movie that was rated or seen.
        """
        history = session_history(loaded, self.ratings, self.also_seen, self.seen_weight)
        for item in self.rated_at:
            if item not in self.ratings and item not in self.also_seen:
                message = f"rated_at: {item} is neither in ratings nor in also_seen"
                raise ApiError(409, "invalid", message, "give times of movies that were rated or seen")
        return loaded.recommender.histories.with_times(history, native_keys(loaded, self.rated_at))


class SessionProfile(SessionPerson, FilterParams):
    """A person given by their ratings, and which movies may be listed for them."""

    not_interested: ItemIds = Field([], description="Never listed.")
    only: ItemIds | None = Field(None, description="The only movies listed, such as a watchlist.")

    def filters_for(self, loaded: LoadedBundle) -> Filters:
        """The filters, with the movies never to be listed.

        Raises:
            UnknownIdError: no movie has one of the ids.
        """
        exclude = [loaded.native_item_id(item) for item in (*self.also_seen, *self.not_interested)]
        return self.filters(exclude, None if self.only is None else [loaded.native_item_id(item) for item in self.only])


class SessionRecommend(SessionProfile, RerankParams, WordsParams, TitleParams, StrictBody):
    """A list for these ratings; nothing is stored."""

    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="Number of lines to skip.")
    reasons: bool = Field(False, description="Say with each line why it is listed.")


class RatingIn(StrictBody):
    """A rating."""

    user_id: UserId
    item_id: ItemId
    stars: Stars | None = Field(None, description="Null or absent: seen without a rating.")
    at: int | None = Field(None, ge=0, le=2**40, description="Unix seconds UTC; the current time if absent.")
    recommendation_id: RecommendationId | None = Field(None, description="Of the list that led to the rating.")


class ItemIn(StrictBody):
    """A movie that the bundle does not have."""

    item_id: ItemId
    title: Annotated[str, Field(min_length=1, max_length=500, pattern=_ITEM_ID, examples=["Dune (2021)"])]
    year: Year = Field(0, description="0 if unknown.")
    genres: list[GenreName] = Field([], max_length=_MAX_GENRES)


class SessionExplain(SessionPerson, StrictBody):
    """Why a movie has its score for these ratings."""

    item_id: ItemId
    order: ListOrder = "liked"
    recent: Recent = False
    top: int = Field(10, ge=0, le=MAX_LIST_LENGTH, description="Number of reasons listed; the rest is summed up.")
    method: Literal["sum", "leave-one-out"] | None = Field(None, description="The sum, if the model is one.")


class SessionCounterfactual(SessionProfile, StrictBody):
    """Which ratings would have to be different for a movie to enter the first `n`, or to leave them."""

    item_id: ItemId
    order: ListOrder = "liked"
    most: int = Field(3, ge=1, le=3, description="Number of ratings changed in an exhaustive search, at most.")


class ChangesIn(StrictBody):
    """Changes of the ratings for one request."""

    stars: Ratings = Field({})
    mute: ItemIds = Field([], description="Rated movies whose ratings are ignored; they still count as seen.")
    damp: dict[ItemId, UnitWeight] = Field(
        {},
        max_length=_MAX_RATINGS,
        description="Rated movie -> weight of its rating.",
        json_schema_extra=_NO_EXTRA_KEYS,
    )
    remove: ItemIds = Field([], description="Ratings removed altogether.")

    def changes(self, loaded: LoadedBundle) -> Changes:
        """The changes for `Recommender.recommend`.

        Raises:
            UnknownIdError: no movie has one of the ids.
        """
        return Changes(
            native_keys(loaded, self.stars),
            [loaded.native_item_id(item) for item in self.mute],
            native_keys(loaded, self.damp),
            [loaded.native_item_id(item) for item in self.remove],
        )


class SessionWhatIf(SessionProfile, RerankParams, StrictBody):
    """A list as it is and with changes."""

    changes: ChangesIn


class SessionQuestions(StrictBody):
    """Which movies to ask a person about next."""

    ratings: Ratings = Field({})
    also_seen: AlsoSeen = []
    seen_weight: SeenWeight = None
    not_seen: ItemIds = Field([], description="Movies that they said they have not seen.")
    n: int = Field(5, ge=1, le=MAX_LIST_LENGTH)


class SessionTogether(FilterParams, StrictBody):
    """One list for several people."""

    people: dict[Annotated[str, Field(min_length=1, max_length=100)], Ratings] = Field(
        min_length=1, max_length=8, description="Name -> ratings.", examples=[{"Ann": {"260": 5.0}, "Bo": {"1": 4.0}}]
    )
    seen_by: dict[Annotated[str, Field(min_length=1, max_length=100)], ItemIds] = Field(
        {}, max_length=8, description="Name -> movies that the person saw without a rating; the names are in `people`."
    )
    also_seen: ItemIds = Field([], description="Never listed; counts for nobody.")
    seen_weight: SeenWeight = None
    how: Aggregation = "mean"
    unit: ValueUnit = "score"
    envy: float = Field(0.25, ge=0, le=1000, allow_inf_nan=False, description="Bound of `envy-bounded`.")


def session_history(
    loaded: LoadedBundle, ratings: Mapping[str, float], also_seen: Collection[str], seen_weight: float | None
) -> WeightedHistory:
    """What a person given in a request rated and saw; raises as `SessionProfile.history`."""
    seen = [loaded.native_item_id(item) for item in also_seen]
    return loaded.recommender.history_for(native_keys(loaded, ratings), seen=seen, seen_weight=seen_weight)


def native_keys(loaded: LoadedBundle, values: Mapping[str, _T]) -> dict[int | str, _T]:
    """Values by the item ids of the bundle; raises as `LoadedBundle.native_item_id`."""
    return {loaded.native_item_id(item): value for item, value in values.items()}


def require_on_scale(loaded: LoadedBundle, stars: float, where: str = "") -> None:
    """Refuse stars that are not from the lowest to the highest of the scale.

    Stars between two steps are taken, such as half stars of an export for a bundle of whole stars: people are folded in
    with them, and the next retraining sets them to the nearest step.

    Args:
        loaded: the bundle.
        stars: the rating.
        where: place in the request, as a prefix of the message.

    Raises:
        ApiError: 409, off the scale.
    """
    scale = loaded.bundle.scale
    if scale is None:
        if stars != 1 and loaded.bundle.feedback == "implicit":
            raise ApiError(409, "scale", f"{where}{stars:g} is not 1", "the bundle has no stars: 1 is a view")
        if stars < 1:
            raise ApiError(409, "scale", f"{where}{stars:g} is less than 1", "the bundle has counts of at least 1")
        return
    if not scale.low <= stars <= scale.high:
        raise ApiError(409, "scale", f"{where}{stars:g} is not on the scale", f"from {scale.low:g} to {scale.high:g}")
