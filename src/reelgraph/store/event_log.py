"""The event log, and rebuilding ratings and marks from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table, delete, func, insert, select

from reelgraph.store.records import Event, RebuildReport
from reelgraph.store.tables import events, marks, ratings, users
from reelgraph.store.writes import count_rows, increment_counter

EVENTS_QUERY: Select[Any] = (
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


def to_event(row: Row[Any]) -> Event:
    """The event in a row of `EVENTS_QUERY`."""
    return Event(**row._mapping)


def rebuild_state(connection: Connection, now: Callable[[], int]) -> RebuildReport:
    """Rebuild ratings and marks from the events, where they differ.

    Returns:
        Numbers of rows now, and of rows that were missing, different or surplus.
    """
    seq = increment_counter(connection, "people", 0)  # blocks other writers
    differences = repair_tables(connection)
    if differences:
        connection.execute(events.insert(), [{"seq": seq + 1, "kind": "rebuilt", "at": now()}])
        increment_counter(connection, "people", 1)
    counts = {table.name: count_rows(connection, table) for table in (users, ratings, marks)}
    return RebuildReport(**counts, differences=differences)


def repair_tables(connection: Connection) -> int:
    """Make ratings and marks agree with the log; returns the number of missing, different and surplus rows."""
    n_ratings = _repair_table(connection, ratings, "rated", "unrated")
    return n_ratings + _repair_table(connection, marks, "marked", "unmarked")


def _repair_table(connection: Connection, table: Table, added_kind: str, removed_kind: str) -> int:
    """Make one table agree with the latest event about each of its rows."""
    expected_rows = _rows_by_log(table, added_kind, removed_kind)
    stored_rows, key_names = select(table), [column.name for column in table.primary_key]
    n_missing = _count_query_rows(connection, expected_rows.except_(stored_rows))
    expected = expected_rows.subquery()
    n_surplus = _count_query_rows(
        connection, select(*table.primary_key).except_(select(*(expected.c[name] for name in key_names)))
    )
    if n_missing or n_surplus:
        connection.execute(delete(table))
        connection.execute(insert(table).from_select([column.name for column in table.columns], expected_rows))
    return n_missing + n_surplus


def _rows_by_log(table: Table, added_kind: str, removed_kind: str) -> Select[Any]:
    """The rows of a table according to the log: those whose latest event adds them."""
    key_columns: list[Column[Any]] = [events.c[column.name] for column in table.primary_key]
    rank = func.row_number().over(partition_by=key_columns, order_by=events.c.seq.desc()).label("newest")
    columns = [events.c[column.name] for column in table.columns]
    ranked = select(*columns, events.c.kind, rank).where(events.c.kind.in_((added_kind, removed_kind))).subquery()
    latest = select(*(ranked.c[column.name] for column in table.columns))
    return latest.where(ranked.c.newest == 1, ranked.c.kind == added_kind)


def _count_query_rows(connection: Connection, query: Any) -> int:
    number: int = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return number
