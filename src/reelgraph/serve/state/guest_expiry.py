"""Deletes guests of the page who have not been there for long, once a day."""

from __future__ import annotations

import logging
import threading
import time

from reelgraph.core.errors import StoreError
from reelgraph.store import Store

_log = logging.getLogger("reelgraph.serve")
_DAY = 86_400  # seconds
_FIRST_SECONDS = 600.0  # after the start, when a service that is restarted again and again has other things to do


class GuestExpiry:
    """A thread that deletes guests; see `Store.delete_guests`.

    Args:
        store: that has them.
        days: after their last visit; 0 for never.
        first_seconds: from the start to the first time.
    """

    def __init__(self, store: Store, days: int, first_seconds: float = _FIRST_SECONDS) -> None:
        self._store, self._days, self._first_seconds = store, days, first_seconds
        self._stop = threading.Event()
        if days:
            threading.Thread(target=self._run, name="guest-expiry", daemon=True).start()

    def close(self) -> None:
        """Stop; a deletion in progress is finished by the store or not begun."""
        self._stop.set()

    def _run(self) -> None:
        pause = self._first_seconds
        while not self._stop.wait(pause):
            pause = float(_DAY)
            try:
                deleted = self._store.delete_guests(int(time.time()) - self._days * _DAY)
            except StoreError as error:
                _log.warning("guests cannot be deleted", extra={"reason": str(error)})
            else:
                _log.info("guests who were not there for long are deleted", extra={"guests": deleted})
