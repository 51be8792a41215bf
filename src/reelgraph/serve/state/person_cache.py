"""People of the store as the model hears them, kept in memory until the store says that they changed."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from reelgraph.core import AnyArray, IntArray, Matrix, single_row
from reelgraph.core.errors import UnknownIdError
from reelgraph.recommend.filters import Seen
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.store import PersonState, Store

_KEPT = 5_000  # people in memory: some 4 KB each
_CHANGES = 1_000  # looked at one by one; after more everybody is read again


@dataclass(frozen=True, slots=True)
class UserState:
    """A person in the rows of one bundle.

    Args:
        rated: ``(1, n_items)`` CSR, stars.
        seen: ``(m,)`` item rows seen and not necessarily rated.
        refused: ``(m,)`` item rows of no interest.
        wished: ``(m,)`` item rows of the watchlist.
        user: row of the bundle's own user with this id.
        tag: changes when any of it does.
    """

    rated: Matrix
    seen: IntArray
    refused: IntArray
    wished: IntArray
    user: int | None
    tag: str

    def heard(self, seen: Seen = "hidden") -> WeightedHistory:
        """As `Recommender` takes it; films seen are hidden with the rated ones, those refused always."""
        hidden = np.concatenate([self.refused, self.seen]) if seen == "hidden" else self.refused
        return WeightedHistory.unweighted(self.rated, hidden, self.user)


class UserStateCache:
    """Reads people, each again only after they changed in the store, by whatever process.

    A user of the bundle is known without having told the store anything; what the store has of the same id comes on
    top: its ratings go before the bundle's.

    Args:
        store: of people.
        most: people kept in memory.
    """

    def __init__(self, store: Store, most: int = _KEPT) -> None:
        self._store, self._most = store, most
        self._kept: OrderedDict[tuple[str, str], UserState] = OrderedDict()
        self._version = -1
        self._lock = threading.Lock()

    def known(self, model: LoadedBundle, user_id: str) -> UserState:
        """The person as they are now.

        Raises:
            UnknownIdError: neither the store nor the bundle knows them.
            StoreError: the store cannot answer.
        """
        self._catch_up()
        key = (user_id, model.digest)
        with self._lock:
            version, found = self._version, self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = _known(model, user_id, self._store.person(user_id))
        with self._lock:
            if version == self._version:  # else somebody, maybe this person, changed meanwhile
                self._kept[key] = made
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return made

    def _catch_up(self) -> None:
        """Let go of those who changed since."""
        version = self._store.version()
        with self._lock:
            since = self._version
        if version == since:
            return
        changed = self._store.events(since, _CHANGES) if 0 <= since < version <= since + _CHANGES else None
        with self._lock:
            if changed is None or any(event.user_id is None for event in changed):
                self._kept.clear()
            else:
                users = {event.user_id for event in changed}
                for key in [key for key in self._kept if key[0] in users]:
                    del self._kept[key]
            self._version = version if changed is None else max(version, changed[-1].seq)


def _known(model: LoadedBundle, user_id: str, state: PersonState | None) -> UserState:
    user = model.user_row(user_id)
    if state is None and user is None:
        raise UnknownIdError(
            "nobody with this id is known",
            "rate something first: POST /api/ratings, or ask POST /api/session/recommend",
        )
    history, scale = model.recommender.history, model.recommender.scale
    stars: dict[int, float] = {}
    if user is not None:
        own = slice(history.indptr[user], history.indptr[user + 1])
        stars = dict(zip(history.indices[own].tolist(), history.data[own].tolist(), strict=True))
    rows = model.rows
    if state is not None:
        given = ((rows.get(item), rating.stars) for item, rating in state.ratings.items())
        stars |= {row: min(max(value, scale.low), scale.high) for row, value in given if row is not None}
    order = np.array(sorted(stars), np.int32)
    values = np.array([stars[row] for row in order.tolist()], np.float32)
    rated = single_row(values, order, history.shape[1])
    marks = (state.seen, state.not_interested, state.watchlist) if state is not None else ((), (), ())
    lists = [np.array(sorted(rows[item] for item in items if item in rows), np.int64) for items in marks]
    tag = hashlib.blake2b(digest_size=8)
    parts: list[AnyArray] = [order, values, *lists]
    for part in parts:
        tag.update(len(part).to_bytes(4, "little") + part.tobytes())
    return UserState(rated, lists[0], lists[1], lists[2], user, tag.hexdigest())
