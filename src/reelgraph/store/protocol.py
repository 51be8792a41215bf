"""What a store of people can do, and what goes in and out of it.

A store keeps what people told: ratings, marks, the lists they were shown, and the keys of programs that may ask. User
and item ids are text here; whoever asks maps them to the ids of a bundle. Times are Unix seconds UTC and only told,
never used for order: what happened first is said by the sequence number of its event, so a clock may go back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import polars as pl

Mark = Literal["not-interested", "watchlist", "seen"]
Scope = Literal["read", "write", "admin"]
EventKind = Literal["rated", "unrated", "marked", "unmarked", "forgotten", "rebuilt"]
Counter = Literal["people", "keys"]

MARKS: tuple[Mark, ...] = ("not-interested", "watchlist", "seen")
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person gave a movie.

    Args:
        stars: in the scale of whoever writes.
        at: when, Unix seconds UTC.
    """

    stars: float
    at: int


@dataclass(frozen=True, slots=True)
class PersonState:
    """Everything that the store knows about a person's taste.

    Args:
        user_id: the person.
        created: when they were first heard of, Unix seconds UTC.
        ratings: item id -> rating.
        not_interested: items they do not want to see.
        watchlist: items they mean to see.
        seen: items seen and not necessarily rated.
    """

    user_id: str
    created: int
    ratings: Mapping[str, Rating]
    not_interested: frozenset[str] = frozenset()
    watchlist: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating to be kept.

    Args:
        user_id: who; made known when new.
        item_id: what.
        stars: finite.
        at: when, Unix seconds UTC.
        recommendation_id: of the served list that brought it about, where known.
    """

    user_id: str
    item_id: str
    stars: float
    at: int
    recommendation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Impression:
    """A list that was shown.

    Args:
        recommendation_id: its id, unique.
        user_id: to whom; None where nobody is known, as in a session.
        items: item ids, the best first.
        at: when, Unix seconds UTC.
        bundle: digest of the bundle that made it.
        scores: one an item, where kept.
    """

    recommendation_id: str
    user_id: str | None
    items: tuple[str, ...]
    at: int
    bundle: str
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log.

    Args:
        seq: its number; later events have higher ones, and a number is visible only when all lower ones are.
        kind: what happened; ``forgotten`` says that somebody was removed, and not who; ``rebuilt`` that `Store.rebuild`
            found something to put right.
        at: when it was said to happen, Unix seconds UTC.
        user_id: to whom; None for ``forgotten`` and ``rebuilt``.
        item_id: with which item; None for these two.
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
class Forgotten:
    """How many rows of a person were removed, by what they held; all 0 when nothing was known."""

    ratings: int
    marks: int
    events: int
    served: int


@dataclass(frozen=True, slots=True)
class UserRow:
    """One person in a page of people: id, when first heard of (Unix seconds UTC), number of ratings."""

    user_id: str
    created: int
    ratings: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the store holds."""

    users: int
    ratings: int
    marks: int
    events: int
    served: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What there is after a replay of the log, and how many rows it put right: 0 proves that state and log agree."""

    users: int
    ratings: int
    marks: int
    differences: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program that may ask. The secret is not in it.

    Args:
        id: the public part.
        name: what it is for.
        scopes: what it may do.
        created: Unix seconds UTC.
        revoked: since when it may not any more; None while it may.
    """

    id: str
    name: str
    scopes: frozenset[Scope] = field(default_factory=frozenset)
    created: int = 0
    revoked: int | None = None


@runtime_checkable
class Store(Protocol):
    """Keeps people. Safe to be used by many threads, and by many processes at once.

    What a writing method was given is on the disk when it returns; when it raises `StoreError`, nothing of that call is
    kept (or, where the connection broke during the commit, all of it may be: writing the same again does no harm).

    Every method raises `StoreError` when the store cannot answer, and works again when the cause has gone away.
    Ids that cannot be kept (empty, over 200 characters, with a NUL or a half of a character) are a `ConfigError`.
    """

    def person(self, user_id: str) -> PersonState | None:
        """All that is known of a person; None when nothing is. One read, of a state that was committed as a whole."""

    def rate(self, entries: Sequence[Rated]) -> None:
        """Keep ratings, all or none; a second rating of the same item replaces the first, whatever their times say."""

    def unrate(self, user_id: str, item_id: str) -> bool:
        """Take a rating away; False when there was none."""

    def mark(self, user_id: str, item_id: str, kind: Mark) -> None:
        """Put an item on one of a person's lists; nothing changes when it is there."""

    def mark_all(self, user_id: str, item_ids: Sequence[str], kind: Mark) -> None:
        """`mark` many items, all or none."""

    def unmark(self, user_id: str, item_id: str, kind: Mark) -> bool:
        """Take an item off a list; False when it was not on it."""

    def forget(self, user_id: str) -> Forgotten:
        """Remove every row of a person, their events and served lists too; one event ``forgotten`` names nobody.

        Lists handed to `served` later are kept again: whoever queues them writes or drops the queue first.
        """

    def served(self, lists: Sequence[Impression]) -> None:
        """Keep lists that were shown; an id that is there already is left as it is."""

    def served_list(self, recommendation_id: str) -> Impression | None:
        """The list with this id."""

    def served_to(self, user_id: str, n: int = 50) -> Sequence[Impression]:
        """The last ``n`` lists shown to a person, the newest first."""

    def drop_served(self, before: int) -> int:
        """Remove the lists shown before a time, Unix seconds UTC; how many they were."""

    def version(self, of: Counter = "people") -> int:
        """A number that grows with every commit, of any process, about ``people`` (or about ``keys``).

        That about people is the ``seq`` of the last event: what changed since is ``events(after=version)``, and who
        keeps people in memory drops those that are named there, or all at an event without a person.
        """

    def users(self, after: str | None = None, n: int = 100) -> Sequence[UserRow]:
        """A page of ``n`` people in the order of their ids (by code point), those after ``after``."""

    def counts(self) -> Counts:
        """How much is there. Cost: counts the rows, a second or so for twenty million."""

    def ratings_in_chunks(self, size: int = 100_000) -> Iterator[pl.DataFrame]:
        """All ratings of one moment: frames ``user_id, item_id, rating, timestamp`` of at most ``size`` rows."""

    def events(self, after: int = 0, n: int = 1000) -> Sequence[Event]:
        """The first ``n`` events with a number above ``after``, in order."""

    def rebuild(self) -> Rebuilt:
        """Make ratings and marks anew from the log, in one step; nothing is written where they agree."""

    def add_key(self, name: str, scopes: Sequence[Scope]) -> str:
        """Make a key and return its text ``rg_<id>_<secret>``, which cannot be had again: only its hash is kept."""

    def key(self, plain: str) -> ApiKey | None:
        """The key with this text; None when there is none or it was revoked. Cost: an argon2 hash, milliseconds."""

    def keys(self) -> Sequence[ApiKey]:
        """All keys, the revoked ones too, the oldest first."""

    def revoke(self, key_id: str) -> bool:
        """Let a key open nothing from now on; False when there is no such key or it was revoked before."""

    def ready(self) -> None:
        """Return when the store answers; after a write that failed, when a write succeeds again.

        Raises:
            StoreError: it does not; says why.
        """

    def vacuum(self) -> None:
        """Give room back, and leave nothing in the store's files of what was removed."""

    def close(self) -> None:
        """Finish what was begun and let go of the files or connections; a second call does nothing."""
