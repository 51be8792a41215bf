"""The store on a database: one for all that SQLAlchemy speaks, here SQLite and PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import polars as pl
from sqlalchemy import Row, Select, delete, func, select, update

from reelgraph.store import keys as key_texts
from reelgraph.store.backend import Backend, Readers, faults, moment
from reelgraph.store.changes import Changes, count, counted
from reelgraph.store.checks import require_id, require_one_of, require_rating
from reelgraph.store.dump import Dumped, dump
from reelgraph.store.log import EVENTS, as_event, replay
from reelgraph.store.protocol import (
    MARKS,
    SCOPES,
    ApiKey,
    Counter,
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
    UserRow,
)
from reelgraph.store.restore import restore
from reelgraph.store.tables import api_keys, events, marks, ratings, served, users
from reelgraph.store.writer import Writer

# One statement, so that it is one moment. Written out: it is asked for every recommendation.
_PERSON = """
SELECT 'created' AS kind, '' AS item_id, 0.0 AS stars, created AS at FROM users WHERE user_id = {user}
UNION ALL
SELECT 'rated', r.item_id, r.stars, r.at FROM users u JOIN ratings r ON r.user_key = u.user_key WHERE u.user_id = {user}
UNION ALL
SELECT m.mark, m.item_id, 0.0, 0 FROM users u JOIN marks m ON m.user_key = u.user_key WHERE u.user_id = {user}
"""
_VERSION = "SELECT value FROM counters WHERE name = {name}"
_AT_ONCE = 10_000  # served lists removed in one transaction
_COLUMNS = {"user_id": pl.String, "item_id": pl.String, "rating": pl.Float64, "timestamp": pl.Int64}


class SqlStore:
    """A `Store`; what each method does is said there.

    Args:
        backend: SQLite or PostgreSQL, its tables made.
        now: the clock, Unix seconds UTC.
    """

    def __init__(self, backend: Backend, now: Callable[[], float] = time.time) -> None:
        self.backend = backend
        self._now = now
        self._changes = Changes(backend.insert, self._seconds)
        self._readers = Readers(backend)
        self._writer = Writer(backend)
        self._person = _PERSON.format(user=backend.parameter.format("user"))
        self._version = _VERSION.format(name=backend.parameter.format("name"))

    def person(self, user_id: str) -> PersonState | None:
        """All that is known of a person. Cost: one statement of the bare driver."""
        require_id("user_id", user_id)
        rows = self._readers.rows(self._person, {"user": user_id})
        if not rows:
            return None
        created, rated = 0, {}
        lists: dict[str, list[str]] = {kind: [] for kind in MARKS}
        for kind, item_id, stars, at in rows:
            if kind == "rated":
                rated[item_id] = Rating(stars, at)
            elif kind == "created":
                created = at
            else:
                lists[kind].append(item_id)
        dislikes, wishes, seen = (frozenset(lists[kind]) for kind in MARKS)
        return PersonState(user_id, created, rated, dislikes, wishes, seen)

    def version(self, of: Counter = "people") -> int:
        """The counter. Cost: one statement of the bare driver."""
        return int(self._readers.rows(self._version, {"name": of})[0][0])

    def rate(self, entries: Sequence[Rated]) -> None:
        """Keep ratings."""
        for entry in entries:
            require_rating(entry)
        if entries:
            self._writer.run(lambda connection: self._changes.rate(connection, entries))

    def unrate(self, user_id: str, item_id: str) -> bool:
        """Take a rating away."""
        _require_ids(user_id, item_id)
        return self._writer.run(lambda connection: self._changes.unrate(connection, user_id, item_id))

    def mark(self, user_id: str, item_id: str, kind: Mark) -> None:
        """Put an item on a list."""
        self.mark_all(user_id, (item_id,), kind)

    def mark_all(self, user_id: str, item_ids: Sequence[str], kind: Mark) -> None:
        """Put items on a list."""
        require_one_of("mark", kind, MARKS)
        _require_ids(user_id, *item_ids)
        if item_ids:
            self._writer.run(lambda connection: self._changes.mark(connection, user_id, item_ids, kind))

    def unmark(self, user_id: str, item_id: str, kind: Mark) -> bool:
        """Take an item off a list."""
        require_one_of("mark", kind, MARKS)
        _require_ids(user_id, item_id)
        return self._writer.run(lambda connection: self._changes.unmark(connection, user_id, item_id, kind))

    def forget(self, user_id: str) -> Forgotten:
        """Remove a person."""
        require_id("user_id", user_id)
        return self._writer.run(lambda connection: self._changes.forget(connection, user_id))

    def served(self, lists: Sequence[Impression]) -> None:
        """Keep served lists."""
        for one in lists:
            require_id("recommendation_id", one.recommendation_id)
            _require_ids(*(() if one.user_id is None else (one.user_id,)), *one.items)
        if lists:
            self._writer.run(lambda connection: self._changes.serve(connection, lists))

    def served_list(self, recommendation_id: str) -> Impression | None:
        """The list with an id."""
        require_id("recommendation_id", recommendation_id)
        found = self._all(select(served).where(served.c.recommendation_id == recommendation_id))
        return _served_list(found[0]) if found else None

    def served_to(self, user_id: str, n: int = 50) -> Sequence[Impression]:
        """The last lists of a person."""
        require_id("user_id", user_id)
        newest = (served.c.at.desc(), served.c.recommendation_id)
        return [
            _served_list(row) for row in self._all(select(served).filter_by(user_id=user_id).order_by(*newest).limit(n))
        ]

    def drop_served(self, before: int) -> int:
        """Remove old lists, some at a time, so that others get their turn to write."""
        some = select(served.c.recommendation_id).where(served.c.at < before).limit(_AT_ONCE)
        old, gone = delete(served).where(served.c.recommendation_id.in_(some)), 0
        while True:
            found = self._writer.run(lambda connection: connection.execute(old).rowcount)
            gone += found
            if found < _AT_ONCE:
                return gone

    def users(self, after: str | None = None, n: int = 100) -> Sequence[UserRow]:
        """A page of people."""
        rated = select(func.count()).where(ratings.c.user_key == users.c.user_key).scalar_subquery().label("ratings")
        asked = select(users.c.user_id, users.c.created, rated).order_by(users.c.user_id).limit(n)
        if after is not None:
            asked = asked.where(users.c.user_id > after)
        return [UserRow(**row._mapping) for row in self._all(asked)]

    def counts(self) -> Counts:
        """How much is there."""
        with moment(self.backend) as connection:
            return Counts(**{one.name: counted(connection, one) for one in (users, ratings, marks, events, served)})

    def ratings_in_chunks(self, size: int = 100_000) -> Iterator[pl.DataFrame]:
        """All ratings, as frames."""
        asked = select(users.c.user_id, ratings.c.item_id, ratings.c.stars, ratings.c.at).join_from(ratings, users)
        with moment(self.backend) as connection:
            for rows in connection.execution_options(yield_per=size).execute(asked).partitions():
                yield pl.DataFrame([tuple(row) for row in rows], schema=_COLUMNS, orient="row")

    def events(self, after: int = 0, n: int = 1000) -> Sequence[Event]:
        """A page of the log."""
        return [as_event(row) for row in self._all(EVENTS.where(events.c.seq > after).limit(n))]

    def rebuild(self) -> Rebuilt:
        """Replay the log."""
        return self._writer.run(lambda connection: replay(connection, self._seconds))

    def add_key(self, name: str, scopes: Sequence[Scope]) -> str:
        """Make a key."""
        require_id("name", name)
        for scope in scopes:
            require_one_of("scope", scope, SCOPES)
        new = key_texts.make_key()
        row = {"key_id": new.id, "name": name, "scopes": " ".join(sorted(set(scopes))), "digest": new.digest}

        def change(connection: Any) -> None:
            connection.execute(api_keys.insert().values(**row, created=self._seconds()))
            count(connection, "keys", 1)

        self._writer.run(change)
        return new.plain

    def key(self, plain: str) -> ApiKey | None:
        """The key with a text."""
        told = key_texts.parts(plain)
        if told is None:
            return None
        found = self._all(select(api_keys).where(api_keys.c.key_id == told[0], api_keys.c.revoked.is_(None)))
        return _api_key(found[0]) if found and key_texts.fits(found[0].digest, told[1]) else None

    def keys(self) -> Sequence[ApiKey]:
        """All keys."""
        return [_api_key(row) for row in self._all(select(api_keys).order_by(api_keys.c.created, api_keys.c.key_id))]

    def revoke(self, key_id: str) -> bool:
        """Close a key."""
        open_ = update(api_keys).where(api_keys.c.key_id == key_id, api_keys.c.revoked.is_(None))

        def change(connection: Any) -> bool:
            found: int = connection.execute(open_.values(revoked=self._seconds())).rowcount
            count(connection, "keys", found)
            return found == 1

        return self._writer.run(change)

    def ready(self) -> None:
        """Does it answer?"""
        self.version()
        self.backend.require_place()
        if self._writer.failed:
            self._writer.run(lambda connection: count(connection, "probe", 1))

    def vacuum(self) -> None:
        """Wipe what was removed."""
        self._readers.close()  # a reader would keep the old log alive
        with faults(self.backend):
            self.backend.engine.dispose()
            self.backend.vacuum()

    def dump(self, path: Path) -> Dumped:
        """Write all of it to a file; see `reelgraph.store.dump`."""
        return dump(self.backend, path)

    def restore(self, path: Path) -> Dumped:
        """Read a dump into this store, which must be empty; see `reelgraph.store.restore`."""
        return restore(self.backend, self._changes, path)

    def close(self) -> None:
        """Let go."""
        self._writer.close()
        self._readers.close()
        self.backend.engine.dispose()

    def _all(self, asked: Select[Any]) -> Sequence[Row[Any]]:
        with moment(self.backend) as connection:
            return connection.execute(asked).all()

    def _seconds(self) -> int:
        return int(self._now())


def _require_ids(user_id: str, *item_ids: str) -> None:
    require_id("user_id", user_id)
    for item_id in item_ids:
        require_id("item_id", item_id)


def _served_list(row: Row[Any]) -> Impression:
    items, scores = tuple(json.loads(row.items)), tuple(json.loads(row.scores))
    return Impression(row.recommendation_id, row.user_id, items, row.at, row.bundle, scores)


def _api_key(row: Row[Any]) -> ApiKey:
    scopes = frozenset(cast("list[Scope]", row.scopes.split()))
    return ApiKey(row.key_id, row.name, scopes, row.created, row.revoked)
