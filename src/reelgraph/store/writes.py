"""Writes about people. Each runs in an open transaction and adds its events to the log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, update

from reelgraph.core.errors import DeletedUserError
from reelgraph.store.records import CounterName, ForgottenCounts, Impression, Mark, NewRating
from reelgraph.store.tables import counters, deleted_users, events, links, marks, ratings, served, suggestions, users

_FORGOTTEN = "forgotten"  # a counter whose value is the time of the last deletion of a person, Unix seconds
_IDS_PER_QUERY = 500  # older builds of SQLite accept at most 999 parameters


@dataclass(frozen=True)
class StoreWrites:
    """Writes for one SQL dialect.

    Every write increments the event counter first, which locks the row of the counter until the commit. So sequence
    numbers become visible in order, and writes cannot deadlock.

    Args:
        insert: the ``insert`` of the dialect.
        now: Unix seconds UTC.
    """

    insert: Callable[..., Any]
    now: Callable[[], int]

    def rate(self, connection: Connection, entries: Sequence[NewRating]) -> None:
        """Write ratings; the last entry for an item counts."""
        seq = increment_counter(connection, "people", len(entries))
        keys = self.find_or_create(connection, {entry.user_id for entry in entries})
        upsert = self.insert(ratings)
        upsert = upsert.on_conflict_do_update(
            index_elements=[ratings.c.user_key, ratings.c.item_id],
            set_={"stars": upsert.excluded.stars, "at": upsert.excluded.at},
        )
        rows = [
            {
                "user_key": keys[entry.user_id],
                "item_id": entry.item_id,
                "stars": float(entry.stars),
                "at": int(entry.at),
            }
            for entry in entries
        ]
        connection.execute(upsert, rows)
        event_rows = [
            {**row, "seq": seq + number, "kind": "rated", "recommendation_id": entry.recommendation_id}
            for number, (row, entry) in enumerate(zip(rows, entries, strict=True), 1)
        ]
        connection.execute(events.insert(), event_rows)

    def unrate(self, connection: Connection, user_id: str, item_id: str) -> bool:
        """Delete a rating."""
        return self._remove(connection, user_id, ratings, {"item_id": item_id}, "unrated")

    def mark(
        self, connection: Connection, user_id: str, item_ids: Sequence[str], kind: Mark, at: Mapping[str, int]
    ) -> None:
        """Add items to a list; only new ones become events, at the given times or now."""
        seq, now = increment_counter(connection, "people", 0), self.now()
        key = self.find_or_create(connection, {user_id})[user_id]
        is_on_list = (marks.c.user_key == key) & (marks.c.mark == kind)
        existing = set(connection.scalars(select(marks.c.item_id).where(is_on_list)))
        new_ids = [item_id for item_id in dict.fromkeys(item_ids) if item_id not in existing]
        rows = [{"user_key": key, "mark": kind, "item_id": item_id} for item_id in new_ids]
        if not rows:
            return
        connection.execute(marks.insert(), rows)
        event_rows = [
            {**row, "seq": seq + number, "kind": "marked", "at": int(at.get(str(row["item_id"]), now))}
            for number, row in enumerate(rows, 1)
        ]
        connection.execute(events.insert(), event_rows)
        increment_counter(connection, "people", len(rows))

    def unmark(self, connection: Connection, user_id: str, item_id: str, kind: Mark) -> bool:
        """Remove an item from a list."""
        return self._remove(connection, user_id, marks, {"item_id": item_id, "mark": kind}, "unmarked")

    def forget(self, connection: Connection, user_id: str, *, final: bool) -> ForgottenCounts:
        """Delete a person; the remaining event does not say who it was."""
        seq = increment_counter(connection, "people", 0)
        self._record_deletion(connection)
        if final:
            row = {"digest": _id_digest(user_id), "at": self.now()}
            connection.execute(self.insert(deleted_users).on_conflict_do_nothing(), [row])
        n_impressions = connection.execute(delete(served).where(served.c.user_id == user_id)).rowcount
        key = connection.scalar(select(users.c.user_key).where(users.c.user_id == user_id))
        if key is None:
            return ForgottenCounts(0, 0, 0, n_impressions)
        removed = {
            table.name: connection.execute(delete(table).where(table.c.user_key == key)).rowcount
            for table in (ratings, marks, events, suggestions, links)
        }
        connection.execute(delete(users).where(users.c.user_key == key))
        connection.execute(events.insert(), [{"seq": seq + 1, "kind": "forgotten", "at": self.now()}])
        increment_counter(connection, "people", 1)
        return ForgottenCounts(**removed, served=n_impressions)

    def add_impressions(self, connection: Connection, lists: Sequence[Impression]) -> None:
        """Add impressions; those before the last deletion of a person do not name people who may be that person."""
        increment_counter(connection, "people", 0)  # blocks deletions
        last_forgotten = connection.scalar(select(counters.c.value).where(counters.c.name == _FORGOTTEN))
        named_ids = {impression.user_id for impression in lists if impression.user_id is not None}
        created_at = self._created_at(connection, named_ids) if last_forgotten is not None else {}
        deleted_ids = self._deleted_ids(connection, named_ids) if last_forgotten is not None else set()

        def may_name_user(impression: Impression) -> bool:
            if last_forgotten is None:
                return True
            if impression.user_id in deleted_ids:
                return False
            return bool(impression.at > min(last_forgotten, created_at.get(impression.user_id or "", last_forgotten)))

        rows = [
            {
                "recommendation_id": impression.recommendation_id,
                "user_id": impression.user_id if may_name_user(impression) else None,
                "at": int(impression.at),
                "bundle": impression.bundle,
                "items": json.dumps(list(impression.items), separators=(",", ":")),
                "scores": json.dumps([float(score) for score in impression.scores], separators=(",", ":")),
            }
            for impression in lists
        ]
        connection.execute(self.insert(served).on_conflict_do_nothing(), rows)

    def find_keys(self, connection: Connection, user_ids: Sequence[str]) -> dict[str, int]:
        """Keys of the existing people by their ids."""
        keys: dict[str, int] = {}
        for batch in _batches(user_ids):
            query = select(users.c.user_id, users.c.user_key).where(users.c.user_id.in_(batch))
            keys.update((user_id, key) for user_id, key in connection.execute(query))
        return keys

    def _created_at(self, connection: Connection, user_ids: Collection[str]) -> dict[str, int]:
        """Time of the first write of those people who exist."""
        created_at: dict[str, int] = {}
        for batch in _batches(user_ids):
            query = select(users.c.user_id, users.c.created).where(users.c.user_id.in_(batch))
            created_at.update((user_id, created) for user_id, created in connection.execute(query))
        return created_at

    def _deleted_ids(self, connection: Connection, user_ids: Collection[str]) -> set[str]:
        """Those of the ids that were deleted for good."""
        id_by_digest = {_id_digest(user_id): user_id for user_id in user_ids}
        deleted: set[str] = set()
        for batch in _batches(id_by_digest):
            query = select(deleted_users.c.digest).where(deleted_users.c.digest.in_(batch))
            deleted.update(id_by_digest[digest] for digest in connection.scalars(query))
        return deleted

    def _record_deletion(self, connection: Connection) -> None:
        """Record the time of the last deletion of a person, not who it was."""
        upsert = self.insert(counters).values(name=_FORGOTTEN, value=self.now())
        statement = upsert.on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": upsert.excluded.value}
        )
        connection.execute(statement)

    def _remove(
        self, connection: Connection, user_id: str, table: Table, columns: Mapping[str, str], kind: str
    ) -> bool:
        seq = increment_counter(connection, "people", 0)
        key = connection.scalar(select(users.c.user_key).where(users.c.user_id == user_id))
        conditions: list[ColumnElement[bool]] = [table.c[name] == value for name, value in columns.items()]
        if key is None or not connection.execute(delete(table).where(table.c.user_key == key, *conditions)).rowcount:
            return False
        event = {"seq": seq + 1, "kind": kind, "at": self.now(), "user_key": key, **columns}
        connection.execute(events.insert(), [event])
        increment_counter(connection, "people", 1)
        return True

    def find_or_create(self, connection: Connection, user_ids: Set[str]) -> dict[str, int]:
        """Keys of people by their ids; new people are created.

        Raises:
            DeletedUserError: one of the new ids was deleted for good.
        """
        keys = self.find_keys(connection, sorted(user_ids))
        new_ids = sorted(user_ids - keys.keys())
        if new_ids:
            if self._deleted_ids(connection, new_ids):
                raise DeletedUserError("this person was deleted", "start anew with another id")
            connection.execute(users.insert(), [{"user_id": user_id, "created": self.now()} for user_id in new_ids])
            keys.update(self.find_keys(connection, new_ids))
        return keys


def _id_digest(user_id: str) -> str:
    return hashlib.blake2b(user_id.encode(), digest_size=16).hexdigest()


def _batches(values: Collection[str]) -> list[list[str]]:
    """The values in ascending order, as many at a time as one query may have."""
    ordered = sorted(values)
    return [ordered[start : start + _IDS_PER_QUERY] for start in range(0, len(ordered), _IDS_PER_QUERY)]


def increment_counter(connection: Connection, name: CounterName | str, by: int) -> int:
    """Add to a counter, and lock it until the transaction ends.

    Returns:
        Its previous value.
    """
    statement = update(counters).where(counters.c.name == name).values(value=counters.c.value + by)
    value: int = connection.execute(statement.returning(counters.c.value)).scalar_one()
    return value - by


def count_rows(connection: Connection, table: Table) -> int:
    """Number of rows of a table."""
    number: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return number
