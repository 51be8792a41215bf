"""What a person rated and marked, in the rows of a bundle: one set of rules for the API and for the page."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reelgraph.core.errors import UnknownIdError
from reelgraph.recommend import Recommender
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState, UserStateCache
from reelgraph.store import NewRating, PersonState, Store, open_store
from tests.service.conftest import small


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with contextlib.closing(open_store(tmp_path / "people.db")) as store:
        yield store


@pytest.fixture
def loaded() -> LoadedBundle:
    return LoadedBundle(Recommender(small()), "digest")


def stars_by_row(state: UserState) -> dict[int, float]:
    return dict(zip(state.ratings.indices.tolist(), state.ratings.data.tolist(), strict=True))


def test_stars_are_clipped_and_movies_the_bundle_does_not_have_are_counted(store: Store, loaded: LoadedBundle) -> None:
    store.rate([NewRating("ann", "30", 9.0, 7), NewRating("ann", "10", 0.5, 5), NewRating("ann", "999", 4.0, 6)])
    store.mark("ann", "40", "watchlist")
    store.mark("ann", "998", "watchlist")
    store.mark("ann", "30", "seen")
    store.mark("ann", "20", "not-interested")
    for state in (UserStateCache(store).user(loaded, "ann"), UserStateCache(store).visitor(loaded, "ann")):
        assert stars_by_row(state) == {0: 1.0, 2: 5.0}
        assert (state.stars.tolist(), state.rated_at.tolist()) == ([1.0, 5.0], [5, 7])
        assert (state.seen.tolist(), state.not_interested.tolist(), state.watchlist.tolist()) == ([2], [1], [3])
        assert (state.unknown_items, state.user_row) == (2, None)
        assert state.history().hidden.tolist() == [1]
        order = state.history().order
        assert order is not None
        assert order.tolist() == [5, 7]
        for times, expected in (([0, 0], None), ([7, 7], None), ([-1, 0], None), ([0, 7], [-1, 7]), ([8, -1], [8, -1])):
            order = dataclasses.replace(state, rated_at=np.array(times)).history().order
            assert (None if order is None else order.tolist()) == expected  # of equal times none is the earlier one
        assert state.seen_only.tolist() == []
        seen_too = dataclasses.replace(state, seen=np.array([2, 3]), seen_at=np.array([9, 6])).history(0.5)
        assert seen_too.ratings.indices.tolist() == [0, 2, 3]
        assert (seen_too.unrated_rows.tolist(), seen_too.weights.tolist()) == ([3], [1.0, 1.0, 0.5])
        assert seen_too.order is not None
        assert seen_too.order.tolist() == [5, 7, 6]  # of a rated movie the time of the rating


def test_a_user_has_the_ratings_of_the_bundle_too_and_a_visitor_those_of_the_store(
    store: Store, loaded: LoadedBundle
) -> None:
    people = UserStateCache(store)
    assert stars_by_row(people.user(loaded, "2")) == {0: 4.0, 4: 5.0}
    store.rate([NewRating("2", "10", 2.0, 5)])
    assert stars_by_row(people.user(loaded, "2")) == {0: 2.0, 4: 5.0}
    assert people.user(loaded, "2").user_row == 1
    assert stars_by_row(people.visitor(loaded, "2")) == {0: 2.0}
    store.unrate("2", "10")
    assert stars_by_row(people.user(loaded, "2")) == {0: 4.0, 4: 5.0}
    assert stars_by_row(people.visitor(loaded, "2")) == {}


def test_nobody_is_an_error_for_the_api_and_empty_for_the_page(store: Store, loaded: LoadedBundle) -> None:
    people = UserStateCache(store)
    with pytest.raises(UnknownIdError):
        people.user(loaded, "nobody")
    for user_id in (None, "nobody"):
        state = people.visitor(loaded, user_id)
        assert (state.ratings.shape, state.ratings.nnz, state.unknown_items) == ((1, 8), 0, 0)
        assert state.history().is_empty


def test_a_person_is_read_again_only_after_they_changed(
    store: Store, loaded: LoadedBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    read_person = store.person

    def person(user_id: str) -> PersonState | None:
        reads.append(user_id)
        return read_person(user_id)

    monkeypatch.setattr(store, "person", person)
    store.rate([NewRating("ann", "30", 5.0, 0), NewRating("bo", "30", 5.0, 0)])
    people = UserStateCache(store, max_users=2)
    for _ in range(3):
        people.visitor(loaded, "ann")
        people.visitor(loaded, "bo")
    assert reads == ["ann", "bo"]
    store.rate([NewRating("ann", "10", 5.0, 0)])
    assert stars_by_row(people.visitor(loaded, "ann")) == {0: 5.0, 2: 5.0}
    people.visitor(loaded, "bo")
    assert reads == ["ann", "bo", "ann"]
    people.visitor(LoadedBundle(Recommender(small(1.0)), "other"), "bo")  # the third one: "ann" is dropped
    people.visitor(loaded, "bo")
    people.visitor(loaded, "ann")
    assert reads == ["ann", "bo", "ann", "bo", "ann"]
