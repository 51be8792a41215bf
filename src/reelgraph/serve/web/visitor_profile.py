"""What a visitor has taught, in the ids of the bundle in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.store import Rating, Store

ItemId = int | str


@dataclass(frozen=True)
class VisitorProfile:
    """A visitor's taste.

    Args:
        given: rating by item id.
        not_interested: items never to be listed.
        watchlist: items they mean to see.
        seen: items seen, without a rating.
        unknown: ratings and marks of movies that this bundle does not have; they wait in the store.
    """

    given: Mapping[ItemId, Rating] = field(default_factory=dict)
    not_interested: frozenset[ItemId] = frozenset()
    watchlist: frozenset[ItemId] = frozenset()
    seen: frozenset[ItemId] = frozenset()
    unknown: int = 0

    @property
    def ratings(self) -> dict[ItemId, float]:
        """Stars by item id."""
        return {item: rating.stars for item, rating in self.given.items()}

    @property
    def hidden(self) -> frozenset[ItemId]:
        """Items not to be listed, beside the rated ones."""
        return self.not_interested | self.seen


def guest(model: LoadedBundle, store: Store, user_id: str | None) -> VisitorProfile:
    """The visitor with this id; nobody where the store knows nothing of them.

    Raises:
        StoreError: the store cannot answer.
    """
    state = None if user_id is None else store.person(user_id)
    if state is None:
        return VisitorProfile()
    scale = model.recommender.scale
    given = {
        item: Rating(min(max(state.ratings[text].stars, scale.low), scale.high), state.ratings[text].at)
        for text, item in _known(model, state.ratings)
    }
    marks = [state.not_interested, state.watchlist, state.seen]
    refused, wished, seen = (frozenset(item for _, item in _known(model, mark)) for mark in marks)
    known = len(given) + len(refused) + len(wished) + len(seen)
    return VisitorProfile(
        given, refused, wished, seen - given.keys(), len(state.ratings) + sum(map(len, marks)) - known
    )


def _known(model: LoadedBundle, texts: Iterable[str]) -> list[tuple[str, ItemId]]:
    """The ids that the bundle has, as text and as it has them."""
    ids = model.recommender.items.ids
    return [(text, ids[model.rows[text]].item()) for text in texts if text in model.rows]
