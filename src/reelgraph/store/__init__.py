"""The store of people and their ratings: SQLite in a file, or PostgreSQL by URL.

This is the only package that imports database drivers.
"""

from reelgraph.store.feeds import add_feed, feed_paths
from reelgraph.store.opening import open_store
from reelgraph.store.protocol import Store
from reelgraph.store.records import (
    GUEST_PREFIX,
    LINK_KINDS,
    MARKS,
    OUTCOMES,
    POSTED_FIELDS,
    SCOPES,
    AddedItem,
    ApiKey,
    Event,
    ForgottenCounts,
    Impression,
    Link,
    LinkKind,
    Mark,
    NewRating,
    Outcome,
    PersonState,
    Rating,
    RebuildReport,
    Scope,
    StoreCounts,
    Suggestion,
    UserRow,
    catalogue_of,
)

__all__ = [
    "GUEST_PREFIX",
    "LINK_KINDS",
    "MARKS",
    "OUTCOMES",
    "POSTED_FIELDS",
    "SCOPES",
    "AddedItem",
    "ApiKey",
    "Event",
    "ForgottenCounts",
    "Impression",
    "Link",
    "LinkKind",
    "Mark",
    "NewRating",
    "Outcome",
    "PersonState",
    "Rating",
    "RebuildReport",
    "Scope",
    "Store",
    "StoreCounts",
    "Suggestion",
    "UserRow",
    "add_feed",
    "catalogue_of",
    "feed_paths",
    "open_store",
]
