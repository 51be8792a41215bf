"""Movies that were added after the training data, in the tables of a store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from reelgraph.core.errors import ConfigError
from reelgraph.store.records import AddedItem
from reelgraph.store.tables import items
from reelgraph.store.validation import require_id, require_text
from reelgraph.store.writes import count_rows, increment_counter

ITEMS_QUERY: Select[Any] = select(items).order_by(items.c.item_id)
_MAX_TEXT = 1_000  # characters of a title or a genre
_MAX_GENRES = 100


def require_item(item: AddedItem) -> None:
    """Check a movie.

    Raises:
        ConfigError: its id is invalid, it has no title, or a text is too long or has a NUL or a surrogate.
    """
    require_id("item_id", item.item_id)
    for field, text in (("title", item.title), *(("genres", genre) for genre in item.genres)):
        require_text(field, text, _MAX_TEXT)
    if len(item.genres) > _MAX_GENRES:
        raise ConfigError("genres", f"at most {_MAX_GENRES}")


def add_items(
    connection: Connection,
    insert: Callable[..., Any],
    added: Sequence[AddedItem],
    now: int,
    max_total: int,
    max_of_client: int,
) -> int:
    """Add movies in an open transaction; see `Store.add_items`."""
    increment_counter(connection, "items", len(added))  # blocks other writers
    n_before = count_rows(connection, items)
    upsert = insert(items)
    upsert = upsert.on_conflict_do_update(
        index_elements=[items.c.item_id],
        set_={name: upsert.excluded[name] for name in ("title", "year", "genres", "added", "client")},
    )
    connection.execute(upsert, [to_row(item) | {"added": now} for item in added])
    n_new = count_rows(connection, items) - n_before
    if n_before + n_new > max_total:
        raise ConfigError("items", f"at most {max_total:,} movies can be added to a store")
    for client in Counter(item.client for item in added):
        n_of_client = connection.scalar(select(func.count()).where(items.c.client == client)) or 0
        if n_of_client > max_of_client:
            raise ConfigError("items", f"at most {max_of_client:,} movies can be added with one key")
    return n_new


def to_item(row: Row[Any]) -> AddedItem:
    """The movie in a row of `ITEMS_QUERY`."""
    return AddedItem(row.item_id, row.title, row.year, tuple(json.loads(row.genres)), row.added, row.client)


def to_row(item: AddedItem) -> dict[str, Any]:
    """A movie as a row."""
    genres = json.dumps(list(item.genres), ensure_ascii=False, separators=(",", ":"))
    return {
        "item_id": item.item_id, "title": item.title, "year": int(item.year), "genres": genres,
        "added": int(item.added), "client": item.client,
    }  # fmt: skip
