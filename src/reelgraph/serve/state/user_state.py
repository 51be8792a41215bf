"""What a person rated and marked, in the rows of the bundle in use; cached until the store reports a change."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import NO_TIME, AnyArray, FloatArray, IntArray, Matrix, single_row
from reelgraph.core.errors import UnknownIdError
from reelgraph.recommend.history_builder import HistoryBuilder, known_order
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.store import PersonState, Rating, Store

_MAX_USERS = 5_000  # in memory: some 4 KB each
_MAX_EVENTS = 1_000  # read one by one; after more events everybody is read again


@dataclass(frozen=True, slots=True)
class UserState:
    """A person's ratings and marks in the rows of one bundle.

    Args:
        ratings: ``(1, n_items)`` CSR, stars.
        stars: ``(nnz,)`` float64, the values of ``ratings`` in full precision.
        rated_at: ``(nnz,)`` Unix seconds UTC, in the order of ``ratings.indices``; 0 or less where the time is unknown.
        seen: ``(m,)`` item rows marked as seen; some may be rated too. Those that are not count as views.
        seen_at: ``(m,)`` Unix seconds UTC, when they were seen; 0 or less where the time is unknown.
        not_interested: ``(m,)`` item rows never to be listed.
        watchlist: ``(m,)`` item rows of the watchlist.
        unknown_items: number of ratings and marks of movies that the bundle does not have.
        user_row: row of the bundle's own user with this id; None for everybody else.
        digest: changes with the ratings, their times and the marks.
        histories: makes the history of the person for the model.
    """

    ratings: Matrix
    stars: FloatArray
    rated_at: IntArray
    seen: IntArray
    seen_at: IntArray
    not_interested: IntArray
    watchlist: IntArray
    unknown_items: int
    user_row: int | None
    digest: str
    histories: HistoryBuilder

    def history(self, seen_weight: float | None = None) -> WeightedHistory:
        """The person as `Recommender` takes them; what is not of interest is always hidden.

        Args:
            seen_weight: weight of the movies seen without a rating, from 0 to 1; None for that of the bundle.
        """
        rated = WeightedHistory.unweighted(self.ratings, self.not_interested, self.user_row)
        history = self.histories.with_seen_rows(rated, self.seen, seen_weight)
        rows, times = history.ratings.indices, np.zeros(history.ratings.nnz, np.int64)
        times[np.searchsorted(rows, self.seen)] = self.seen_at
        times[np.searchsorted(rows, self.ratings.indices)] = self.rated_at
        return dataclasses.replace(history, order=known_order(np.where(times > 0, times, NO_TIME)))

    @property
    def seen_only(self) -> IntArray:
        """Item rows marked as seen that are not rated, ascending."""
        rows: IntArray = np.setdiff1d(self.seen, self.ratings.indices)
        return rows


class UserStateCache:
    """Reads people from the store, each again only after they changed, whichever process changed them.

    Args:
        store: of ratings and marks.
        max_users: largest number of people in memory.
    """

    def __init__(self, store: Store, max_users: int = _MAX_USERS) -> None:
        self._store, self._max_users = store, max_users
        self._states: OrderedDict[tuple[str, str, int | None], UserState] = OrderedDict()
        self._version = -1
        self._lock = threading.Lock()

    def user(self, loaded: LoadedBundle, user_id: str) -> UserState:
        """A person as they are now, known to the store, to the bundle, or to both.

        A rating in the store replaces that of the bundle's user with the same id.

        Raises:
            UnknownIdError: neither knows the id.
            StoreError: the store cannot answer.
        """
        state = self._get(loaded, user_id, loaded.user_row(user_id))
        if state is None:
            raise UnknownIdError(
                "nobody with this id is known",
                "rate something first: POST /api/ratings, or ask POST /api/session/recommend",
            )
        return state

    def visitor(self, loaded: LoadedBundle, user_id: str | None) -> UserState:
        """A visitor of the page as they are now, by the store alone, so that what they take back is gone at once.

        Args:
            loaded: the bundle in use.
            user_id: of the visitor; None before their first rating.

        Raises:
            StoreError: the store cannot answer.
        """
        state = None if user_id is None else self._get(loaded, user_id, None)
        return resolve(loaded, None) if state is None else state

    def is_stored(self, loaded: LoadedBundle, user_id: str) -> bool:
        """Whether the store knows a person.

        Raises:
            StoreError: the store cannot answer.
        """
        return self._get(loaded, user_id, None) is not None

    def _get(self, loaded: LoadedBundle, user_id: str, user_row: int | None) -> UserState | None:
        self._drop_changed()
        key = (user_id, loaded.digest, user_row)
        with self._lock:
            version, state = self._version, self._states.get(key)
            if state is not None:
                self._states.move_to_end(key)
                return state
        person = self._store.person(user_id)
        if person is None and user_row is None:
            return None
        state = resolve(loaded, person, user_row)
        with self._lock:
            if version == self._version:  # otherwise somebody, perhaps this person, has changed meanwhile
                self._states[key] = state
                while len(self._states) > self._max_users:
                    self._states.popitem(last=False)
        return state

    def _drop_changed(self) -> None:
        """Drop the people who have changed since the last look at the store."""
        version = self._store.version()
        with self._lock:
            since = self._version
        if version == since:
            return
        events = self._store.events(since, _MAX_EVENTS) if 0 <= since < version <= since + _MAX_EVENTS else None
        with self._lock:
            if events is None or any(event.user_id is None for event in events):
                self._states.clear()
            else:
                user_ids = {event.user_id for event in events}
                for key in [key for key in self._states if key[0] in user_ids]:
                    del self._states[key]
            self._version = version if events is None else max(version, events[-1].seq)


def resolve(loaded: LoadedBundle, person: PersonState | None, user_row: int | None = None) -> UserState:
    """The ratings and marks of a person in the rows of a bundle; stars are clipped to its scale.

    A rating of the store is one view in a bundle of views, and a count of at least 1 in a bundle of counts.

    Args:
        loaded: the bundle.
        person: what the store has of them; None for nothing.
        user_row: row of the bundle's own user that they are, if any; ratings of the store replace that user's.
    """
    bundle, ratings = loaded.bundle, dict[int, Rating]()
    if user_row is not None:
        ratings |= _bundle_ratings(bundle, user_row)
    if person is not None:
        low, high = (bundle.scale.low, bundle.scale.high) if bundle.scale is not None else (1.0, np.inf)
        high = 1.0 if bundle.feedback == "implicit" else high
        for item_id, rating in person.ratings.items():
            if item_id in loaded.item_rows:
                ratings[loaded.item_rows[item_id]] = Rating(min(max(rating.stars, low), high), rating.at)
    marks = ((), (), ()) if person is None else (person.seen, person.not_interested, person.watchlist)
    seen, not_interested, watchlist = (_item_rows(loaded, item_ids) for item_ids in marks)
    seen_times = {} if person is None else person.seen_at
    seen_at = np.array([seen_times.get(loaded.item_ids[row], 0) for row in seen.tolist()], np.int64)
    all_ids = () if person is None else itertools.chain(person.ratings, *marks)
    rated = np.array(sorted(ratings), np.int32)
    stars = np.array([ratings[row].stars for row in rated.tolist()], np.float64)
    matrix = single_row(stars.astype(np.float32), rated, len(bundle.items))
    rated_at = np.array([ratings[row].at for row in rated.tolist()], np.int64)
    return UserState(
        ratings=matrix,
        stars=stars,
        rated_at=rated_at,
        seen=seen,
        seen_at=seen_at,
        not_interested=not_interested,
        watchlist=watchlist,
        unknown_items=sum(item_id not in loaded.item_rows for item_id in all_ids),
        user_row=user_row,
        digest=_digest(rated, matrix.data, rated_at, seen, seen_at, not_interested, watchlist),
        histories=loaded.recommender.histories,
    )


def _bundle_ratings(bundle: Bundle, user_row: int) -> dict[int, Rating]:
    """The ratings of a user of the bundle by item row."""
    entries = slice(bundle.history.indptr[user_row], bundle.history.indptr[user_row + 1])
    rows, stars = bundle.history.indices[entries].tolist(), bundle.history.data[entries].tolist()
    times = [0] * len(rows) if bundle.times is None else bundle.times[entries].tolist()
    return {row: Rating(value, at) for row, value, at in zip(rows, stars, times, strict=True)}


def _item_rows(loaded: LoadedBundle, item_ids: Iterable[str]) -> IntArray:
    """The rows of those items that the bundle has, ascending."""
    rows: IntArray = np.array(sorted(loaded.item_rows[item] for item in item_ids if item in loaded.item_rows), np.int64)
    return rows


def _digest(*arrays: AnyArray) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for array in arrays:
        digest.update(len(array).to_bytes(4, "little") + array.tobytes())
    return digest.hexdigest()
