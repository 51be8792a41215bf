"""The log of what happened, from which ratings and marks can be made anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table, delete, func, insert, select

from reelgraph.store.changes import count, counted
from reelgraph.store.protocol import Event, Rebuilt
from reelgraph.store.tables import events, marks, ratings, users

EVENTS: Select[Any] = (
    select(
        events.c.seq,
        events.c.kind,
        events.c.at,
        users.c.user_id,
        events.c.item_id,
        events.c.stars,
        events.c.mark,
        events.c.recommendation_id,
    )
    .join_from(events, users, isouter=True)
    .order_by(events.c.seq)
)


def as_event(row: Row[Any]) -> Event:
    """A row of `EVENTS`."""
    return Event(**row._mapping)


def replay(connection: Connection, now: Callable[[], int]) -> Rebuilt:
    """Make ratings and marks anew from the events, where they differ.

    Returns:
        What is there now, and how many rows were missing, different or too many before.
    """
    seq = count(connection, "people", 0)  # nobody else writes meanwhile
    differences = put_right(connection)
    if differences:
        connection.execute(events.insert(), [{"seq": seq + 1, "kind": "rebuilt", "at": now()}])
        count(connection, "people", 1)
    sizes = {table.name: counted(connection, table) for table in (users, ratings, marks)}
    return Rebuilt(**sizes, differences=differences)


def put_right(connection: Connection) -> int:
    """Make ratings and marks say what the log says; how many rows were missing, different or too many."""
    rated = _put_table_right(connection, ratings, "rated", "unrated")
    return rated + _put_table_right(connection, marks, "marked", "unmarked")


def _put_table_right(connection: Connection, table: Table, given: str, taken: str) -> int:
    """Make one table say what the last events of each of its rows say."""
    told = _told(table, given, taken)
    stored, names = select(table), [column.name for column in table.primary_key]
    missing = _size(connection, told.except_(stored))
    known = told.subquery()
    surplus = _size(connection, select(*table.primary_key).except_(select(*(known.c[name] for name in names))))
    if missing or surplus:
        connection.execute(delete(table))
        connection.execute(insert(table).from_select([column.name for column in table.columns], told))
    return missing + surplus


def _told(table: Table, given: str, taken: str) -> Select[Any]:
    """The rows of a table by the log: of the events about each of its keys, the last, if it gives."""
    of_key: list[Column[Any]] = [events.c[column.name] for column in table.primary_key]
    newest = func.row_number().over(partition_by=of_key, order_by=events.c.seq.desc()).label("newest")
    columns = [events.c[column.name] for column in table.columns]
    about = select(*columns, events.c.kind, newest).where(events.c.kind.in_((given, taken))).subquery()
    last = select(*(about.c[column.name] for column in table.columns))
    return last.where(about.c.newest == 1, about.c.kind == given)


def _size(connection: Connection, rows: Any) -> int:
    number: int = connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
    return number
