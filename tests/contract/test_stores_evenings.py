"""Suggestions for evenings and links in every store: bounded, deleted with their person, tokens only as hashes."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from reelgraph.core.errors import ConfigError
from reelgraph.store import ForgottenCounts, NewRating, StoreCounts, Suggestion, open_store, suggestions
from reelgraph.store.sql_store import SqlStore
from tests.contract.conftest import NOW, Clock


def test_suggestions_and_what_became_of_them(store: SqlStore, clock: Clock) -> None:
    first, second = Suggestion("ann", "1", NOW), Suggestion("ann", "2", NOW + 5, "light", 2)
    store.suggestions.add(first)
    store.suggestions.add(second)
    store.suggestions.add(Suggestion("bob", "1", NOW))
    assert store.suggestions.of("ann") == [second, first]
    assert store.suggestions.of("eve") == []
    clock.time = NOW + 100
    assert store.suggestions.answer("ann", "1", NOW, "passed")
    assert not store.suggestions.answer("ann", "1", NOW + 1, "watched")
    assert not store.suggestions.answer("eve", "1", NOW, "watched")
    assert store.suggestions.of("ann")[1] == dataclasses.replace(first, outcome="passed", answered=NOW + 100)
    assert store.suggestions.of("bob") == [Suggestion("bob", "1", NOW)]
    assert store.suggestions.of("ann", 1) == [second]
    assert store.counts() == StoreCounts(2, 0, 0, 0, 0, suggestions=3)


def test_only_the_last_suggestions_are_kept(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions, "_MAX_OF_PERSON", 5)
    for second in range(8):
        store.suggestions.add(Suggestion("ann", "1", NOW + second))
    assert [suggestion.at - NOW for suggestion in store.suggestions.of("ann")] == [7, 6, 5, 4, 3]


def test_suggestions_that_cannot_be_kept(store: SqlStore) -> None:
    for wrong in (
        Suggestion("", "1", NOW),
        Suggestion("ann", "", NOW),
        Suggestion("ann", "1", NOW, "x" * 41),
        Suggestion("ann", "1", NOW, "a\0b"),
        Suggestion("ann", "1", NOW, company=0),
        Suggestion("ann", "1", NOW, outcome="maybe"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ConfigError):
            store.suggestions.add(wrong)
    assert store.counts().users == 0


def test_a_token_opens_its_link_until_it_expires_or_is_revoked(store: SqlStore, clock: Clock) -> None:
    link = store.links.add("ann", "list", "token-one", NOW + 60, {"name": "Zoë", "items": ["1"]}, max_links=2)
    assert (link.user_id, link.created, link.expires) == ("ann", NOW, NOW + 60)
    assert store.links.find("list", "token-one") == link
    assert link.content == {"name": "Zoë", "items": ["1"]}
    assert store.links.find("device", "token-one") is None
    assert store.links.find("list", "token-two") is None
    assert store.links.find("list", link.link_id) is None  # the id does not open it
    other = store.links.add("ann", "list", "token-two", NOW + 90, {}, max_links=2)
    with pytest.raises(ConfigError, match="2 already"):
        store.links.add("ann", "list", "token-three", NOW + 90, {}, max_links=2)
    assert store.links.of("ann", "list") == sorted([link, other], key=lambda one: one.link_id)
    assert not store.links.revoke("bob", other.link_id)
    assert store.links.revoke("ann", other.link_id)
    assert not store.links.revoke("ann", other.link_id)
    assert store.links.find("list", "token-two") is None
    clock.time = NOW + 60
    assert store.links.find("list", "token-one") is None
    assert store.links.of("ann", "list") == []
    store.links.add("ann", "list", "token-four", NOW + 90, {}, max_links=1)  # deletes what has expired
    assert store.counts().links == 1


def test_a_link_is_taken_once_and_a_new_one_replaces_it(store: SqlStore) -> None:
    store.links.add("ann", "device", "old", NOW + 60, {}, max_links=1)
    link = store.links.add("ann", "device", "new", NOW + 60, {"sealed": "x"}, max_links=1)
    assert store.links.take("device", "old") is None
    assert store.links.take("list", "new") is None
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: store.links.take("device", "new"), range(8)))
    assert [one for one in taken if one is not None] == [link]
    assert store.links.find("device", "new") is None


def test_links_are_bounded(store: SqlStore) -> None:
    with pytest.raises(ConfigError, match="characters of JSON"):
        store.links.add("ann", "list", "token", NOW + 60, {"name": "x" * 70_000}, max_links=5)
    with pytest.raises(ConfigError, match="kind"):
        store.links.add("ann", "letter", "token", NOW + 60, {}, max_links=5)  # type: ignore[arg-type]


def test_a_token_is_nowhere_in_the_store(store: SqlStore) -> None:
    store.links.add("ann", "list", "a-token-that-opens", NOW + 60, {}, max_links=5)
    with store.backend.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM links")).all()
    assert len(rows) == 1
    assert "a-token-that-opens" not in repr(rows)


def test_they_go_with_their_person(store: SqlStore) -> None:
    store.rate([NewRating("ann", "1", 4.0, 1)])
    for user in ("ann", "bob"):
        store.suggestions.add(Suggestion(user, "1", NOW))
        store.links.add(user, "list", f"token of {user}", NOW + 60, {}, max_links=5)
    gone = store.forget("ann")
    assert gone == ForgottenCounts(ratings=1, marks=0, events=1, served=0, suggestions=1, links=1)
    assert store.suggestions.of("ann") == []
    assert store.links.find("list", "token of ann") is None
    assert store.links.find("list", "token of bob") is not None


def test_events_of_one_person_newest_first(store: SqlStore) -> None:
    store.rate([NewRating("ann", "1", 4.0, 1, "r1"), NewRating("bob", "1", 3.0, 2)])
    store.mark("ann", "2", "seen")
    store.unrate("ann", "1")
    kinds = [(event.kind, event.item_id, event.user_id) for event in store.events_of("ann")]
    assert kinds == [("unrated", "1", "ann"), ("marked", "2", "ann"), ("rated", "1", "ann")]
    assert [event.kind for event in store.events_of("ann", 1)] == ["unrated"]
    assert store.events_of("eve") == []


def test_a_dump_carries_them_but_no_link_to_a_device(store: SqlStore, tmp_path: Path, clock: Clock) -> None:
    store.suggestions.add(Suggestion("ann", "1", NOW, "light", 2, "watched", NOW + 9))
    link = store.links.add("ann", "list", "token", NOW + 60, {"items": ["1"]}, max_links=5)
    store.links.add("ann", "device", "other", NOW + 60, {}, max_links=1)
    written = store.dump(tmp_path / "dump.gz")
    assert (written.suggestions, written.links) == (1, 1)
    restored = open_store(tmp_path / "again.db", now=clock)
    assert restored.restore(tmp_path / "dump.gz") == written
    assert restored.suggestions.of("ann") == store.suggestions.of("ann")
    assert restored.links.find("list", "token") == link
    assert restored.links.find("device", "other") is None
    restored.close()
