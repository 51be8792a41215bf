"""A dump holds all of a store, is restored into any kind of store, and half a dump is none."""

from __future__ import annotations

import gzip
import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelgraph.core.errors import DataFormatError, StoreError
from reelgraph.store import AddedItem, Impression, NewRating, Store, StoreCounts, add_feed, open_store
from reelgraph.store.dump import DumpCounts
from reelgraph.store.sql_store import SqlStore


@pytest.fixture
def empty(store_url: str) -> Iterator[SqlStore]:
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def full(sqlite_file: Path, tmp_path: Path) -> Iterator[SqlStore]:
    path = tmp_path / "full.db"
    path.write_bytes(sqlite_file.read_bytes())
    store = open_store(path, now=lambda: 1_700_000_000)
    fill(store)
    yield store
    store.close()


def fill(store: Store) -> None:
    store.rate([NewRating("zoë", "1", 4.5, 10, "r1"), NewRating("zoë", "2", 2.0, 20), NewRating("ann", "1", 3.0, -7)])
    store.rate([NewRating("gone", "1", 3.0, 1)])
    store.rate([NewRating("zoë", "2", 2.5, 30)])
    store.unrate("ann", "1")
    store.mark_all("ann", ["3", "4"], "watchlist")
    store.unmark("ann", "4", "watchlist")
    store.forget("gone")
    store.add_items([AddedItem("900", "Dune", 2021, ("Sci-Fi",), client="k1")], 10, 10)
    store.add_impressions(
        [Impression("r1", "zoë", ("1", "9"), 5, "digest", (0.25, -1.0)), Impression("r2", None, ("1",), 6, "d")]
    )


def everything(store: Store) -> list[object]:
    people = [store.person(row.user_id) for row in store.users()]
    lists = [store.impression(name) for name in ("r1", "r2")]
    keys, items = (store.keys(), store.version("keys")), (store.added_items(), store.version("items"))
    return [people, store.events(), store.version(), lists, keys, items, store.counts()]


@pytest.mark.parametrize("name", ["people.jsonl", "people.jsonl.gz"])
def test_a_restored_store_is_the_same(full: SqlStore, empty: SqlStore, tmp_path: Path, name: str) -> None:
    key = full.add_key("page", ["read"])
    token, feed = add_feed(full, "ann", "kitchen")
    written = full.dump(tmp_path / name)
    assert written == DumpCounts(users=2, events=9, served=2, links=1, keys=1, items=1)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert empty.restore(tmp_path / name) == written
    assert everything(empty) == everything(full)
    assert empty.key(key) == full.key(key) is not None
    assert empty.links.find("feed", token) == feed
    assert empty.counts() == StoreCounts(users=2, ratings=2, marks=1, events=9, served=2, items=1, links=1)
    assert empty.rebuild().differences == 0
    empty.rate([NewRating("new", "1", 4.0, 1)])  # goes on where the other was
    assert empty.events(full.version())[0].seq == full.version() + 1
    empty.dump(tmp_path / "again")
    full.rate([NewRating("new", "1", 4.0, 1)])


def test_the_same_store_gives_the_same_bytes(full: SqlStore, empty: SqlStore, tmp_path: Path) -> None:
    full.dump(tmp_path / "one.gz")
    empty.restore(tmp_path / "one.gz")
    empty.dump(tmp_path / "two.gz")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_a_store_that_is_not_empty_is_refused(full: SqlStore, empty: SqlStore, tmp_path: Path) -> None:
    full.dump(tmp_path / "dump")
    before = everything(full)
    with pytest.raises(StoreError, match=r"is not empty \(restore into a new store\)"):
        full.restore(tmp_path / "dump")
    assert everything(full) == before
    empty.add_key("page", ["read"])
    with pytest.raises(StoreError, match="not empty"):
        empty.restore(tmp_path / "dump")


def test_a_dump_is_of_one_moment(
    full: SqlStore, empty: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reelgraph.store import dump as module

    before, line = everything(full), module._to_line

    def slow(kind: str, record: dict[str, object]) -> bytes:
        if kind == "users":
            full.rate([NewRating("late", "1", 1.0, 1)])
        return line(kind, record)

    monkeypatch.setattr(module, "_to_line", slow)
    full.dump(tmp_path / "dump")
    assert full.person("late") is not None
    empty.restore(tmp_path / "dump")
    assert everything(empty) == before


def sealed(lines: list[bytes]) -> bytes:
    """Lines with an end that fits them."""
    body = b"".join(line + b"\n" for line in lines)
    end = {"end": {"lines": len(lines), "sha256": hashlib.sha256(body).hexdigest()}}
    return body + json.dumps(end).encode() + b"\n"


HEAD = b'{"head":{"format":"reelgraph-store","version":1,"people":9}}'
ANN = b'{"users":{"user_id":"ann","created":1}}'
RATED = b'{"events":{"seq":1,"kind":"rated","at":1,"user_id":"ann","item_id":"1","stars":4.0}}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is truncated"),
        (b"user_id,item_id\n1,2\n", "line 1: a line of a dump"),
        (HEAD + b"\n" + ANN + b"\n", "is truncated"),
        (sealed([HEAD, ANN, RATED])[:-20], "line 4: a line of a dump"),
        (sealed([HEAD, ANN, RATED]).replace(b"4.0", b"5.0"), "was changed after it was written"),
        (sealed([HEAD, ANN, RATED]) + ANN + b"\n", "line 5: no lines after the last line"),
        (sealed([HEAD.replace(b'"version":1', b'"version":2')]), "is not a dump of a store, version 1"),
        (sealed([ANN, RATED]), "is not a dump of a store"),
        (sealed([HEAD, RATED]), "line 2: an event of a person above"),
        (sealed([HEAD, ANN, RATED, RATED]), "line 4: an event of a person above, in ascending order"),
        (sealed([HEAD, ANN.replace(b":1}", b":9223372036854775808}")]), "line 2: lines 'users' of a dump: a number"),
        (sealed([HEAD, ANN, RATED.replace(b'"1"', b'"\\ud800"')]), "line 3"),
        (sealed([HEAD.replace(b"9", b"9223372036854775808"), ANN, RATED]), "line 1: its first line does not match"),
        (sealed([HEAD.replace(b"9", b"0"), ANN, RATED]), "line 1: its first line does not match its events"),
        (sealed([HEAD, ANN, RATED.replace(b"4.0", b'"many"')]), "line 3: not a line 'events' of a dump: .*number"),
        (sealed([HEAD, ANN, RATED.replace(b"rated", b"liked")]), "line 3: not a line 'events' of a dump"),
        (sealed([HEAD, ANN, RATED.replace(b'"ann"', b'""')]), "line 3: not a line 'events' of a dump: user_id"),
        (sealed([HEAD, b'{"films":{}}']), "line 2: found 'films'"),
        (sealed([HEAD, b"[" * 100_000]), "line 2: a line of a dump"),
        (gzip.compress(sealed([HEAD, ANN, RATED]), mtime=0)[:-9], "cannot be read"),
        (gzip.compress(sealed([HEAD, ANN, RATED]), mtime=0)[:12] + b"\xff" * 50, "cannot be read"),
    ],
)
def test_what_is_no_whole_dump_leaves_an_empty_store(
    sqlite_file: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    store = open_store(sqlite_file)
    (tmp_path / "dump").write_bytes(content)
    with pytest.raises(DataFormatError, match=message):
        store.restore(tmp_path / "dump")
    assert (store.counts(), store.version()) == (StoreCounts(0, 0, 0, 0, 0), 0)
    store.close()


def test_a_dump_does_not_replace_the_store(full: SqlStore, tmp_path: Path) -> None:
    before = everything(full)
    (tmp_path / "link").symlink_to(tmp_path / "full.db")
    for name in ("full.db", "full.db-wal", "full.db-shm", "link"):
        with pytest.raises(StoreError, match="is the store itself"):
            full.dump(tmp_path / name)
    assert everything(full) == before


def test_a_missing_file(sqlite_file: Path, tmp_path: Path) -> None:
    store = open_store(sqlite_file)
    with pytest.raises(DataFormatError, match="cannot be read: No such file"):
        store.restore(tmp_path / "nothing")
    with pytest.raises(StoreError, match=r"cannot write .*: Is a directory"):
        store.dump(tmp_path)
    store.close()
