"""The ratings of a store that a bundle learns from."""

from __future__ import annotations

import time

import polars as pl

from reelgraph.bundle import Bundle
from reelgraph.retraining import GuestPolicy, GuestReport
from reelgraph.store import GUEST_PREFIX, Store

_PEOPLE_PER_PAGE = 10_000


def ratings_that_count(
    store: Store, base: pl.DataFrame, in_use: Bundle | None, policy: GuestPolicy
) -> tuple[pl.DataFrame, GuestReport]:
    """The ratings of a store without those of guests that must wait.

    Args:
        store: open.
        base: ``user_id, item_id`` (text) of the ratings that those of the store are joined to.
        in_use: the bundle in use, if there is one.
        policy: of guests.

    Returns:
        ``user_id, item_id`` as text, ``rating`` in stars and ``timestamp``, and what was left out.
    """
    created: dict[str, int] = {}
    page = store.users(GUEST_PREFIX, _PEOPLE_PER_PAGE)
    while page and page[0].user_id.startswith(GUEST_PREFIX):
        created |= {user.user_id: user.created for user in page if user.user_id.startswith(GUEST_PREFIX)}
        page = store.users(page[-1].user_id, _PEOPLE_PER_PAGE)
    empty = pl.DataFrame(
        schema={"user_id": pl.String, "item_id": pl.String, "rating": pl.Float64, "timestamp": pl.Int64}
    )
    ratings = pl.concat([empty, *store.ratings_in_chunks()])
    return policy.admit(ratings, created, base, in_use, time.time())
