"""Bodies and queries of the requests, all of them bounded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from reelgraph.core.plain_text import plain_text
from reelgraph.recommend import Changes, Filters
from reelgraph.recommend.explain.explanation import ValueUnit
from reelgraph.recommend.group.group_list import Aggregation
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.api.parameters import (
    ITEM_ID_PATTERN,
    MAX_GENRES,
    MAX_LIST_LENGTH,
    MAX_OFFSET,
    MAX_RATINGS,
    NO_EXTRA_KEYS,
    AlsoSeen,
    FilterParams,
    GenreName,
    ItemId,
    ItemIds,
    ListOrder,
    NewItemId,
    Ratings,
    Recent,
    RecommendationId,
    RequestBody,
    RerankParams,
    SeenWeight,
    Stars,
    StrictBody,
    Times,
    TitleParams,
    UnitWeight,
    UserId,
    WordsParams,
    Year,
)
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState

_T = TypeVar("_T")


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
    also_seen: AlsoSeen = Field([])
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


def _visible_title(title: str) -> str:
    """A title without marks that no reader sees, which could turn its letters round."""
    visible = plain_text(title).strip()
    if not visible:
        raise ValueError("the title has no visible letter")
    return visible


class ItemIn(StrictBody):
    """A movie that the bundle does not have."""

    item_id: NewItemId
    title: Annotated[
        str,
        Field(min_length=1, max_length=500, pattern=ITEM_ID_PATTERN, examples=["Dune (2021)"]),
        AfterValidator(_visible_title),
    ]
    year: Year = Field(0, description="0 if unknown.")
    genres: list[GenreName] = Field([], max_length=MAX_GENRES)


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
        max_length=MAX_RATINGS,
        description="Rated movie -> weight of its rating.",
        json_schema_extra=NO_EXTRA_KEYS,
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
    also_seen: AlsoSeen = Field([])
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
