"""API keys, verified once and remembered by their hash until any key changes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict

from reelgraph.store import ApiKey, Store

_MAX_KEYS = 10_000
_CHECK_SECONDS = 1.0  # a key that another process revoked stops working within this time


class KeyCache:
    """Verifies API keys: looked up by id, then the secret by argon2, in the same time for a wrong secret.

    A verified key is remembered under the SHA-256 of its text; the text itself is not stored.

    Args:
        store: has the keys.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._verified: OrderedDict[bytes, ApiKey] = OrderedDict()
        self._version, self._checked_at = -1, -_CHECK_SECONDS
        self._lock = threading.Lock()

    def remembered(self, text: str) -> ApiKey | None:
        """The key if it was verified before and the store was checked for changes a moment ago; does not block."""
        is_stale = time.monotonic() - self._checked_at >= _CHECK_SECONDS
        return None if is_stale else self._verified.get(_digest(text))

    def verify(self, text: str) -> ApiKey | None:
        """The key with this text; None if there is no such key.

        Raises:
            StoreError: the store cannot answer.
        """
        self._drop_if_changed()
        version, key = self._version, self._verified.get(_digest(text))
        if key is not None:
            return key
        key = self._store.key(text)
        if key is not None:
            with self._lock:
                if version == self._version:
                    self._verified[_digest(text)] = key
                    while len(self._verified) > _MAX_KEYS:
                        self._verified.popitem(last=False)
        return key

    def invalidate(self) -> None:
        """Check the store for changes with the next key: one was created or revoked here."""
        self._checked_at = -_CHECK_SECONDS

    def _drop_if_changed(self) -> None:
        now = time.monotonic()
        if now - self._checked_at < _CHECK_SECONDS:
            return
        version = self._store.version("keys")
        with self._lock:
            if version != self._version:
                self._verified.clear()
                self._version = version
            self._checked_at = now


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()
