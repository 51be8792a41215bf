"""Feeds: read-only links to the lists of one person, for programs that can send no key."""

from __future__ import annotations

import secrets
import time

from reelgraph.core.errors import ConfigError
from reelgraph.store.protocol import Store
from reelgraph.store.records import Link

MAX_FEEDS = 20
"""Feeds that one person may have."""

MAX_DAYS = 3650
"""Days for which a feed may be made."""

DEFAULT_DAYS = 365

_TOKEN_BYTES, _DAY, _MAX_NAME = 24, 86_400, 60


def add_feed(store: Store, user_id: str, name: str, days: int = DEFAULT_DAYS) -> tuple[str, Link]:
    """A new feed and its token, which is in the addresses and cannot be read again: only its hash is stored.

    Args:
        store: keeps it; it goes with the person.
        user_id: whose lists are read; created if new.
        name: what the feed is for, up to 60 characters.
        days: for which it works.

    Raises:
        ConfigError: the person has `MAX_FEEDS`, or an argument is not valid.
        StoreError: nothing was written.
    """
    name = " ".join(name.split())
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise ConfigError("name", f"expected 1 to {_MAX_NAME} characters, what the feed is for")
    if not 1 <= days <= MAX_DAYS:
        raise ConfigError("days", f"{days} is not valid: expected 1 to {MAX_DAYS:,}")
    token, expires = secrets.token_urlsafe(_TOKEN_BYTES), int(time.time()) + days * _DAY
    return token, store.links.add(user_id, "feed", token, expires, {"name": name}, max_links=MAX_FEEDS)


def feed_paths(token: str) -> dict[str, str]:
    """The paths that a token opens, by the program that reads them."""
    files = {
        "atom": "atom.xml", "calendar": "evening.ics", "radarr": "radarr.json", "stremio": "manifest.json",
        "trakt": "trakt.json",
    }  # fmt: skip
    return {program: f"/feed/{token}/{name}" for program, name in files.items()}
