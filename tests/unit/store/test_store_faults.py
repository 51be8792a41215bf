"""What goes wrong around a store: nothing acknowledged is lost, the reason is said, and it works again by itself."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from reelgraph.core.errors import StoreError
from reelgraph.store import NewRating, Store, open_store
from tests.postgres_server import Server


@pytest.fixture
def path(sqlite_file: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "people.db"
    copy.write_bytes(sqlite_file.read_bytes())
    return copy


def one(item: str) -> list[NewRating]:
    return [NewRating("ann", item, 4.0, 1)]


def items(store: Store) -> set[str]:
    person = store.person("ann")
    return set() if person is None else set(person.ratings)


def test_a_file_locked_by_somebody_else(path: Path) -> None:
    store = open_store(path, busy_seconds=0.05)
    store.rate(one("before"))
    with sqlite3.connect(path, isolation_level=None) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            StoreError, match=r"people\.db: locked by another process \(nothing was changed; try again\)"
        ):
            store.rate(one("meanwhile"))
        assert items(store) == {"before"}  # reading goes on
        with pytest.raises(StoreError, match="locked"):
            store.ready()
        somebody.execute("ROLLBACK")
    store.ready()
    store.rate(one("after"))
    assert items(store) == {"before", "after"}
    store.close()


def test_waiting_for_a_lock_that_is_let_go_of(path: Path) -> None:
    store = open_store(path, busy_seconds=60)
    code = "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    code += "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(0.2)"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as somebody:
        assert somebody.stdout is not None
        assert somebody.stdout.readline() == "held\n"
        store.rate(one("waited"))
    assert items(store) == {"waited"}
    store.close()


@contextmanager
def no_file_may_grow(limit: int) -> Iterator[None]:
    """The system refuses to let any file of this process grow over a size."""
    resource = pytest.importorskip("resource")  # not on Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_disk_that_takes_no_more(path: Path) -> None:
    store = open_store(path)
    acknowledged = set()
    with no_file_may_grow(200_000), pytest.raises(StoreError, match="the disk"):
        for number in range(1000):
            store.rate(one(f"{number}-{'x' * 150}"))
            acknowledged.add(f"{number}-{'x' * 150}")
    with no_file_may_grow(1000), pytest.raises(StoreError, match="the disk"):
        store.ready()
    assert len(acknowledged) > 5
    assert items(store) == acknowledged
    store.ready()
    store.rate(one("after"))
    store.close()
    again = open_store(path)
    assert items(again) == acknowledged | {"after"}
    again.close()


def test_a_full_disk(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "none", small], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        store = open_store(small / "people.db")
        acknowledged = set()
        with pytest.raises(StoreError, match=r"the disk is full \(nothing was changed; free some space\)"):
            for number in range(10_000):
                store.rate(one(f"{number}-{'x' * 150}"))
                acknowledged.add(f"{number}-{'x' * 150}")
        assert items(store) == acknowledged
        subprocess.run(["mount", "-o", "remount,size=4m", small], check=True)
        store.ready()
        store.rate(one("after"))
        assert items(store) == acknowledged | {"after"}
        store.close()
    finally:
        subprocess.run(["umount", "--lazy", small], check=True)


@pytest.mark.parametrize("how", ["moved", "removed", "replaced"])
def test_a_file_that_is_not_there_any_more(path: Path, how: str) -> None:
    store = open_store(path)
    store.rate(one("before"))
    copy = path.read_bytes()
    away = path.rename(path.with_name("away.db")) if how == "moved" else path.unlink()
    if how == "replaced":
        path.write_bytes(copy + b"")
    for call in (lambda: store.rate(one("lost")), store.ready):
        with pytest.raises(StoreError, match=r"people\.db: was moved, removed or replaced \(put it back"):
            call()
    assert path.exists() == (how == "replaced")  # no new one is made
    if away:
        away.rename(path)
        store.ready()
        store.rate(one("after"))
        assert items(store) == {"before", "after"}
    store.close()


def test_a_place_where_no_log_can_be_kept(path: Path) -> None:
    store = open_store(path)
    with sqlite3.connect(":memory:") as nowhere, pytest.raises(StoreError, match="put it on a local disk"):
        store.backend._prepare(nowhere)
    store.close()


def test_a_file_that_may_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"Not a directory \(give a file that can be written\)|File exists"):
        open_store(tmp_path / "file" / "people.db")


@pytest.mark.parametrize("content", [b"userId,movieId\n1,2\n" * 100, b"\x00" * 5000])
def test_a_file_of_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"people\.db: is not a SQLite database \(give another file\)"):
        open_store(path)
    assert path.read_bytes() == content


def test_a_damaged_file(path: Path) -> None:
    store = open_store(path)
    store.rate([NewRating("ann", str(item), 4.0, 1) for item in range(3000)])
    store.vacuum()
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:-8192] = b"\xff" * (len(content) - 16384)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged"):
        items(open_store(path))


WRITE = """
import itertools, sys
from reelgraph.store import NewRating, open_store
store = open_store(sys.argv[1])
for number in itertools.count():
    store.rate([NewRating("ann", f"{number}-{part}", 4.0, 1) for part in range(3)])
    print(number, flush=True)
"""


def test_killed_while_writing(store_url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITE, store_url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(20)]
        writer.kill()
        lines += writer.stdout.readlines()
    acknowledged = {int(line) for line in lines if line.endswith("\n")}
    store = open_store(store_url)
    items_after = items(store)
    assert {f"{number}-{part}" for number in acknowledged for part in range(3)} <= items_after
    assert len(items_after) % 3 == 0  # each call whole
    assert len(items_after) // 3 - len(acknowledged) in (0, 1)  # the one whose answer did not come any more
    assert store.rebuild().differences == 0
    store.rate(one("after"))
    assert "after" in items(store)
    store.close()


def test_a_server_that_goes_and_comes_back(postgres: Server) -> None:
    store = open_store(postgres.new_database("restarted", like="people"), busy_seconds=0.2)
    store.rate(one("before"))
    for go in (postgres.stop, postgres.kill):
        assert items(store) >= {"before"}  # there are connections that will break
        go()
        try:
            calls: list[Callable[[], object]] = [
                lambda: items(store),
                lambda: store.rate(one("meanwhile")),
                lambda: store.ready(),
            ]
            for call in calls:
                with pytest.raises(StoreError, match="does not answer"):
                    call()
        finally:
            started(postgres)
        assert items(store) >= {"before"}  # by itself, at the first try
        store.ready()
        store.rate(one("after"))
        assert items(store) == {"before", "after"}
    store.close()


def test_a_server_restarted_between_two_calls(postgres: Server) -> None:
    store = open_store(postgres.new_database("between", like="people"))
    store.rate(one("before"))
    assert items(store) == {"before"}
    postgres.stop("fast")
    started(postgres)
    assert items(store) == {"before"}
    store.rate(one("after"))
    assert items(store) == {"before", "after"}
    store.close()


def started(server: Server) -> None:
    """Start it; what a killed one left running must have ended first."""
    for _ in range(600):
        try:
            server.start()
        except RuntimeError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not start")


def test_the_password_is_not_told(postgres: Server) -> None:
    url = postgres.url("nowhere").replace("postgres@", "postgres:s3cret@")
    with pytest.raises(StoreError, match="no such database") as refused:
        open_store(url)
    assert "s3cret" not in str(refused.value)
    assert "***" in str(refused.value)


def test_what_was_written_is_not_told(store_url: str) -> None:
    store = open_store(store_url)
    store.rate([NewRating("secret-person", "secret-item", 4.0, 1)])
    with pytest.raises(StoreError) as refused:
        store._writer.run(lambda connection: connection.execute(text("INSERT INTO users SELECT * FROM users")))
    assert "secret" not in str(refused.value)
    store.close()
