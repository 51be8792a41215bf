"""Guests expire by themselves, and the page says when."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from reelgraph.serve.state.guest_expiry import GuestExpiry
from reelgraph.store import NewRating, open_store
from tests.service.conftest import Start

DAY = 86_400


def test_guests_are_deleted_by_the_service(tmp_path: Path) -> None:
    long_ago = time.time() - 50 * DAY
    with closing(open_store(tmp_path / "people.db", now=lambda: long_ago)) as store:
        store.rate([NewRating(user_id, "1", 4.0, int(long_ago)) for user_id in ("guest-old", "ann")])
        kept = GuestExpiry(store, 60, first_seconds=0.0)
        never = GuestExpiry(store, 0, first_seconds=0.0)
        time.sleep(0.3)
        assert store.person("guest-old") is not None
        expiry = GuestExpiry(store, 40, first_seconds=0.0)
        deadline = time.monotonic() + 30
        while store.person("guest-old") is not None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert store.person("ann") is not None
        for each in (kept, never, expiry):
            each.close()


def test_the_page_says_when(start: Start) -> None:
    assert (
        "If you do not come back for 33 days, all of it is deleted." in start(guests_days=33).http.get("/privacy").text
    )
    assert "do not come back" not in start(guests_days=0).http.get("/privacy").text
