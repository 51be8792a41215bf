"""Keys, checked once and remembered by their hash for as long as no key changes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict

from reelgraph.store import ApiKey, Store

_KEPT = 10_000
_LOOK_SECONDS = 1.0  # a key revoked by another process opens nothing after this time


class KeyCache:
    """Checks keys. A key is looked up by its id, its secret by argon2, which takes the same time for a wrong one.

    What was found is remembered under the SHA-256 of the key's text, so the text itself is kept nowhere.

    Args:
        store: that holds them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[bytes, ApiKey] = OrderedDict()
        self._version, self._looked = -1, -_LOOK_SECONDS
        self._lock = threading.Lock()

    def remembered(self, plain: str) -> ApiKey | None:
        """The key, where it was checked before and no key has changed since, looked at a moment ago; does not wait."""
        return None if time.monotonic() - self._looked >= _LOOK_SECONDS else self._kept.get(_digest(plain))

    def check(self, plain: str) -> ApiKey | None:
        """The key with this text.

        Raises:
            StoreError: the store cannot answer.
        """
        self._look()
        version, found = self._version, self._kept.get(_digest(plain))
        if found is not None:
            return found
        found = self._store.key(plain)
        if found is not None:
            with self._lock:
                if version == self._version:
                    self._kept[_digest(plain)] = found
                    while len(self._kept) > _KEPT:
                        self._kept.popitem(last=False)
        return found

    def changed(self) -> None:
        """A key was made or revoked here: look at once."""
        self._looked = -_LOOK_SECONDS

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        version = self._store.version("keys")
        with self._lock:
            if version != self._version:
                self._kept.clear()
                self._version = version
            self._looked = now


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode(errors="replace")).digest()
