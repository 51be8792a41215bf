"""Who deleted their data for good does not come back, whatever was in progress; on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from reelgraph.core.errors import DeletedUserError
from reelgraph.store import ForgottenCounts, Impression, NewRating, Store, open_store
from reelgraph.store.sql_store import SqlStore
from tests.contract.conftest import NOW, Clock, stars_of


def write_calls(store: Store, user_id: str) -> list[Callable[[], object]]:
    return [
        lambda: store.rate([NewRating("bob", "1", 5.0, 1), NewRating(user_id, "1", 4.0, 1)]),
        lambda: store.mark(user_id, "1", "seen"),
        lambda: store.mark_all(user_id, ["1", "2"], "watchlist"),
    ]


def test_a_final_deletion_refuses_every_later_write_for_the_id(store: SqlStore, store_url: str) -> None:
    store.rate([NewRating("ann", "1", 4.0, 1), NewRating("bob", "1", 4.0, 1)])
    assert store.forget("ann", final=True) == ForgottenCounts(ratings=1, marks=0, events=1, served=0)
    other_process = open_store(store_url)
    for opened in (store, other_process):
        for write in write_calls(opened, "ann"):
            with pytest.raises(DeletedUserError, match="was deleted"):
                write()
        assert not opened.unrate("ann", "1")
        assert not opened.unmark("ann", "1", "seen")
        assert opened.person("ann") is None
    other_process.close()
    assert stars_of(store, "bob") == {"1": 4.0}  # the rating beside that of Ann was not written either
    assert store.rebuild().differences == 0
    assert store.forget("ann", final=True) == ForgottenCounts(0, 0, 0, 0)


def test_somebody_who_was_deleted_before_their_first_write_is_refused_too(store: SqlStore) -> None:
    store.forget("ann", final=True)
    for write in write_calls(store, "ann"):
        with pytest.raises(DeletedUserError):
            write()
    assert store.users() == []


def test_a_deletion_that_is_not_final_lets_the_id_be_used_again(store: SqlStore) -> None:
    store.rate([NewRating("ann", "1", 4.0, 1)])
    store.forget("ann")
    store.rate([NewRating("ann", "2", 3.0, 1)])
    assert stars_of(store, "ann") == {"2": 3.0}


def test_a_list_shown_after_a_final_deletion_names_nobody(store: SqlStore, clock: Clock) -> None:
    store.rate([NewRating("ann", "1", 4.0, 1)])
    store.forget("ann", final=True)
    clock.time = NOW + 100
    store.add_impressions(
        [Impression("r", "ann", ("1",), NOW + 90, "b"), Impression("s", "eve", ("1",), NOW + 90, "b")]
    )
    assert store.impressions_of("ann") == []
    shown = store.impression("r")
    assert shown is not None
    assert shown.user_id is None
    assert [impression.recommendation_id for impression in store.impressions_of("eve")] == ["s"]


def test_writes_in_flight_with_a_deletion_leave_nothing(store: SqlStore) -> None:
    """In whatever order the twelve rounds of concurrent calls arrive."""
    for round_number in range(12):
        user_id, start = f"guest-{round_number}", threading.Barrier(11)
        store.rate([NewRating(user_id, "0", 4.0, 1)])

        def rate(item: int, user_id: str = user_id, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                store.rate([NewRating(user_id, str(item), 4.0, 1)])
            except DeletedUserError:
                return

        threads = [threading.Thread(target=rate, args=(item,)) for item in range(1, 11)]
        for thread in threads:
            thread.start()
        start.wait()
        store.forget(user_id, final=True)
        for thread in threads:
            thread.join()
        assert store.person(user_id) is None
    assert store.counts().ratings == 0


def test_a_restored_store_refuses_them_and_the_dump_does_not_name_them(store: SqlStore, tmp_path: Path) -> None:
    store.rate([NewRating("ann", "1", 4.0, 1), NewRating("bob", "1", 4.0, 1)])
    store.forget("ann", final=True)
    store.dump(tmp_path / "people.jsonl")
    assert "ann" not in (tmp_path / "people.jsonl").read_text()
    restored = open_store(tmp_path / "restored.db")
    restored.restore(tmp_path / "people.jsonl")
    with pytest.raises(DeletedUserError):
        restored.rate([NewRating("ann", "1", 4.0, 1)])
    restored.dump(tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_text() == (tmp_path / "people.jsonl").read_text()
    restored.close()
