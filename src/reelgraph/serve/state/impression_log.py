"""Lists that were shown, on their way into the store: a bounded queue, written in batches by one thread."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from reelgraph.core.errors import ReelgraphError, StoreError
from reelgraph.store import Impression, Store

_log = logging.getLogger("reelgraph.serve")
_BATCH = 1_000
_GATHER_SECONDS = 0.2
_AGAIN_SECONDS = 1.0
_REMEMBERED_SECONDS = 60.0  # a list under way for somebody who was forgotten meanwhile arrives within this time


class ImpressionLog:
    """Takes lists without waiting and writes them a little later.

    What a full queue cannot take is dropped and counted: a list is worth less than an answer. While the store cannot
    write, lists wait.

    Args:
        store: to write to.
        most: lists waiting, at most.
        dropped: told how many lists were dropped.
    """

    def __init__(self, store: Store, most: int, dropped: Callable[[int], None] = lambda n: None) -> None:
        self._store, self._most, self._dropped = store, most, dropped
        self._waiting: OrderedDict[str, Impression] = OrderedDict()
        self._forgotten: dict[str, float] = {}
        self._change = threading.Condition()
        self._writing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="served-lists", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, one: Impression, asked_at: float) -> None:
        """Take a list that was asked for at ``asked_at``, `time.monotonic`.

        It gets the time at which it was asked for: who was known then may have been forgotten while it was made.
        """
        one = replace(one, at=min(one.at, int(time.time() - (time.monotonic() - asked_at))))
        with self._change:
            if one.user_id is not None and self._forgotten.get(one.user_id, -1.0) >= asked_at:
                return
            if len(self._waiting) >= self._most or self._closed:
                self._dropped(1)
                return
            self._waiting[one.recommendation_id] = one
            if len(self._waiting) == 1:
                self._change.notify_all()

    def find(self, recommendation_id: str) -> Impression | None:
        """The list with this id, written or waiting."""
        return self._waiting.get(recommendation_id) or self._store.served_list(recommendation_id)

    def forget(self, user_id: str) -> int:
        """Drop what waits of a person, and let nothing of them that is under way come in; how many waited."""
        with self._writing, self._change:
            now = time.monotonic()
            self._forgotten = {who: at for who, at in self._forgotten.items() if at > now - _REMEMBERED_SECONDS}
            self._forgotten[user_id] = now
            theirs = [key for key, one in self._waiting.items() if one.user_id == user_id]
            for key in theirs:
                del self._waiting[key]
            return len(theirs)

    def flush(self) -> None:
        """Write all that waits.

        Raises:
            StoreError: the store cannot; the lists wait on.
        """
        while self._waiting:
            self._write()

    def close(self) -> None:
        """Write what waits, if the store can, and stop."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._thread.join()
        try:
            self.flush()
        except StoreError:
            self._dropped(len(self._waiting))

    def _run(self) -> None:
        while not self._closed:
            with self._change:
                self._change.wait_for(lambda: bool(self._waiting) or self._closed)
            time.sleep(_GATHER_SECONDS)
            try:
                self.flush()
            except StoreError as error:
                _log.warning("served lists wait", extra={"reason": str(error), "waiting": len(self._waiting)})
                with self._change:
                    self._change.wait_for(lambda: self._closed, _AGAIN_SECONDS)

    def _write(self) -> None:
        with self._writing:
            with self._change:
                batch = [one for one, _ in zip(self._waiting.values(), range(_BATCH), strict=False)]
            try:
                self._store.served(batch)
            except StoreError:
                raise
            except ReelgraphError:  # refused by its form: it would be again
                _log.exception("served lists refused")
                self._dropped(len(batch))
            with self._change:
                for one in batch:
                    self._waiting.pop(one.recommendation_id, None)
