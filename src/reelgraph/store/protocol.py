"""The interface of the store: people with their ratings and marks, the lists they were shown, and keys of programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import polars as pl

from reelgraph.store.records import (
    AddedItem,
    ApiKey,
    CounterName,
    Event,
    ForgottenCounts,
    Impression,
    Mark,
    NewRating,
    PersonState,
    RebuildReport,
    Scope,
    StoreCounts,
    UserRow,
)

if TYPE_CHECKING:  # they need a database driver, which is an extra
    from reelgraph.store.links import LinkTable
    from reelgraph.store.suggestions import SuggestionTable


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

    def mark_all(self, user_id: str, item_ids: Sequence[str], kind: Mark, at: Mapping[str, int] | None = None) -> None:
        """`mark` many items, all or none.

        Args:
            user_id: the person; created if new.
            item_ids: the items.
            kind: of the mark.
            at: item id -> time of its event in the log, Unix seconds UTC; the current time for all others. For ``seen``
                it is when the movie was seen, see `PersonState.seen_at`.
        """

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
