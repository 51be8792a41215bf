"""What is written about people. Each change gets a connection with an open transaction, and leaves its events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, update

from reelgraph.store.protocol import Counter, Forgotten, Impression, Mark, Rated
from reelgraph.store.tables import counters, events, marks, ratings, served, users

_FORGOTTEN = "forgotten"  # the counter that is a time: when somebody was last forgotten, Unix seconds
_AT_ONCE = 500  # ids in one question; SQLite takes no more than 999 parameters in its older builds


@dataclass(frozen=True)
class Changes:
    """The changes, for one dialect.

    Whoever changes people counts events first: the row of the counter is then theirs until they commit. So numbers
    become visible in order, and no two of them can wait for each other.

    Args:
        insert: the dialect's.
        now: Unix seconds UTC.
    """

    insert: Callable[..., Any]
    now: Callable[[], int]

    def rate(self, connection: Connection, entries: Sequence[Rated]) -> None:
        """Keep ratings; later entries of the same item win."""
        seq = count(connection, "people", len(entries))
        keys = self._known(connection, {entry.user_id for entry in entries})
        upsert = self.insert(ratings)
        upsert = upsert.on_conflict_do_update(
            index_elements=[ratings.c.user_key, ratings.c.item_id],
            set_={"stars": upsert.excluded.stars, "at": upsert.excluded.at},
        )
        rows = [
            {"user_key": keys[one.user_id], "item_id": one.item_id, "stars": float(one.stars), "at": int(one.at)}
            for one in entries
        ]
        connection.execute(upsert, rows)
        log = [
            {**row, "seq": seq + number, "kind": "rated", "recommendation_id": one.recommendation_id}
            for number, (row, one) in enumerate(zip(rows, entries, strict=True), 1)
        ]
        connection.execute(events.insert(), log)

    def unrate(self, connection: Connection, user_id: str, item_id: str) -> bool:
        """Take a rating away."""
        return self._remove(connection, user_id, ratings, {"item_id": item_id}, "unrated")

    def mark(self, connection: Connection, user_id: str, item_ids: Sequence[str], kind: Mark) -> None:
        """Put items on a list; only those that were not there become events."""
        seq, at = count(connection, "people", 0), self.now()
        key = self._known(connection, {user_id})[user_id]
        here = (marks.c.user_key == key) & (marks.c.mark == kind)
        there = set(connection.scalars(select(marks.c.item_id).where(here)))
        rows = [
            {"user_key": key, "mark": kind, "item_id": item} for item in dict.fromkeys(item_ids) if item not in there
        ]
        if not rows:
            return
        connection.execute(marks.insert(), rows)
        log = [{**row, "seq": seq + number, "kind": "marked", "at": at} for number, row in enumerate(rows, 1)]
        connection.execute(events.insert(), log)
        count(connection, "people", len(rows))

    def unmark(self, connection: Connection, user_id: str, item_id: str, kind: Mark) -> bool:
        """Take an item off a list."""
        return self._remove(connection, user_id, marks, {"item_id": item_id, "mark": kind}, "unmarked")

    def forget(self, connection: Connection, user_id: str) -> Forgotten:
        """Remove a person; nobody learns from the one event that is left who it was."""
        seq = count(connection, "people", 0)
        self._forgot(connection)
        shown = connection.execute(delete(served).where(served.c.user_id == user_id)).rowcount
        key = connection.scalar(select(users.c.user_key).where(users.c.user_id == user_id))
        if key is None:
            return Forgotten(0, 0, 0, shown)
        removed = {
            table.name: connection.execute(delete(table).where(table.c.user_key == key)).rowcount
            for table in (ratings, marks, events)
        }
        connection.execute(delete(users).where(users.c.user_key == key))
        connection.execute(events.insert(), [{"seq": seq + 1, "kind": "forgotten", "at": self.now()}])
        count(connection, "people", 1)
        return Forgotten(**removed, served=shown)

    def serve(self, connection: Connection, lists: Sequence[Impression]) -> None:
        """Keep served lists; one of before somebody was forgotten names nobody who may be the one."""
        count(connection, "people", 0)  # nobody is forgotten meanwhile
        forgotten = connection.scalar(select(counters.c.value).where(counters.c.name == _FORGOTTEN))
        known = self._since(connection, lists) if forgotten is not None else {}

        def names(one: Impression) -> bool:
            return forgotten is None or one.at > min(forgotten, known.get(one.user_id or "", forgotten))

        rows = [
            {
                "recommendation_id": one.recommendation_id,
                "user_id": one.user_id if names(one) else None,
                "at": int(one.at),
                "bundle": one.bundle,
                "items": json.dumps(list(one.items), separators=(",", ":")),
                "scores": json.dumps([float(score) for score in one.scores], separators=(",", ":")),
            }
            for one in lists
        ]
        connection.execute(self.insert(served).on_conflict_do_nothing(), rows)

    def keys(self, connection: Connection, user_ids: Sequence[str]) -> dict[str, int]:
        """Numbers of the people that are known, by their ids."""
        found: dict[str, int] = {}
        for start in range(0, len(user_ids), _AT_ONCE):
            some = users.c.user_id.in_(user_ids[start : start + _AT_ONCE])
            asked = select(users.c.user_id, users.c.user_key).where(some)
            found.update((user_id, key) for user_id, key in connection.execute(asked))
        return found

    def _since(self, connection: Connection, lists: Sequence[Impression]) -> dict[str, int]:
        """Since when those of the lists are known who are."""
        ids, found = sorted({one.user_id for one in lists if one.user_id is not None}), dict[str, int]()
        for start in range(0, len(ids), _AT_ONCE):
            asked = select(users.c.user_id, users.c.created).where(users.c.user_id.in_(ids[start : start + _AT_ONCE]))
            found.update((user_id, created) for user_id, created in connection.execute(asked))
        return found

    def _forgot(self, connection: Connection) -> None:
        """Keep when somebody was last forgotten, and not who."""
        upsert = self.insert(counters).values(name=_FORGOTTEN, value=self.now())
        grown = upsert.on_conflict_do_update(index_elements=[counters.c.name], set_={"value": upsert.excluded.value})
        connection.execute(grown)

    def _remove(self, connection: Connection, user_id: str, table: Table, what: Mapping[str, str], kind: str) -> bool:
        seq = count(connection, "people", 0)
        key = connection.scalar(select(users.c.user_key).where(users.c.user_id == user_id))
        where: list[ColumnElement[bool]] = [table.c[name] == value for name, value in what.items()]
        if key is None or not connection.execute(delete(table).where(table.c.user_key == key, *where)).rowcount:
            return False
        event = {"seq": seq + 1, "kind": kind, "at": self.now(), "user_key": key, **what}
        connection.execute(events.insert(), [event])
        count(connection, "people", 1)
        return True

    def _known(self, connection: Connection, user_ids: Set[str]) -> dict[str, int]:
        """Numbers of people by their ids; those not known yet are made known."""
        keys = self.keys(connection, sorted(user_ids))
        new = sorted(user_ids - keys.keys())
        if new:
            connection.execute(users.insert(), [{"user_id": one, "created": self.now()} for one in new])
            keys.update(self.keys(connection, new))
        return keys


def count(connection: Connection, name: Counter | str, by: int) -> int:
    """Add to a counter, and hold it until the transaction ends.

    Returns:
        Its value before.
    """
    grown = update(counters).where(counters.c.name == name).values(value=counters.c.value + by)
    value: int = connection.execute(grown.returning(counters.c.value)).scalar_one()
    return value - by


def counted(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    number: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return number
