"""API keys, verified once and remembered by their hash until any key changes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from reelgraph.store import ApiKey, Store

_Value = TypeVar("_Value")

_MAX_KEYS = 10_000
_CHECK_SECONDS = 1.0  # a key that another process revoked stops working within this time


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """The result of a verification: the key, or None if there is no such key."""

    key: ApiKey | None


class KeyCache:
    """Verifies API keys: looked up by id, then the secret by argon2, in the same time for an unknown id.

    A verdict is remembered under the SHA-256 of the text; the text itself is not stored.

    Args:
        store: has the keys.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._verified: OrderedDict[bytes, ApiKey] = OrderedDict()
        self._refused: OrderedDict[bytes, None] = OrderedDict()  # apart, so that made-up keys displace no valid one
        self._version, self._checked_at = -1, -_CHECK_SECONDS
        self._lock = threading.Lock()

    def remembered(self, text: str) -> ApiKey | None:
        """The key if it was verified before and the store was checked for changes a moment ago; does not block."""
        is_stale = time.monotonic() - self._checked_at >= _CHECK_SECONDS
        return None if is_stale else self._verified.get(_digest(text))

    def recall(self, text: str) -> KeyVerdict | None:
        """The verdict on a text if it was verified before, and no key has changed since; None otherwise.

        Raises:
            StoreError: the store cannot answer.
        """
        self._drop_if_changed()
        digest = _digest(text)
        key = self._verified.get(digest)
        return KeyVerdict(key) if key is not None or digest in self._refused else None

    def verify(self, text: str) -> ApiKey | None:
        """The key with this text; None if there is no such key. Cost: an argon2 hash, unless it is remembered.

        Raises:
            StoreError: the store cannot answer.
        """
        recalled = self.recall(text)
        if recalled is not None:
            return recalled.key
        version, key = self._version, self._store.key(text)
        with self._lock:
            if version == self._version:
                if key is None:
                    _remember(self._refused, _digest(text), None)
                else:
                    _remember(self._verified, _digest(text), key)
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
                self._refused.clear()
                self._version = version
            self._checked_at = now


def _remember(verdicts: OrderedDict[bytes, _Value], digest: bytes, value: _Value) -> None:
    verdicts[digest] = value
    while len(verdicts) > _MAX_KEYS:
        verdicts.popitem(last=False)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()
