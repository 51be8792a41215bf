"""Token buckets: how often a client may do something, on average and at once."""

from __future__ import annotations

import threading
from collections import OrderedDict

_MAX_CLIENTS = 50_000  # that are remembered


class TokenBuckets:
    """A bucket of tokens for each client, which fills up steadily; may be used from several threads.

    Args:
        rate: tokens per second.
        burst: tokens that a full bucket holds.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, float(burst)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, now: float) -> float:
        """Take one token: 0 when the bucket had one, otherwise the seconds until it has one.

        Args:
            client: whose bucket.
            now: seconds of a clock that never goes back.
        """
        with self._lock:
            tokens, updated_at = self._buckets.pop(client, (self._burst, now))
            tokens = min(self._burst, tokens + (now - updated_at) * self._rate)
            is_allowed = tokens >= 1.0
            self._buckets[client] = (tokens - 1.0 if is_allowed else tokens, now)
            if len(self._buckets) > _MAX_CLIENTS:
                self._buckets.popitem(last=False)
            return 0.0 if is_allowed else (1.0 - tokens) / self._rate
