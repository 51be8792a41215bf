"""Every store, one contract: what is shown, forgotten, rebuilt, opened again, and written by many at once."""

from __future__ import annotations

import itertools
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from reelgraph.core.errors import StoreError
from reelgraph.store import MARKS, Event, ForgottenCounts, Impression, NewRating, Rating, RebuildReport, open_store
from reelgraph.store.backend import transaction
from reelgraph.store.sql_store import SqlStore
from reelgraph.store.tables import marks, ratings
from tests.contract.conftest import NOW, Clock, stars_of


def test_served_lists(store: SqlStore) -> None:
    first = Impression("r1", "ann", ("3", "1"), 10, "digest", (0.5, -1.25))
    second = Impression("r2", "ann", ("4",), 20, "digest")
    nobody = Impression("r3", None, ("1",), 5, "digest")
    store.add_impressions([first, second, nobody])
    store.add_impressions([Impression("r1", "eve", ("9",), 1, "other")])  # the first stays
    assert [store.impression(name) for name in ("r1", "r3", "r4")] == [first, nobody, None]
    assert store.impressions_of("ann") == [second, first]
    assert store.impressions_of("ann", 1) == [second]
    assert store.impressions_of("eve") == []
    assert store.person("ann") is None  # shown something, told nothing
    assert store.delete_impressions(before=20) == 2
    assert store.impressions_of("ann") == [second]


def test_old_lists_are_removed_some_at_a_time(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelgraph.store.sql_store._DELETE_BATCH", 3)
    store.add_impressions([Impression(f"r{number}", "ann", ("1",), number, "b") for number in range(9)])
    assert store.delete_impressions(before=6) == 6  # two whole steps, and one that finds nothing
    assert [one.at for one in store.impressions_of("ann")] == [8, 7, 6]


def test_forgetting_leaves_nothing_of_one_person_and_all_of_the_others(store: SqlStore, clock: Clock) -> None:
    for name in ("ann", "bob"):
        store.rate([NewRating(name, "1", 4.0, 1), NewRating(name, "2", 2.0, 1)])
        store.mark(name, "3", "seen")
        store.unrate(name, "2")
        store.add_impressions([Impression(f"to-{name}", name, ("1",), 1, "b")])
    bob = store.person("bob")
    assert store.forget("ann") == ForgottenCounts(ratings=1, marks=1, events=4, served=1)
    assert (store.person("ann"), store.impression("to-ann"), store.impressions_of("ann")) == (None, None, [])
    assert [row.user_id for row in store.users()] == ["bob"]
    assert store.person("bob") == bob
    assert {event.user_id for event in store.events()} == {"bob", None}
    assert store.events(after=store.version() - 1) == [Event(9, "forgotten", NOW)]
    assert store.forget("ann") == ForgottenCounts(0, 0, 0, 0)
    assert store.rebuild().differences == 0
    clock.time = NOW + 7
    store.rate([NewRating("ann", "9", 1.0, 2)])  # somebody new
    ann = store.person("ann")
    assert ann is not None
    assert (ann.created, ann.ratings) == (NOW + 7, {"9": Rating(1.0, 2)})


def test_forgetting_somebody_who_was_only_shown_lists(store: SqlStore) -> None:
    store.add_impressions([Impression("r", "ann", ("1",), 1, "b")])
    assert store.forget("ann") == ForgottenCounts(0, 0, 0, served=1)
    assert store.impression("r") is None


def test_a_list_that_arrives_after_its_person_was_forgotten_names_nobody(
    store: SqlStore, store_url: str, clock: Clock
) -> None:
    """As from the queue of another process, which does not know."""
    second_store = open_store(store_url, now=clock)
    store.rate([NewRating("bob", "1", 4.0, 1)])
    clock.time = NOW + 10
    store.forget("ann")  # told nothing, and knows no list yet
    store.rate([NewRating("ann", "9", 1.0, 2)])  # somebody new
    second_store.add_impressions([
        Impression("late", "ann", ("1",), NOW + 9, "b"), Impression("same-second", "ann", ("1",), NOW + 10, "b"),
        Impression("of-bob", "bob", ("1",), NOW + 9, "b"), Impression("of-eve", "eve", ("1",), NOW + 9, "b"),
        Impression("new", "ann", ("1",), NOW + 11, "b"), Impression("new-eve", "eve", ("1",), NOW + 11, "b"),
    ])  # fmt: skip
    for name, recommendation_ids in (("ann", ["new"]), ("bob", ["of-bob"]), ("eve", ["new-eve"])):
        assert [one.recommendation_id for one in store.impressions_of(name)] == recommendation_ids
    late = store.impression("late")
    assert late is not None
    assert (late.user_id, late.items) == (None, ("1",))
    second_store.close()


def test_state_is_rebuilt_from_the_log(store: SqlStore) -> None:
    store.rate([NewRating("ann", str(item), 4.0, item) for item in range(5)])
    store.rate([NewRating("ann", "0", 1.0, 9), NewRating("bob", "1", 2.0, 3)])
    store.unrate("ann", "4")
    store.mark_all("ann", ["7", "8"], "watchlist")
    store.unmark("ann", "8", "watchlist")
    people = [store.person("ann"), store.person("bob")]
    assert store.rebuild() == RebuildReport(users=2, ratings=5, marks=1, differences=0)
    with transaction(store.backend) as connection:
        connection.execute(update(ratings).where(ratings.c.item_id == "0").values(stars=3.0))  # different
        connection.execute(delete(ratings).where(ratings.c.item_id == "2"))  # missing
        connection.execute(marks.insert().values(user_key=1, mark="seen", item_id="6"))  # too much
        connection.execute(delete(marks).where(marks.c.mark == "watchlist"))  # missing
    assert [store.person("ann"), store.person("bob")] != people
    version = store.version()
    assert store.rebuild() == RebuildReport(users=2, ratings=5, marks=1, differences=4)
    assert [store.person("ann"), store.person("bob")] == people
    assert [event.kind for event in store.events(version)] == ["rebuilt"]


def test_all_ratings_in_frames_of_one_moment(store: SqlStore) -> None:
    ratings_written = [NewRating(f"u{user}", str(item), item / 2, user) for user in range(4) for item in range(1, 6)]
    store.rate(ratings_written)
    frames = store.ratings_in_chunks(8)
    first = next(frames)
    store.rate([NewRating("late", "1", 1.0, 1)])
    store.unrate("u3", "5")
    rest = list(frames)
    assert [len(frame) for frame in (first, *rest)] == [8, 8, 4]
    both = pl.concat([first, *rest])
    assert both.schema == {"user_id": pl.String, "item_id": pl.String, "rating": pl.Float64, "timestamp": pl.Int64}
    assert sorted(both.rows()) == sorted((one.user_id, one.item_id, one.stars, one.at) for one in ratings_written)


def test_keys_open_and_close(store: SqlStore, clock: Clock) -> None:
    plain = store.add_key("the page", ["write", "read"])
    assert re.fullmatch(r"rg_[0-9a-f]{12}_[\w-]{43}", plain)
    found = store.key(plain)
    assert found is not None
    assert (found.name, found.scopes, found.created, found.revoked) == ("the page", {"read", "write"}, NOW, None)
    second_key = store.add_key("the job", ["admin"])
    key_id, secret = plain.split("_", 2)[1:]
    wrong = [
        plain[:-1] + ("A" if plain[-1] != "A" else "B"),
        f"rg_{key_id}_{second_key.split('_', 2)[2]}",
        f"rg__{secret}",
    ]
    wrong += [
        f"rg_{'0' * 12}_{secret}",
        f"rg_{key_id}_",
        key_id,
        "",
        "rg_",
        plain + "x" * 1000,
        plain + "\0",
        "ключ_а_б",
    ]
    assert [store.key(text) for text in wrong] == [None] * len(wrong)
    clock.time += 5
    assert store.revoke(key_id)
    assert not store.revoke(key_id)
    assert not store.revoke("nobody")
    assert store.key(plain) is None
    assert store.key(second_key) is not None
    keys = store.keys()
    assert {(key.name, key.revoked) for key in keys} == {("the page", NOW + 5), ("the job", None)}
    assert store.version("keys") == 3


def test_what_was_acknowledged_is_there_after_opening_again(store_url: str) -> None:
    first = open_store(store_url)
    first.rate([NewRating("ann", "1", 4.0, 1)])
    first.close()
    first.close()
    with pytest.raises(StoreError, match="closed"):
        first.rate([NewRating("ann", "2", 4.0, 1)])
    again = open_store(store_url, create=False)
    assert stars_of(again, "ann") == {"1": 4.0}
    again.close()


def test_many_threads_and_two_stores_on_one_database_lose_nothing(store_url: str, store: SqlStore) -> None:
    second_store = open_store(store_url)
    seen: list[int] = []
    done = threading.Event()

    def watch() -> None:
        """Reads the log on and on: whoever has seen a number must never find a lower one later."""
        last = 0
        while not done.is_set() or second_store.events(last):
            for event in second_store.events(last):
                seen.append(event.seq)
                last = event.seq

    def write(worker: int) -> None:
        for number in range(15):
            (store, second_store)[worker % 2].rate(
                [NewRating("ann", f"{worker}-{number}", 4.0, 1), NewRating(f"u{worker}", "1", number, 1)]
            )

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    done.set()
    watcher.join()
    assert set(stars_of(store, "ann")) == {f"{worker}-{number}" for worker in range(8) for number in range(15)}
    assert [stars_of(second_store, f"u{worker}") for worker in range(8)] == [{"1": 14.0}] * 8
    assert seen == list(range(1, 8 * 15 * 2 + 1))
    second_store.close()


_CALLS = st.lists(
    st.tuples(
        st.sampled_from(["rate", "unrate", "mark", "unmark", "forget"]),
        st.sampled_from(["ann", "bob"]),
        st.lists(st.sampled_from("123"), min_size=1, max_size=3),
        st.sampled_from(MARKS),
        st.sampled_from([0.5, 3.0, 5.0]),
    ),
    max_size=12,
)
_runs = itertools.count()


@given(calls=_CALLS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_calls_leave_what_a_dictionary_would_hold(store: SqlStore, calls: list[tuple]) -> None:
    run = next(_runs)
    rated: dict[str, dict[str, float]] = {}
    listed: dict[tuple[str, str], set[str]] = {}
    for call, who, items, kind, stars in calls:
        user = f"{who}-{run}"
        if call == "rate":
            store.rate([NewRating(user, item, stars, 1) for item in items])
            rated.setdefault(user, {}).update(dict.fromkeys(items, stars))
        elif call == "unrate":
            assert store.unrate(user, items[0]) == (rated.get(user, {}).pop(items[0], None) is not None)
        elif call == "mark":
            store.mark_all(user, items, kind)
            rated.setdefault(user, {})
            listed.setdefault((user, kind), set()).update(items)
        elif call == "unmark":
            assert store.unmark(user, items[0], kind) == (items[0] in listed.get((user, kind), set()))
            listed.get((user, kind), set()).discard(items[0])
        else:
            gone = store.forget(user)
            assert gone.ratings == len(rated.pop(user, {}))
            assert gone.marks == sum(len(listed.pop((user, mark), ())) for mark in MARKS)
    assert store.rebuild().differences == 0
    for who in ("ann", "bob"):
        user = f"{who}-{run}"
        person = store.person(user)
        assert (person is not None) == (user in rated)
        if person is not None:
            assert stars_of(store, user) == rated[user]
            held = [person.not_interested, person.watchlist, person.seen]
            assert held == [listed.get((user, mark), set()) for mark in MARKS]
