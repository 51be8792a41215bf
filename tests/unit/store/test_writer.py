"""Group commit: what waits is committed together, and none of it suffers for another."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text

from reelgraph.core.errors import StoreError
from reelgraph.store import NewRating, open_store
from reelgraph.store.sql_store import SqlStore


@pytest.fixture
def store(sqlite_file: Path, tmp_path: Path) -> Iterator[SqlStore]:
    path = tmp_path / "people.db"
    path.write_bytes(sqlite_file.read_bytes())
    opened = open_store(path)
    yield opened
    opened.close()


def together(store: SqlStore, pool: ThreadPoolExecutor, changes: list) -> list[Future]:
    """Calls made while another write is in progress, so that they wait for one another."""
    is_writing, all_wait = threading.Event(), threading.Event()

    def hold(connection: object) -> None:
        is_writing.set()
        assert all_wait.wait(60)

    holder = pool.submit(store._writer.run, hold)
    assert is_writing.wait(60)
    futures = [pool.submit(change) for change in changes]
    deadline = time.monotonic() + 60
    while store._writer._queue.qsize() < len(changes):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    all_wait.set()
    holder.result()
    return futures


def rate(store: SqlStore, item: str) -> None:
    store.rate([NewRating("ann", item, 4.0, 1)])


def test_what_waits_is_committed_together(store: SqlStore) -> None:
    commits: list[int] = []
    event.listen(store.backend.engine, "commit", lambda connection: commits.append(1))
    with ThreadPoolExecutor(11) as pool:
        together(store, pool, [lambda item=item: rate(store, str(item)) for item in range(10)])
    assert len(commits) == 2  # that of the holder, and that of the ten that came meanwhile
    assert store.counts().ratings == 10


def test_one_that_fails_does_not_take_its_neighbours_along(store: SqlStore) -> None:
    def fail() -> None:
        store._writer.run(lambda connection: connection.execute(text("INSERT INTO counters VALUES (NULL, 1)")))

    with ThreadPoolExecutor(11) as pool:
        changes = [fail if item == 5 else lambda item=item: rate(store, str(item)) for item in range(10)]
        futures = together(store, pool, changes)
    assert [number for number, one in enumerate(futures) if one.exception() is not None] == [5]
    person = store.person("ann")
    assert person is not None
    assert set(person.ratings) == {str(item) for item in range(10) if item != 5}
    assert store.events()[-1].seq == store.version() == 9


def test_all_that_wait_are_told_when_the_database_does_not_answer(sqlite_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    path.write_bytes(sqlite_file.read_bytes())
    store = open_store(path, busy_seconds=0.1)
    with sqlite3.connect(path, isolation_level=None) as somebody, ThreadPoolExecutor(10) as pool:
        somebody.execute("BEGIN IMMEDIATE")
        futures = [pool.submit(rate, store, str(item)) for item in range(10)]
        errors = [one.exception() for one in futures]
        somebody.execute("ROLLBACK")
    assert all(isinstance(one, StoreError) and "locked" in str(one) for one in errors)
    assert len({id(one) for one in errors}) == 10  # each its own, for each is raised in its own thread
    assert store.person("ann") is None
    store.close()


def test_a_change_that_raises_is_told_to_its_caller(store: SqlStore) -> None:
    def wrong(connection: object) -> None:
        raise ValueError("of the program")

    with pytest.raises(ValueError, match="of the program"):
        store._writer.run(wrong)
    store.ready()
    rate(store, "1")
    assert store.counts().ratings == 1
