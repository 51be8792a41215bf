"""The interface of the store, and the records that it takes and returns.

A store has the ratings and marks of people, the lists they were shown, and the API keys of programs. User and item ids
are text; callers map them to the ids of a bundle. Times are Unix seconds UTC. They are recorded but never used for
ordering: events are ordered by their sequence numbers, so the clock may go back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import polars as pl

if TYPE_CHECKING:
    from reelgraph.store.links import LinkTable
    from reelgraph.store.suggestions import SuggestionTable

Mark = Literal["not-interested", "watchlist", "seen"]
Scope = Literal["read", "write", "admin"]
EventKind = Literal["rated", "unrated", "marked", "unmarked", "forgotten", "rebuilt"]
CounterName = Literal["people", "keys", "items"]

GUEST_PREFIX = "guest-"
"""With it begin the ids of visitors of the page, who have no account."""

VIEW = 1.0
"""The stars of a view, for a bundle without stars."""

MARKS: tuple[Mark, ...] = ("not-interested", "watchlist", "seen")
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Rating:
    """A person's rating of an item.

    Args:
        stars: on the scale of the writer.
        at: time, Unix seconds UTC.
    """

    stars: float
    at: int


@dataclass(frozen=True, slots=True)
class PersonState:
    """The ratings and marks of one person.

    Args:
        user_id: the person.
        created: time of their first write, Unix seconds UTC.
        ratings: item id -> rating.
        not_interested: items they do not want to see.
        watchlist: items they want to see.
        seen: items they have seen, rated or not.
    """

    user_id: str
    created: int
    ratings: Mapping[str, Rating]
    not_interested: frozenset[str] = frozenset()
    watchlist: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewRating:
    """A rating to be written.

    Args:
        user_id: the person; created if new.
        item_id: the item.
        stars: finite.
        at: time, Unix seconds UTC.
        recommendation_id: of the list in which the item was shown, where known.
    """

    user_id: str
    item_id: str
    stars: float
    at: int
    recommendation_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddedItem:
    """A movie that was added after the training data; the next retraining takes it into the catalogue.

    Args:
        item_id: the movie.
        title: not empty.
        year: 0 if unknown.
        genres: names.
        added: time, Unix seconds UTC.
        client: id of the API key that added it; "" if it was added without a key.
    """

    item_id: str
    title: str
    year: int = 0
    genres: tuple[str, ...] = ()
    added: int = 0
    client: str = ""


@dataclass(frozen=True, slots=True)
class Impression:
    """A list that was shown.

    Args:
        recommendation_id: unique.
        user_id: the person; None if unknown, as in a session.
        items: item ids, best first.
        at: time, Unix seconds UTC.
        bundle: digest of the bundle that recommended it.
        scores: of the items; empty if not recorded.
    """

    recommendation_id: str
    user_id: str | None
    items: tuple[str, ...]
    at: int
    bundle: str
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the log.

    Args:
        seq: sequence number, ascending; an event is visible only after all events with lower numbers.
        kind: what happened; ``forgotten`` means that a person was removed, without saying who; ``rebuilt`` that
            `Store.rebuild` corrected something.
        at: time, Unix seconds UTC.
        user_id: the person; None for ``forgotten`` and ``rebuilt``.
        item_id: the item; None for these two.
        stars: of ``rated``.
        mark: of ``marked`` and ``unmarked``.
        recommendation_id: of ``rated``, where known.
    """

    seq: int
    kind: EventKind
    at: int
    user_id: str | None = None
    item_id: str | None = None
    stars: float | None = None
    mark: Mark | None = None
    recommendation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ForgottenCounts:
    """Numbers of removed rows of a person; all 0 if the person was unknown."""

    ratings: int
    marks: int
    events: int
    served: int
    suggestions: int = 0
    links: int = 0


@dataclass(frozen=True, slots=True)
class UserRow:
    """One person in a page of people: id, time of the first write (Unix seconds UTC), number of ratings."""

    user_id: str
    created: int
    ratings: int


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """Numbers of rows in the store."""

    users: int
    ratings: int
    marks: int
    events: int
    served: int
    items: int = 0
    suggestions: int = 0
    links: int = 0


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """Numbers of rows after a replay of the log, and of corrected rows; 0 means that tables and log agree."""

    users: int
    ratings: int
    marks: int
    differences: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, without its secret.

    Args:
        id: the public part.
        name: its purpose.
        scopes: its permissions.
        created: time, Unix seconds UTC.
        revoked: time of revocation; None if valid.
    """

    id: str
    name: str
    scopes: frozenset[Scope] = field(default_factory=frozenset)
    created: int = 0
    revoked: int | None = None


@runtime_checkable
class Store(Protocol):
    """The store of people and their ratings. Threads and processes may use it concurrently.

    When a method that writes returns, its data are on the disk. When it raises `StoreError`, nothing of the call is
    written; but if the connection broke during the commit, everything may be. Repeating the call does no harm.

    Every method raises `StoreError` when the store is unavailable, and works again when the cause is gone. Invalid ids
    (empty, over 200 characters, or with a NUL or a surrogate) raise `ConfigError`.

    ``suggestions`` has the films suggested for evenings, and ``links`` the links that people made; both belong to a
    person and go with them.
    """

    suggestions: SuggestionTable
    links: LinkTable

    def person(self, user_id: str) -> PersonState | None:
        """The ratings and marks of a person; None if unknown. One consistent read."""

    def rate(self, entries: Sequence[NewRating]) -> None:
        """Write ratings, all or none; a new rating of an item replaces the old one, whatever their times."""

    def unrate(self, user_id: str, item_id: str) -> bool:
        """Delete a rating; False if there was none."""

    def mark(self, user_id: str, item_id: str, kind: Mark) -> None:
        """Add an item to one of a person's lists; no change if it is already there."""

    def mark_all(self, user_id: str, item_ids: Sequence[str], kind: Mark) -> None:
        """`mark` many items, all or none."""

    def unmark(self, user_id: str, item_id: str, kind: Mark) -> bool:
        """Remove an item from a list; False if it was not there."""

    def forget(self, user_id: str, *, final: bool = False) -> ForgottenCounts:
        """Delete all rows of a person, including their events and impressions, and add an event without their id.

        Impressions added later are kept: callers that queue impressions must write or drop the queue first.

        Args:
            user_id: the person.
            final: the id is never used again. Every later write for it, also one that is in progress, raises
                `DeletedUserError`, and impressions are kept without it. Only a hash of the id remains.
        """

    def add_items(self, items: Sequence[AddedItem], max_total: int, max_of_client: int) -> int:
        """Add movies, all or none; one with the id of an added one replaces it. Returns the number of new ones.

        Raises:
            ConfigError: there would be more than ``max_total`` movies, or more than ``max_of_client`` of one client.
        """

    def added_items(self) -> Sequence[AddedItem]:
        """All added movies, in the order of their ids."""

    def add_impressions(self, lists: Sequence[Impression]) -> None:
        """Add lists that were shown; existing ids are ignored."""

    def impression(self, recommendation_id: str) -> Impression | None:
        """The list with this id; None if there is none."""

    def impressions_of(self, user_id: str, n: int = 50) -> Sequence[Impression]:
        """The last ``n`` lists shown to a person, newest first."""

    def delete_impressions(self, before: int) -> int:
        """Delete the lists shown before a time, Unix seconds UTC; returns their number."""

    def delete_guests(self, before: int) -> int:
        """Delete the guests who changed nothing and were shown nothing since a time, Unix seconds UTC.

        Guests are those whose id begins with `GUEST_PREFIX`. Returns their number.
        """

    def version(self, counter: CounterName = "people") -> int:
        """A number that increases with every change of ``people`` (or of ``keys`` or ``items``) by any process.

        For people it is the ``seq`` of the last event, so the changes since are ``events(after=version)``. A cache of
        people must drop those named there, or all of them at an event without a person.
        """

    def users(self, after: str | None = None, n: int = 100) -> Sequence[UserRow]:
        """A page of ``n`` people in the order of their ids (by code point), starting after ``after``."""

    def counts(self) -> StoreCounts:
        """Numbers of rows. Cost: about a second for twenty million rows."""

    def ratings_in_chunks(self, size: int = 100_000) -> Iterator[pl.DataFrame]:
        """A snapshot of all ratings: frames ``user_id, item_id, rating, timestamp`` of at most ``size`` rows."""

    def events(self, after: int = 0, n: int = 1000) -> Sequence[Event]:
        """The first ``n`` events with a sequence number above ``after``, in order."""

    def events_of(self, user_id: str, n: int = 1000) -> Sequence[Event]:
        """The last ``n`` events of a person, newest first."""

    def rebuild(self) -> RebuildReport:
        """Rebuild ratings and marks from the log in one transaction; nothing is written if they agree."""

    def add_key(self, name: str, scopes: Sequence[Scope]) -> str:
        """Create a key and return its text ``rg_<id>_<secret>``. It cannot be read again: only its hash is stored."""

    def key(self, plain: str) -> ApiKey | None:
        """The key with this text; None if it is unknown or revoked. Cost: an argon2 hash, milliseconds."""

    def keys(self) -> Sequence[ApiKey]:
        """All keys, including revoked ones, oldest first."""

    def revoke(self, key_id: str) -> bool:
        """Revoke a key; False if it is unknown or already revoked."""

    def ready(self) -> None:
        """Check that the store answers and, after a failed write, that it can write again.

        Raises:
            StoreError: it does not; with the reason.
        """

    def vacuum(self) -> None:
        """Free disk space, and erase deleted data from the files of the store."""

    def close(self) -> None:
        """Finish pending writes and close the files or connections; a second call does nothing."""
