"""The store of people behind one Protocol: SQLite embedded, PostgreSQL by URL. The only place with database drivers."""

from reelgraph.store.opening import open_store
from reelgraph.store.protocol import (
    MARKS,
    SCOPES,
    ApiKey,
    Counts,
    Event,
    Forgotten,
    Impression,
    Mark,
    PersonState,
    Rated,
    Rating,
    Rebuilt,
    Scope,
    Store,
    UserRow,
)

__all__ = [
    "MARKS",
    "SCOPES",
    "ApiKey",
    "Counts",
    "Event",
    "Forgotten",
    "Impression",
    "Mark",
    "PersonState",
    "Rated",
    "Rating",
    "Rebuilt",
    "Scope",
    "Store",
    "UserRow",
    "open_store",
]
