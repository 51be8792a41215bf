"""The store on a SQL database, SQLite or PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import polars as pl
from sqlalchemy import Connection, Row, Select, delete, func, select, update

from reelgraph.store import keys as api_key_text
from reelgraph.store.added_items import ITEMS_QUERY, add_items, require_item, to_item
from reelgraph.store.backend import Backend, ReadConnections, snapshot, translated_errors
from reelgraph.store.dump import DumpCounts, dump
from reelgraph.store.event_log import EVENTS_QUERY, rebuild_state, to_event
from reelgraph.store.group_commit import GroupCommitWriter
from reelgraph.store.guest_expiry import inactive_guests
from reelgraph.store.links import LinkTable
from reelgraph.store.records import (
    MARKS,
    SCOPES,
    AddedItem,
    ApiKey,
    CounterName,
    Event,
    ForgottenCounts,
    Impression,
    Mark,
    NewRating,
    PersonState,
    Rating,
    RebuildReport,
    Scope,
    StoreCounts,
    UserRow,
)
from reelgraph.store.restore import restore
from reelgraph.store.suggestions import SuggestionTable
from reelgraph.store.tables import api_keys, events, items, links, marks, ratings, served, suggestions, users
from reelgraph.store.validation import require_id, require_one_of, require_rating
from reelgraph.store.writes import StoreWrites, count_rows, increment_counter

# One statement, for a consistent read. It is plain SQL because it runs for every recommendation.
_PERSON_SQL = """
SELECT 'created' AS kind, '' AS item_id, 0.0 AS stars, created AS at FROM users WHERE user_id = {user}
UNION ALL
SELECT 'rated', r.item_id, r.stars, r.at FROM users u JOIN ratings r ON r.user_key = u.user_key WHERE u.user_id = {user}
UNION ALL
SELECT m.mark, m.item_id, 0.0, 0 FROM users u JOIN marks m ON m.user_key = u.user_key WHERE u.user_id = {user}
UNION ALL
SELECT 'seen-at', e.item_id, e.seq, e.at FROM users u JOIN events e ON e.user_key = u.user_key
WHERE u.user_id = {user} AND e.kind = 'marked' AND e.mark = 'seen'
"""
_VERSION_SQL = "SELECT value FROM counters WHERE name = {name}"
_GUESTS_BATCH = 50  # guests deleted in one transaction
_DELETE_BATCH = 10_000  # impressions deleted in one transaction
_RATING_COLUMNS = {"user_id": pl.String, "item_id": pl.String, "rating": pl.Float64, "timestamp": pl.Int64}


class SqlStore:
    """The `Store` on a SQL database; its methods are documented there.

    Args:
        backend: SQLite or PostgreSQL, with migrated tables.
        now: the clock, Unix seconds UTC.
    """

    def __init__(self, backend: Backend, now: Callable[[], float] = time.time) -> None:
        self.backend = backend
        self._now = now
        self._writes = StoreWrites(backend.insert, self._seconds)
        self._readers = ReadConnections(backend)
        self._writer = GroupCommitWriter(backend)
        self.suggestions = SuggestionTable(backend, self._writer, self._writes)
        self.links = LinkTable(backend, self._writer, self._writes)
        self._person = _PERSON_SQL.format(user=backend.parameter_format.format("user"))
        self._version = _VERSION_SQL.format(name=backend.parameter_format.format("name"))

    def person(self, user_id: str) -> PersonState | None:
        """The ratings and marks of a person. Cost: one statement of the driver."""
        require_id("user_id", user_id)
        rows = self._readers.rows(self._person, {"user": user_id})
        if not rows:
            return None
        created, ratings_by_item = 0, {}
        marks_by_kind: dict[str, list[str]] = {kind: [] for kind in MARKS}
        seen_events: dict[str, tuple[int, int]] = {}
        for kind, item_id, stars_or_seq, at in rows:
            if kind == "rated":
                ratings_by_item[item_id] = Rating(stars_or_seq, at)
            elif kind == "seen-at":
                seen_events[item_id] = max(seen_events.get(item_id, (0, 0)), (stars_or_seq, at))
            elif kind == "created":
                created = at
            else:
                marks_by_kind[kind].append(item_id)
        not_interested, watchlist, seen = (frozenset(marks_by_kind[kind]) for kind in MARKS)
        seen_at = {item_id: at for item_id, (_, at) in seen_events.items() if item_id in seen}
        return PersonState(user_id, created, ratings_by_item, not_interested, watchlist, seen, seen_at)

    def version(self, counter: CounterName = "people") -> int:
        """The counter. Cost: one statement of the driver."""
        return int(self._readers.rows(self._version, {"name": counter})[0][0])

    def rate(self, entries: Sequence[NewRating]) -> None:
        """Write ratings."""
        for entry in entries:
            require_rating(entry)
        if entries:
            self._writer.run(lambda connection: self._writes.rate(connection, entries))

    def unrate(self, user_id: str, item_id: str) -> bool:
        """Delete a rating."""
        _require_ids(user_id, item_id)
        return self._writer.run(lambda connection: self._writes.unrate(connection, user_id, item_id))

    def mark(self, user_id: str, item_id: str, kind: Mark) -> None:
        """Add an item to a list."""
        self.mark_all(user_id, (item_id,), kind)

    def mark_all(self, user_id: str, item_ids: Sequence[str], kind: Mark, at: Mapping[str, int] | None = None) -> None:
        """Add items to a list."""
        require_one_of("mark", kind, MARKS)
        _require_ids(user_id, *item_ids)
        if item_ids:
            self._writer.run(lambda connection: self._writes.mark(connection, user_id, item_ids, kind, at or {}))

    def unmark(self, user_id: str, item_id: str, kind: Mark) -> bool:
        """Remove an item from a list."""
        require_one_of("mark", kind, MARKS)
        _require_ids(user_id, item_id)
        return self._writer.run(lambda connection: self._writes.unmark(connection, user_id, item_id, kind))

    def forget(self, user_id: str, *, final: bool = False) -> ForgottenCounts:
        """Delete a person."""
        require_id("user_id", user_id)
        return self._writer.run(lambda connection: self._writes.forget(connection, user_id, final=final))

    def add_items(self, items: Sequence[AddedItem], max_total: int, max_of_client: int) -> int:
        """Add movies."""
        for item in items:
            require_item(item)
        if not items:
            return 0
        insert, now = self.backend.insert, self._seconds()
        return self._writer.run(lambda connection: add_items(connection, insert, items, now, max_total, max_of_client))

    def added_items(self) -> Sequence[AddedItem]:
        """All added movies."""
        return [to_item(row) for row in self._select(ITEMS_QUERY)]

    def add_impressions(self, lists: Sequence[Impression]) -> None:
        """Add lists that were shown."""
        for impression in lists:
            require_id("recommendation_id", impression.recommendation_id)
            _require_ids(*(() if impression.user_id is None else (impression.user_id,)), *impression.items)
        if lists:
            self._writer.run(lambda connection: self._writes.add_impressions(connection, lists))

    def impression(self, recommendation_id: str) -> Impression | None:
        """The list with an id."""
        require_id("recommendation_id", recommendation_id)
        rows = self._select(select(served).where(served.c.recommendation_id == recommendation_id))
        return _to_impression(rows[0]) if rows else None

    def impressions_of(self, user_id: str, n: int = 50) -> Sequence[Impression]:
        """The last lists shown to a person."""
        require_id("user_id", user_id)
        newest = (served.c.at.desc(), served.c.recommendation_id)
        return [
            _to_impression(row)
            for row in self._select(select(served).filter_by(user_id=user_id).order_by(*newest).limit(n))
        ]

    def delete_impressions(self, before: int) -> int:
        """Delete old lists in batches, so that other writes can run in between."""
        batch = select(served.c.recommendation_id).where(served.c.at < before).limit(_DELETE_BATCH)
        delete_batch, n_deleted = delete(served).where(served.c.recommendation_id.in_(batch)), 0
        while True:
            n_batch = self._writer.run(lambda connection: connection.execute(delete_batch).rowcount)
            n_deleted += n_batch
            if n_batch < _DELETE_BATCH:
                return n_deleted

    def delete_guests(self, before: int) -> int:
        """Delete guests in batches, so that other writes can run in between."""
        n_deleted = 0
        while n_batch := self._writer.run(lambda connection: self._delete_guests(connection, before)):
            n_deleted += n_batch
        return n_deleted

    def _delete_guests(self, connection: Connection, before: int) -> int:
        increment_counter(connection, "people", 0)  # blocks other writers: nobody comes back meanwhile
        user_ids = connection.scalars(inactive_guests(before, _GUESTS_BATCH)).all()
        for user_id in user_ids:
            self._writes.forget(connection, user_id, final=False)  # whoever comes back begins anew
        return len(user_ids)

    def users(self, after: str | None = None, n: int = 100) -> Sequence[UserRow]:
        """A page of people."""
        n_ratings = (
            select(func.count()).where(ratings.c.user_key == users.c.user_key).scalar_subquery().label("ratings")
        )
        query = select(users.c.user_id, users.c.created, n_ratings).order_by(users.c.user_id).limit(n)
        if after is not None:
            query = query.where(users.c.user_id > after)
        return [UserRow(**row._mapping) for row in self._select(query)]

    def counts(self) -> StoreCounts:
        """Numbers of rows."""
        with snapshot(self.backend) as connection:
            tables = (users, ratings, marks, events, served, items, suggestions, links)
            return StoreCounts(**{table.name: count_rows(connection, table) for table in tables})

    def ratings_in_chunks(self, size: int = 100_000) -> Iterator[pl.DataFrame]:
        """All ratings, as frames."""
        query = select(users.c.user_id, ratings.c.item_id, ratings.c.stars, ratings.c.at).join_from(ratings, users)
        with snapshot(self.backend) as connection:
            for rows in connection.execution_options(yield_per=size).execute(query).partitions():
                yield pl.DataFrame([tuple(row) for row in rows], schema=_RATING_COLUMNS, orient="row")

    def events(self, after: int = 0, n: int = 1000) -> Sequence[Event]:
        """A page of the log."""
        return [to_event(row) for row in self._select(EVENTS_QUERY.where(events.c.seq > after).limit(n))]

    def events_of(self, user_id: str, n: int = 1000) -> Sequence[Event]:
        """The last events of a person."""
        require_id("user_id", user_id)
        newest = EVENTS_QUERY.where(users.c.user_id == user_id).order_by(None).order_by(events.c.seq.desc())
        return [to_event(row) for row in self._select(newest.limit(n))]

    def rebuild(self) -> RebuildReport:
        """Replay the log."""
        return self._writer.run(lambda connection: rebuild_state(connection, self._seconds))

    def add_key(self, name: str, scopes: Sequence[Scope]) -> str:
        """Create a key."""
        require_id("name", name)
        for scope in scopes:
            require_one_of("scope", scope, SCOPES)
        key = api_key_text.generate_key()
        row = {"key_id": key.id, "name": name, "scopes": " ".join(sorted(set(scopes))), "digest": key.digest}

        def write(connection: Any) -> None:
            connection.execute(api_keys.insert().values(**row, created=self._seconds()))
            increment_counter(connection, "keys", 1)

        self._writer.run(write)
        return key.plain

    def key(self, plain: str) -> ApiKey | None:
        """The key with a text; whoever measures the time does not learn which ids there are."""
        id_and_secret = api_key_text.split_key(plain)
        if id_and_secret is None:
            return None
        rows = self._select(select(api_keys).where(api_keys.c.key_id == id_and_secret[0], api_keys.c.revoked.is_(None)))
        is_valid = api_key_text.verify_secret(rows[0].digest if rows else None, id_and_secret[1])
        return _to_api_key(rows[0]) if is_valid else None

    def keys(self) -> Sequence[ApiKey]:
        """All keys."""
        return [
            _to_api_key(row) for row in self._select(select(api_keys).order_by(api_keys.c.created, api_keys.c.key_id))
        ]

    def revoke(self, key_id: str) -> bool:
        """Revoke a key."""
        revoke_key = update(api_keys).where(api_keys.c.key_id == key_id, api_keys.c.revoked.is_(None))

        def write(connection: Any) -> bool:
            n_revoked: int = connection.execute(revoke_key.values(revoked=self._seconds())).rowcount
            increment_counter(connection, "keys", n_revoked)
            return n_revoked == 1

        return self._writer.run(write)

    def ready(self) -> None:
        """Check that the store works."""
        self.version()
        self.backend.require_storage()
        if self._writer.failed:
            self._writer.run(lambda connection: increment_counter(connection, "probe", 1))

    def vacuum(self) -> None:
        """Free disk space and erase deleted data."""
        self._readers.close()  # an open reader would keep the old log
        with translated_errors(self.backend):
            self.backend.engine.dispose()
            self.backend.vacuum()

    def dump(self, path: Path) -> DumpCounts:
        """Dump the store to a file; see `reelgraph.store.dump`."""
        return dump(self.backend, path)

    def restore(self, path: Path) -> DumpCounts:
        """Restore a dump into this store, which must be empty; see `reelgraph.store.restore`."""
        return restore(self.backend, self._writes, path)

    def close(self) -> None:
        """Finish pending writes and close the connections."""
        self._writer.close()
        self._readers.close()
        self.backend.engine.dispose()

    def _select(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with snapshot(self.backend) as connection:
            return connection.execute(query).all()

    def _seconds(self) -> int:
        return int(self._now())


def _require_ids(user_id: str, *item_ids: str) -> None:
    require_id("user_id", user_id)
    for item_id in item_ids:
        require_id("item_id", item_id)


def _to_impression(row: Row[Any]) -> Impression:
    items, scores = tuple(json.loads(row.items)), tuple(json.loads(row.scores))
    return Impression(row.recommendation_id, row.user_id, items, row.at, row.bundle, scores)


def _to_api_key(row: Row[Any]) -> ApiKey:
    scopes = frozenset(cast("list[Scope]", row.scopes.split()))
    return ApiKey(row.key_id, row.name, scopes, row.created, row.revoked)
