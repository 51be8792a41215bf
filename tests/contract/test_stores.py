"""Every store, one contract: SQLite in a file, and a PostgreSQL that the tests start. People, lists and the log."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.store import (
    AddedItem,
    Event,
    ForgottenCounts,
    Impression,
    NewRating,
    Rating,
    Store,
    StoreCounts,
    open_store,
)
from reelgraph.store.sql_store import SqlStore
from tests.contract.conftest import NOW, Clock, stars_of


def test_it_is_a_store(store: SqlStore) -> None:
    assert isinstance(store, Store)
    assert store.counts() == StoreCounts(0, 0, 0, 0, 0)
    assert (store.version(), store.version("keys")) == (0, 0)
    store.ready()


def test_nobody_is_known_at_first(store: SqlStore) -> None:
    assert store.person("ann") is None
    assert store.users() == []
    assert store.events() == []


def test_a_person_is_what_they_told(store: SqlStore) -> None:
    store.rate([NewRating("ann", "1", 4.5, 100), NewRating("ann", "2", 1.0, -5), NewRating("bob", "1", 3.0, 300)])
    store.mark("ann", "3", "not-interested")
    store.mark_all("ann", ["4", "5", "4"], "watchlist")
    store.mark("ann", "4", "seen")
    ann = store.person("ann")
    assert ann is not None
    assert (ann.user_id, ann.created) == ("ann", NOW)
    assert ann.ratings == {"1": Rating(4.5, 100), "2": Rating(1.0, -5)}
    assert (ann.not_interested, ann.watchlist, ann.seen) == ({"3"}, {"4", "5"}, {"4"})
    bob = store.person("bob")
    assert bob is not None
    assert bob.ratings == {"1": Rating(3.0, 300)}
    assert store.counts() == StoreCounts(users=2, ratings=3, marks=4, events=7, served=0)


def test_what_was_seen_has_the_time_of_its_last_mark(store: SqlStore) -> None:
    store.mark_all("ann", ["1", "2", "3"], "seen", {"1": 900, "2": 50})
    store.mark_all("ann", ["4"], "watchlist", {"4": 70})
    store.mark_all("ann", ["1"], "seen", {"1": 950})  # it is there already
    store.unmark("ann", "1", "seen")
    store.unmark("ann", "2", "seen")
    store.mark_all("ann", ["1"], "seen", {"1": 100})
    ann = store.person("ann")
    assert ann is not None
    assert (ann.seen, ann.seen_at) == ({"1", "3"}, {"1": 100, "3": NOW})


def test_the_last_rating_counts_whatever_its_time(store: SqlStore) -> None:
    store.rate([NewRating("ann", "1", 5.0, 900), NewRating("ann", "1", 2.0, 100)])
    assert stars_of(store, "ann") == {"1": 2.0}
    store.rate([NewRating("ann", "1", 3.5, 50)])
    assert stars_of(store, "ann") == {"1": 3.5}
    assert [event.stars for event in store.events()] == [5.0, 2.0, 3.5]


def test_a_call_is_kept_as_a_whole_or_not_at_all(store: SqlStore) -> None:
    with pytest.raises(ConfigError, match="stars"):
        store.rate([NewRating("ann", "1", 4.0, 1), NewRating("ann", "2", float("nan"), 1)])
    with pytest.raises(ConfigError, match="item_id"):
        store.mark_all("ann", ["1", ""], "seen")
    assert store.person("ann") is None
    assert store.version() == 0


def test_taking_back(store: SqlStore) -> None:
    store.rate([NewRating("ann", "1", 4.0, 1), NewRating("bob", "1", 4.0, 1)])
    store.mark("ann", "1", "seen")
    assert store.unrate("ann", "1")
    assert not store.unrate("ann", "1")
    assert not store.unrate("eve", "1")
    assert store.unmark("ann", "1", "seen")
    assert not store.unmark("ann", "1", "seen")
    assert not store.unmark("ann", "1", "watchlist")
    ann = store.person("ann")
    assert ann is not None  # still known, with nothing
    assert (ann.ratings, ann.seen) == ({}, frozenset())
    assert stars_of(store, "bob") == {"1": 4.0}


STRANGE = [
    "Робер'); DROP TABLE ratings;--",
    "<script>alert(1)</script>",
    "七人の侍",
    "a b\tc\n",
    "%s",
    ":user",
    "x" * 200,
]


def test_ids_are_text_and_nothing_else(store: SqlStore) -> None:
    for text in STRANGE:
        before = store.version()
        store.rate([NewRating(text, text, 4.0, 1, text)])
        store.mark(text, text, "seen")
        store.add_impressions([Impression(text, text, (text,), NOW + 1, text)])
        person, listed = store.person(text), store.impression(text)
        assert person is not None
        assert listed is not None
        assert (person.user_id, set(person.ratings), person.seen) == (text, {text}, {text})
        assert (listed.user_id, listed.items, listed.bundle) == (text, (text,), text)
        assert store.events(before, 1)[0].recommendation_id == text
        assert store.forget(text) == ForgottenCounts(ratings=1, marks=1, events=2, served=1)


def test_ids_that_cannot_be_kept_are_refused(store: SqlStore) -> None:
    calls: list[Callable[[str], object]] = [
        lambda text: store.person(text),
        lambda text: store.rate([NewRating("ann", text, 4.0, 1)]),
        lambda text: store.rate([NewRating(text, "1", 4.0, 1)]),
        lambda text: store.rate([NewRating("ann", "1", 4.0, 1, text)]),
        lambda text: store.unrate("ann", text),
        lambda text: store.mark(text, "1", "seen"),
        lambda text: store.forget(text),
        lambda text: store.add_impressions([Impression("r", "ann", (text,), 1, "b")]),
        lambda text: store.impression(text),
    ]
    for text in ("", "x" * 201, "a\0b", "\ud83d"):
        for call in calls:
            with pytest.raises(ConfigError):
                call(text)
    assert store.counts() == StoreCounts(0, 0, 0, 0, 0)


def test_unknown_words_are_refused(store: SqlStore) -> None:
    with pytest.raises(ConfigError, match="watchlist"):
        store.mark("ann", "1", "watch-list")
    with pytest.raises(ConfigError, match="admin"):
        store.add_key("web", ["amdin"])
    for at in (2**53 + 1, -(2**53) - 1):
        with pytest.raises(ConfigError, match="at"):
            store.rate([NewRating("ann", "1", 4.0, at)])


def test_people_come_in_pages_in_the_order_of_code_points(store: SqlStore) -> None:
    names = ["b", "B", "é", "a1", "a", "Z", "10", "9", "七"]
    store.rate([NewRating(name, str(item), 4.0, 1) for name in names for item in range(len(name))])
    pages: list[str] = []
    after = None
    while page := store.users(after, 4):
        pages += [row.user_id for row in page]
        assert [row.ratings for row in page] == [len(row.user_id) for row in page]
        after = page[-1].user_id
    assert pages == sorted(names)


def test_the_log_says_what_happened_in_order(store: SqlStore, clock: Clock) -> None:
    store.rate([NewRating("ann", "1", 4.0, 50, "list-1")])
    clock.time = NOW - 1000  # the clock goes back
    store.mark("ann", "2", "seen")
    store.mark("ann", "2", "seen")  # already there: nothing happened
    store.unmark("ann", "2", "seen")
    store.unmark("ann", "2", "seen")
    store.unrate("ann", "1")
    assert store.events() == [
        Event(1, "rated", 50, "ann", "1", stars=4.0, recommendation_id="list-1"),
        Event(2, "marked", NOW - 1000, "ann", "2", mark="seen"),
        Event(3, "unmarked", NOW - 1000, "ann", "2", mark="seen"),
        Event(4, "unrated", NOW - 1000, "ann", "1"),
    ]
    assert store.events(after=2, n=1) == store.events()[2:3]
    assert store.version() == 4


def test_what_changed_is_known_from_the_version(store_url: str, store: SqlStore) -> None:
    second_store = open_store(store_url)
    before = second_store.version()
    store.rate([NewRating("ann", "1", 4.0, 1), NewRating("bob", "1", 4.0, 1)])
    assert second_store.version() == before + 2
    assert {event.user_id for event in second_store.events(before)} == {"ann", "bob"}
    assert stars_of(second_store, "ann") == {"1": 4.0}
    before = second_store.version()
    store.add_impressions([Impression("r", "ann", ("1",), 1, "b")])
    store.add_key("web", ["read"])
    assert second_store.version() == before  # neither is about what people told
    assert second_store.version("keys") == 1
    store.forget("ann")
    assert [event.user_id for event in second_store.events(before)] == [None]
    second_store.close()


def test_movies_are_added_and_replaced(store_url: str, store: SqlStore, clock: Clock) -> None:
    first = AddedItem("900", "Dune (2021)", 2021, ("Sci-Fi", "Drama"), client="k1")
    second = AddedItem("七", "七人", client="k1")
    assert store.added_items() == []
    assert store.add_items([first, second, first], 10, 10) == 2
    assert store.version("items") == 3
    assert store.version() == 0  # people have not changed
    assert store.counts() == StoreCounts(0, 0, 0, 0, 0, items=2)
    clock.time = NOW + 5
    assert store.add_items([AddedItem("900", "Dune", 2021, client="k2")], 10, 10) == 0
    expected = [AddedItem("900", "Dune", 2021, (), NOW + 5, "k2"), AddedItem("七", "七人", 0, (), NOW, "k1")]
    assert store.added_items() == expected
    other = open_store(store_url)
    try:
        assert other.added_items() == expected
    finally:
        other.close()


def test_added_movies_are_bounded(store: SqlStore) -> None:
    movies = [AddedItem(str(number), "A", client="k") for number in range(4)]
    store.add_items(movies[:2], 3, 3)
    for client, message in (("k", "at most 3 movies can be added to a store"), ("other", "at most 3 movies")):
        with pytest.raises(ConfigError, match=message):
            store.add_items([AddedItem(str(number), "A", client=client) for number in range(2, 4)], 3, 3)
    with pytest.raises(ConfigError, match="at most 2 movies can be added with one key"):
        store.add_items(movies[2:3], 10, 2)
    assert [item.item_id for item in store.added_items()] == ["0", "1"]  # all or none
    assert store.add_items([AddedItem("2", "A", client="other")], 3, 2) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        AddedItem("", "A"), AddedItem("1", ""), AddedItem("1", "A\0"), AddedItem("1", "x" * 1001),
        AddedItem("1", "A", genres=("",)), AddedItem("1", "A", genres=("G",) * 101),
    ],
)  # fmt: skip
def test_movies_that_cannot_be_kept_are_refused(store: SqlStore, wrong: AddedItem) -> None:
    with pytest.raises(ConfigError):
        store.add_items([AddedItem("2", "B"), wrong], 10, 10)
    assert store.added_items() == []


def test_a_rating_of_any_movie_is_kept_and_forgotten(store: SqlStore) -> None:
    store.rate([NewRating("ann", "not in any bundle", 4.0, 1)])
    assert stars_of(store, "ann") == {"not in any bundle": 4.0}
    assert next(iter(store.ratings_in_chunks()))["item_id"].to_list() == ["not in any bundle"]
    assert store.forget("ann").ratings == 1
    assert list(store.ratings_in_chunks()) == []
