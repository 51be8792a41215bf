"""Nothing of somebody who was forgotten is left in the store's files."""

from __future__ import annotations

from pathlib import Path

from reelgraph.store import Impression, NewRating, Store, open_store
from tests.postgres_server import Server

TRACES = [b"zq-person-7731", b"zq-item-4482", b"zq-list-9093", b"zq-wish-1554"]


def tell(store: Store) -> None:
    """Much of others, and a person whose every word can be found again."""
    crowd = [NewRating(f"user{user}", f"item{item}", 4.0, 1) for user in range(60) for item in range(20)]
    person, item, recommendation_id, wished_item = (trace.decode() for trace in TRACES)
    store.rate(crowd)
    store.rate(
        [
            NewRating(person, item, 4.0, 1, recommendation_id),
            *(NewRating(person, f"item{number}", 2.0, 1) for number in range(300)),
        ]
    )
    store.mark(person, wished_item, "watchlist")
    store.unmark(person, wished_item, "watchlist")
    store.add_impressions([Impression(recommendation_id, person, (item, wished_item), 1, "digest")])


def traces(folder: Path) -> list[bytes]:
    """The traces that are in any file of a folder."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found |= {trace for trace in TRACES if trace in content}
    return sorted(found)


def test_sqlite_files_hold_no_trace_after_a_vacuum(tmp_path: Path) -> None:
    store = open_store(tmp_path / "people.db")
    reader = open_store(tmp_path / "people.db")
    tell(store)
    assert reader.person(TRACES[0].decode()) is not None
    assert traces(tmp_path) == sorted(TRACES)
    store.forget(TRACES[0].decode())
    store.vacuum()
    assert traces(tmp_path) == []
    assert (tmp_path / "people.db-wal").stat().st_size == 0
    assert store.counts().ratings == 60 * 20
    store.close()
    reader.close()
    assert traces(tmp_path) == []


def test_postgresql_tables_hold_no_trace_after_a_vacuum(postgres: Server) -> None:
    store = open_store(postgres.new_database("wiped", like="people"))
    tell(store)
    store.vacuum()  # its statistics know the most common values by then
    assert traces(postgres.data / "base") == sorted(TRACES)
    store.forget(TRACES[0].decode())
    store.vacuum()
    with store.backend.connect() as connection:
        connection.execute("CHECKPOINT")
    assert traces(postgres.data / "base") == []
    assert store.counts().ratings == 60 * 20
    store.close()
