"""Bringing a dump into an empty store, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, update

from reelgraph.core.errors import ConfigError, DataFormatError, StoreError
from reelgraph.store.backend import Backend, faults, transaction
from reelgraph.store.changes import Changes, count, counted
from reelgraph.store.checks import require_id
from reelgraph.store.dump import Dumped, read_lines
from reelgraph.store.log import put_right
from reelgraph.store.protocol import Event, Impression
from reelgraph.store.tables import api_keys, counters, events, served, users

_AT_ONCE = 5000  # lines


@dataclass(frozen=True)
class _Head:
    people: int


@dataclass(frozen=True)
class _Person:
    user_id: str
    created: int


@dataclass(frozen=True)
class _Key:
    key_id: str
    name: str
    scopes: str
    digest: str
    created: int
    revoked: int | None = None


_LINES: dict[str, TypeAdapter[Any]] = {
    "head": TypeAdapter(_Head),
    "users": TypeAdapter(_Person),
    "events": TypeAdapter(Event),
    "served": TypeAdapter(Impression),
    "keys": TypeAdapter(_Key),
}


def restore(backend: Backend, changes: Changes, path: Path) -> Dumped:
    """Read a dump into a store.

    Args:
        backend: of an empty store.
        changes: of its dialect.
        path: a file that `dump` wrote.

    Raises:
        StoreError: the store is not empty, or does not answer.
        DataFormatError: the file is no whole dump; the store is as empty as it was.

    Cost: one transaction; some ten thousands of events a second.
    """
    with faults(backend), transaction(backend) as connection:
        version = count(connection, "people", 0)  # nobody else writes meanwhile
        if version or any(counted(connection, table) for table in (users, events, served, api_keys)):
            raise StoreError(f"{backend.name}: is not empty", "restore into a new store")
        filling = _Filling(connection, changes, path)
        for kind, lines in groupby(read_lines(path), key=lambda line: line[1]):
            while some := list(islice(lines, _AT_ONCE)):
                filling.take(kind, [(number, record) for number, _, record in some])
        return filling.finish()


class _Filling:
    """Lines on their way into empty tables."""

    def __init__(self, connection: Connection, changes: Changes, path: Path) -> None:
        self._connection, self._changes, self._path = connection, changes, path
        self._version = self._seq = 0
        self._people: dict[str, int] = {}
        self._done = {"users": 0, "events": 0, "served": 0, "keys": 0}

    def take(self, kind: str, lines: Sequence[tuple[int, dict[str, Any]]]) -> None:
        """Take lines of one kind."""
        values = [self._checked(kind, number, record) for number, record in lines]
        if kind == "head":
            self._version = values[0].people
            return
        take: dict[str, Callable[[Sequence[Any]], None]] = {
            "users": self._take_users,
            "events": self._take_events,
            "served": self._take_served,
            "keys": self._take_keys,
        }
        take[kind](values)
        self._done[kind] += len(values)

    def finish(self) -> Dumped:
        """Count, and make what follows from the log."""
        if self._version < self._seq:
            raise DataFormatError(self._path, "its head does not fit its events", line=1)
        for name, value in (("people", self._version), ("keys", self._done["keys"])):
            self._connection.execute(update(counters).where(counters.c.name == name).values(value=value))
        put_right(self._connection)
        return Dumped(**self._done)

    def _checked(self, kind: str, number: int, record: dict[str, Any]) -> Any:
        if kind not in _LINES:
            raise DataFormatError(self._path, "a kind of line that this version knows", line=number, value=kind)
        try:
            value = _LINES[kind].validate_python(record)
            for name in ("user_id", "item_id", "recommendation_id", "key_id"):
                if getattr(value, name, None) is not None:
                    require_id(name, getattr(value, name))
        except (ConfigError, ValidationError) as error:
            first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise DataFormatError(self._path, f"no {kind!r} of a dump: {first}", line=number) from None
        if isinstance(value, Event):
            if value.seq <= self._seq or (value.user_id is not None and value.user_id not in self._people):
                raise DataFormatError(self._path, "an event of somebody named above, in order", line=number)
            self._seq = value.seq
        return value

    def _take_users(self, people: Sequence[_Person]) -> None:
        self._connection.execute(users.insert(), _rows(people))
        self._people |= self._changes.keys(self._connection, [one.user_id for one in people])

    def _take_events(self, log: Sequence[Event]) -> None:
        rows = _rows(log)
        for row in rows:
            who = row.pop("user_id")
            row["user_key"] = None if who is None else self._people[who]
        self._connection.execute(events.insert(), rows)

    def _take_served(self, lists: Sequence[Impression]) -> None:
        self._changes.serve(self._connection, lists)

    def _take_keys(self, keys: Sequence[_Key]) -> None:
        self._connection.execute(api_keys.insert(), _rows(keys))


def _rows(values: Sequence[Any]) -> list[dict[str, Any]]:
    """Dataclasses of one kind as rows; `dataclasses.asdict` copies each value, which takes most of a restore."""
    names = [field.name for field in fields(values[0])]
    read = attrgetter(*names)
    return [dict(zip(names, read(value), strict=True)) for value in values]
