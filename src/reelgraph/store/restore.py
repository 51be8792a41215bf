"""Restore a dump into an empty store in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter, ValidationError
from sqlalchemy import Connection, update
from sqlalchemy.exc import DataError

from reelgraph.core.errors import ConfigError, DataFormatError, StoreError
from reelgraph.store.added_items import require_item, to_row
from reelgraph.store.backend import Backend, transaction, translated_errors
from reelgraph.store.dump import DumpCounts, read_lines
from reelgraph.store.event_log import repair_tables
from reelgraph.store.records import AddedItem, Event, Impression, LinkKind, Suggestion
from reelgraph.store.suggestions import require_suggestion
from reelgraph.store.suggestions import to_row as to_suggestion_row
from reelgraph.store.tables import api_keys, counters, deleted_users, events, items, links, served, suggestions, users
from reelgraph.store.validation import require_id
from reelgraph.store.writes import StoreWrites, count_rows, increment_counter

_LINES_PER_INSERT = 5000
_ROWS_OF_A_STORE = (users, events, served, items, api_keys, suggestions, links, deleted_users)


@dataclass(frozen=True)
class _HeaderLine:
    people: int


@dataclass(frozen=True)
class _PersonLine:
    user_id: str
    created: int


@dataclass(frozen=True)
class _KeyLine:
    key_id: str
    name: str
    scopes: str
    digest: str
    created: int
    revoked: int | None = None


@dataclass(frozen=True)
class _LinkLine:
    digest: str
    link_id: str
    user_id: str
    kind: LinkKind
    created: int
    expires: int
    content: dict[str, Any]


@dataclass(frozen=True)
class _DeletedLine:
    digest: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
    at: int


_LINE_TYPES: dict[str, TypeAdapter[Any]] = {
    "head": TypeAdapter(_HeaderLine),
    "users": TypeAdapter(_PersonLine),
    "events": TypeAdapter(Event),
    "served": TypeAdapter(Impression),
    "suggestions": TypeAdapter(Suggestion),
    "links": TypeAdapter(_LinkLine),
    "items": TypeAdapter(AddedItem),
    "keys": TypeAdapter(_KeyLine),
    "deleted": TypeAdapter(_DeletedLine),
}


def restore(backend: Backend, writes: StoreWrites, path: Path) -> DumpCounts:
    """Restore a dump.

    Args:
        backend: of an empty store.
        writes: for its dialect.
        path: a file written by `dump`.

    Raises:
        StoreError: the store is not empty, or does not answer.
        DataFormatError: the file is not a complete dump; the store remains empty.

    Cost: one transaction; tens of thousands of events per second.
    """
    with translated_errors(backend), transaction(backend) as connection:
        version = increment_counter(connection, "people", 0)  # blocks other writers
        if version or any(count_rows(connection, table) for table in _ROWS_OF_A_STORE):
            raise StoreError(f"{backend.name}: is not empty", "restore into a new store")
        restorer = _Restorer(connection, writes, path)
        for kind, lines in groupby(read_lines(path), key=lambda line: line[1]):
            while batch := list(islice(lines, _LINES_PER_INSERT)):
                restorer.insert(kind, [(number, record) for number, _, record in batch])
        return restorer.finish()


class _Restorer:
    """Inserts the lines of a dump into empty tables."""

    def __init__(self, connection: Connection, writes: StoreWrites, path: Path) -> None:
        self._connection, self._writes, self._path = connection, writes, path
        self._version = self._seq = 0
        self._user_keys: dict[str, int] = {}
        self._counts = dict.fromkeys(_LINE_TYPES.keys() - {"head"}, 0)

    def insert(self, kind: str, lines: Sequence[tuple[int, dict[str, Any]]]) -> None:
        """Insert lines of one kind."""
        records = [self._validate(kind, line_number, record) for line_number, record in lines]
        if kind == "head":
            self._version = records[0].people
            return
        inserters: dict[str, Callable[[Sequence[Any]], None]] = {
            "users": self._insert_users,
            "events": self._insert_events,
            "served": self._insert_served,
            "suggestions": self._insert_suggestions,
            "links": self._insert_links,
            "items": self._insert_items,
            "keys": self._insert_keys,
            "deleted": self._insert_deleted,
        }
        try:
            inserters[kind](records)
        except (OverflowError, UnicodeError, DataError):
            message = f"lines {kind!r} of a dump: a number or a text is not one that a store can hold"
            raise DataFormatError(self._path, message, line=lines[0][0]) from None
        if kind in self._counts:
            self._counts[kind] += len(records)

    def finish(self) -> DumpCounts:
        """Set the counters and rebuild the tables that follow from the log."""
        if not self._seq <= self._version < 2**63:
            raise DataFormatError(self._path, "its first line does not match its events", line=1)
        versions = {"people": self._version, "keys": self._counts["keys"], "items": self._counts["items"]}
        for name, value in versions.items():
            self._connection.execute(update(counters).where(counters.c.name == name).values(value=value))
        repair_tables(self._connection)
        return DumpCounts(**self._counts)

    def _validate(self, kind: str, line_number: int, record: dict[str, Any]) -> Any:
        if kind not in _LINE_TYPES:
            raise DataFormatError(self._path, "a line of a known kind", line=line_number, value=kind)
        try:
            value = _LINE_TYPES[kind].validate_python(record)
            if isinstance(value, AddedItem):
                require_item(value)
            elif isinstance(value, Suggestion):
                require_suggestion(value)
            for name in ("user_id", "item_id", "recommendation_id", "key_id", "link_id"):
                if getattr(value, name, None) is not None:
                    require_id(name, getattr(value, name))
        except (ConfigError, ValidationError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise DataFormatError(self._path, f"not a line {kind!r} of a dump: {reason}", line=line_number) from None
        if isinstance(value, Event):
            if value.seq <= self._seq or (value.user_id is not None and value.user_id not in self._user_keys):
                raise DataFormatError(self._path, "an event of a person above, in ascending order", line=line_number)
            self._seq = value.seq
        if isinstance(value, Suggestion | _LinkLine) and value.user_id not in self._user_keys:
            raise DataFormatError(self._path, f"a line {kind!r} of a person above", line=line_number)
        return value

    def _insert_users(self, people: Sequence[_PersonLine]) -> None:
        self._connection.execute(users.insert(), _rows(people))
        self._user_keys |= self._writes.find_keys(self._connection, [person.user_id for person in people])

    def _insert_events(self, entries: Sequence[Event]) -> None:
        rows = _rows(entries)
        for row in rows:
            user_id = row.pop("user_id")
            row["user_key"] = None if user_id is None else self._user_keys[user_id]
        self._connection.execute(events.insert(), rows)

    def _insert_served(self, lists: Sequence[Impression]) -> None:
        self._writes.add_impressions(self._connection, lists)

    def _insert_suggestions(self, entries: Sequence[Suggestion]) -> None:
        rows = [to_suggestion_row(entry, self._user_keys[entry.user_id]) for entry in entries]
        self._connection.execute(suggestions.insert(), rows)

    def _insert_links(self, entries: Sequence[_LinkLine]) -> None:
        rows = _rows(entries)
        for row in rows:
            row["user_key"] = self._user_keys[row.pop("user_id")]
            row["content"] = json.dumps(row["content"], ensure_ascii=False, separators=(",", ":"))
        self._connection.execute(links.insert(), rows)

    def _insert_items(self, added: Sequence[AddedItem]) -> None:
        self._connection.execute(items.insert(), [to_row(item) for item in added])

    def _insert_keys(self, keys: Sequence[_KeyLine]) -> None:
        self._connection.execute(api_keys.insert(), _rows(keys))

    def _insert_deleted(self, deleted: Sequence[_DeletedLine]) -> None:
        self._connection.execute(deleted_users.insert(), _rows(deleted))


def _rows(values: Sequence[Any]) -> list[dict[str, Any]]:
    """Dataclass instances as rows; `dataclasses.asdict` copies each value, which would take most of the time."""
    names = [field.name for field in fields(values[0])]
    read = attrgetter(*names)
    return [dict(zip(names, read(value), strict=True)) for value in values]
