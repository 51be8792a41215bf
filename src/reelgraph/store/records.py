"""The records that the store takes and returns.

User and item ids are text; callers map them to the ids of a bundle. Times are Unix seconds UTC. They are recorded but
never used for ordering: events are ordered by their sequence numbers, so the clock may go back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from reelgraph.core import Catalogue

Mark = Literal["not-interested", "watchlist", "seen"]
Scope = Literal["read", "write", "admin"]
EventKind = Literal["rated", "unrated", "marked", "unmarked", "forgotten", "rebuilt"]
CounterName = Literal["people", "keys", "items"]
Outcome = Literal["chosen", "watched", "not-watched", "later", "passed"]
LinkKind = Literal["list", "device", "feed"]

GUEST_PREFIX = "guest-"
"""With it begin the ids of visitors of the page, who have no account."""

VIEW = 1.0
"""The stars of a view, for a bundle without stars."""

MARKS: tuple[Mark, ...] = get_args(Mark)
SCOPES: tuple[Scope, ...] = get_args(Scope)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
LINK_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)


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
        seen_at: item id -> time at which an item of ``seen`` was seen, or marked so, Unix seconds UTC.
    """

    user_id: str
    created: int
    ratings: Mapping[str, Rating]
    not_interested: frozenset[str] = frozenset()
    watchlist: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    seen_at: Mapping[str, int] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A film suggested for an evening.

    Args:
        user_id: who asked; created if new.
        item_id: the film.
        at: time, Unix seconds UTC.
        mood: that was asked for; "" for any.
        company: number of people who watch, at least 1.
        outcome: ``watched``; ``not-watched``; ``later``: not yet; ``passed``: another film was asked for; None as long
            as nothing is known.
        answered: time of the outcome, Unix seconds UTC; None before.
    """

    user_id: str
    item_id: str
    at: int
    mood: str = ""
    company: int = 1
    outcome: Outcome | None = None
    answered: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a person made, without its token.

    Args:
        link_id: to revoke it with; does not open it.
        user_id: who made it.
        kind: ``list``: shows a list to whoever has the link; ``device``: takes the session to another device, once.
        created: time, Unix seconds UTC.
        expires: time, Unix seconds UTC; from then on the link opens nothing.
        content: JSON values, by kind.
    """

    link_id: str
    user_id: str
    kind: LinkKind
    created: int
    expires: int
    content: Mapping[str, Any] = field(default_factory=dict)


POSTED_FIELDS = ("title", "year", "genres")
"""The fields of a `Catalogue` that an `AddedItem` has."""


def catalogue_of(items: Sequence[AddedItem]) -> Catalogue:
    """Movies that were added to a store, as a catalogue with text ids."""
    catalogue = Catalogue.from_ids(np.array([item.item_id for item in items], np.str_))
    return dataclasses.replace(
        catalogue,
        title=np.array([item.title for item in items], np.str_),
        year=np.array([item.year for item in items], np.int64),
        genres=tuple(item.genres for item in items),
    )
