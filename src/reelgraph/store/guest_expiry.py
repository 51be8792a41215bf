"""Guests who have not been there for long."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, exists, select

from reelgraph.store.records import GUEST_PREFIX
from reelgraph.store.tables import events, served, suggestions, users

_AFTER_PREFIX = GUEST_PREFIX[:-1] + chr(ord(GUEST_PREFIX[-1]) + 1)  # the first text after all with the prefix


def inactive_guests(before: int, n: int) -> Select[Any]:
    """The ids of up to ``n`` guests who changed nothing and were shown nothing since a time, Unix seconds UTC."""
    has_changed = exists().where(events.c.user_key == users.c.user_key, events.c.at >= before)
    has_looked = exists().where(served.c.user_id == users.c.user_id, served.c.at >= before)
    has_asked = exists().where(suggestions.c.user_key == users.c.user_key, suggestions.c.at >= before)
    is_guest = (users.c.user_id >= GUEST_PREFIX) & (users.c.user_id < _AFTER_PREFIX)
    return (
        select(users.c.user_id)
        .where(is_guest, users.c.created < before, ~has_changed, ~has_looked, ~has_asked)
        .order_by(users.c.user_id)
        .limit(n)
    )
