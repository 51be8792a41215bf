"""Visitors of the page: their ids in the store, and how many new ones an address may bring."""

from __future__ import annotations

import math
import time

from reelgraph.serve.errors import ApiError
from reelgraph.serve.state.token_buckets import TokenBuckets
from reelgraph.store import GUEST_PREFIX

_SECONDS_PER_HOUR = 3600.0


def is_guest(user_id: str) -> bool:
    """Whether the id is that of a visitor. Such an id is never used again after its deletion."""
    return user_id.startswith(GUEST_PREFIX)


class NewGuestLimit:
    """Limits the number of people that the visitors from one address add to the store.

    Args:
        per_hour: new people per hour from one address, and at once; 0 for no limit.
    """

    def __init__(self, per_hour: int) -> None:
        self._buckets = TokenBuckets(per_hour / _SECONDS_PER_HOUR, per_hour) if per_hour else None

    def admit(self, client: str) -> None:
        """Count a new person.

        Raises:
            ApiError: 429, there are too many from this address.
        """
        wait = self._buckets.take(client, time.monotonic()) if self._buckets is not None else 0.0
        if wait:
            hint = "try again later, or allow the cookie of this page"
            retry = {"Retry-After": str(math.ceil(wait))}
            raise ApiError(429, "too-many-guests", "too many new visitors from this network", hint, retry)
