"""A store with a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reelgraph.store import Store, open_store
from reelgraph.store.sql_store import SqlStore

NOW = 1_700_000_000


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[SqlStore]:
    opened = open_store(store_url, now=clock)
    yield opened
    opened.close()


def stars_of(store: Store, user_id: str) -> dict[str, float]:
    person = store.person(user_id)
    assert person is not None
    return {item: rating.stars for item, rating in person.ratings.items()}
