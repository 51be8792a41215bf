"""Many changes of a visitor at once, such as taking all suggestions of an import, and taking them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from reelgraph.data import CleanRules
from reelgraph.serve.api.parameters import ItemId, RequestBody, Stars
from reelgraph.serve.api.requests import require_on_scale
from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.store import MARKS, Mark, NewRating, Store
from reelgraph.store.records import VIEW

OPPOSITE_MARKS: Mapping[Mark, Mark] = {"watchlist": "not-interested", "not-interested": "watchlist"}
_EARLIEST = CleanRules().earliest  # Unix seconds
_MAX_CHANGES = 1_000


class MarkBody(RequestBody):
    """When it was done, Unix seconds UTC, where that is not now: without a connection, or as an export says.

    A time in the future, from a clock that is wrong, counts as now.
    """

    at: Annotated[int, Field(ge=_EARLIEST)] | None = None


class ChangeBody(MarkBody):
    """A rating, a view or a mark of a movie, or with ``on`` false the end of it."""

    item_id: ItemId
    kind: Literal["ratings"] | Mark
    on: bool = True
    stars: Stars | None = None

    @model_validator(mode="after")
    def _only_ratings_have_stars(self) -> ChangeBody:
        if self.stars is not None and (self.kind != "ratings" or not self.on):
            raise ValueError("only a rating has stars")
        return self


class ChangesBody(RequestBody):
    """The changes, at most one of each kind for a movie."""

    changes: list[ChangeBody] = Field(min_length=1, max_length=_MAX_CHANGES)


def require_possible(loaded: LoadedBundle, changes: Sequence[ChangeBody]) -> None:
    """Refuse changes of which one is not possible.

    Raises:
        UnknownIdError: no movie has one of the ids.
        ApiError: stars are missing, or not on the scale.
    """
    for position, change in enumerate(changes):
        loaded.item_row(change.item_id)
        if change.kind == "ratings" and change.on:
            where = f"body.changes.{position}.stars: "
            require_on_scale(loaded, stars_of(loaded, change.stars, where), where)


def stars_of(loaded: LoadedBundle, stars: float | None, where: str) -> float:
    """The stars of a rating, those of a view if the bundle has none.

    Raises:
        ApiError: 422, there are none, but the bundle has stars.
    """
    if stars is None and loaded.bundle.scale is not None:
        raise ApiError(422, "invalid", f"{where}there are none", "mark the movie as seen, or give it stars")
    return VIEW if stars is None else stars


def apply_changes(store: Store, user_id: str, changes: Sequence[ChangeBody], now: int) -> list[NewRating]:
    """Write the changes; as one by one, a rating ends two marks of the movie, and a mark ends its opposite.

    Args:
        store: to write to.
        user_id: the visitor; created if new.
        changes: possible ones.
        now: Unix seconds UTC.

    Returns:
        The ratings written.
    """
    times = {change.item_id: min(change.at, now) for change in changes if change.at is not None}
    ratings = [
        NewRating(
            user_id, change.item_id, VIEW if change.stars is None else change.stars, times.get(change.item_id, now)
        )
        for change in changes
        if change.on and change.kind == "ratings"
    ]
    store.rate(ratings)
    person = store.person(user_id)
    marked = {} if person is None else {"watchlist": person.watchlist, "not-interested": person.not_interested}
    for rating in ratings:
        for kind in OPPOSITE_MARKS:
            if rating.item_id in marked.get(kind, ()):
                store.unmark(user_id, rating.item_id, kind)
    for kind in MARKS:
        items = [change.item_id for change in changes if change.on and change.kind == kind]
        store.mark_all(user_id, items, kind, times)
        opposite = OPPOSITE_MARKS.get(kind)
        for item_id in items:
            if opposite is not None and item_id in marked.get(opposite, ()):
                store.unmark(user_id, item_id, opposite)
    for change in changes:
        if change.on:
            continue
        if change.kind == "ratings":
            store.unrate(user_id, change.item_id)
        else:
            store.unmark(user_id, change.item_id, change.kind)
    return ratings
