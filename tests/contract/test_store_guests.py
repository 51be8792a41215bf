"""Guests who were not there for long are deleted, and nobody else."""

from __future__ import annotations

from reelgraph.store import Impression, NewRating
from reelgraph.store.sql_store import SqlStore
from tests.contract.conftest import NOW, Clock

DAY = 86_400


def test_only_guests_who_were_not_there_are_deleted(store: SqlStore, clock: Clock) -> None:
    clock.time = NOW - 30 * DAY
    people = ["guest-gone", "guest-rated", "guest-looked", "guest.", "guest", "ann"]
    store.rate([NewRating(user_id, "1", 4.0, NOW - 30 * DAY) for user_id in people])
    store.mark("guest-gone", "2", "seen")
    clock.time = NOW
    store.rate([NewRating("guest-rated", "2", 4.0, NOW), NewRating("guest-new", "1", 3.0, NOW)])
    lists = [Impression("r1", "guest-looked", ("1",), NOW, "b"), Impression("r2", None, ("1",), NOW, "b")]
    store.add_impressions(lists)
    assert store.delete_guests(NOW - 10 * DAY) == 1
    assert [row.user_id for row in store.users()] == sorted([*people[1:], "guest-new"])
    assert store.person("guest-gone") is None
    assert not [event for event in store.events() if event.user_id == "guest-gone"]
    assert store.delete_guests(NOW - 10 * DAY) == 0
    assert store.delete_guests(NOW + 1) == 3
    assert [row.user_id for row in store.users()] == ["ann", "guest", "guest."]
    assert store.rebuild().differences == 0


def test_many_guests_are_deleted_in_batches(store: SqlStore) -> None:
    store.rate([NewRating(f"guest-{number}", "1", 4.0, NOW) for number in range(120)])
    assert store.delete_guests(NOW + 1) == 120
    assert store.counts().users == 0
