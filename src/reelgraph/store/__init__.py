"""The store of people and their ratings: SQLite in a file, or PostgreSQL by URL.

This is the only package that imports database drivers.
"""

from reelgraph.store.opening import open_store
from reelgraph.store.protocol import (
    MARKS,
    SCOPES,
    AddedItem,
    ApiKey,
    Event,
    ForgottenCounts,
    Impression,
    Mark,
    NewRating,
    PersonState,
    Rating,
    RebuildReport,
    Scope,
    Store,
    StoreCounts,
    UserRow,
)

__all__ = [
    "MARKS",
    "SCOPES",
    "AddedItem",
    "ApiKey",
    "Event",
    "ForgottenCounts",
    "Impression",
    "Mark",
    "NewRating",
    "PersonState",
    "Rating",
    "RebuildReport",
    "Scope",
    "Store",
    "StoreCounts",
    "UserRow",
    "open_store",
]
