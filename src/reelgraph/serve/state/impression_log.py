"""Lists that were shown (impressions): a bounded queue, written to the store in batches by one thread."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from reelgraph.core.errors import ReelgraphError, StoreError
from reelgraph.store import Impression, Store

_log = logging.getLogger("reelgraph.serve")
_BATCH_SIZE = 1_000
_BATCH_SECONDS = 0.2
_RETRY_SECONDS = 1.0
_DELETED_SECONDS = 60.0  # a list in progress for a person who was deleted meanwhile arrives within this time


class ImpressionLog:
    """Takes impressions without blocking and writes them a little later.

    What does not fit into a full queue is dropped and counted: an answer matters more than its record. While the store
    cannot write, impressions stay in the queue.

    Args:
        store: to write to.
        max_queued: largest number of impressions in the queue.
        on_drop: called with the number of impressions that were dropped.
        on_add: called with the number of items of an impression that was taken.
    """

    def __init__(
        self,
        store: Store,
        max_queued: int,
        on_drop: Callable[[int], None] = lambda count: None,
        on_add: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._store, self._max_queued, self._on_drop, self._on_add = store, max_queued, on_drop, on_add
        self._queue: OrderedDict[str, Impression] = OrderedDict()
        self._deleted_at: dict[str, float] = {}
        self._condition = threading.Condition()
        self._write_lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="impression-log", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, impression: Impression, requested_at: float) -> None:
        """Queue a list that was requested at ``requested_at``, `time.monotonic`.

        It is recorded under the time of the request: the person may have been deleted while the list was computed.
        """
        requested_time = int(time.time() - (time.monotonic() - requested_at))
        impression = replace(impression, at=min(impression.at, requested_time))
        with self._condition:
            user_id = impression.user_id
            if user_id is not None and self._deleted_at.get(user_id, -1.0) >= requested_at:
                return
            if len(self._queue) >= self._max_queued or self._closed:
                self._on_drop(1)
                return
            self._queue[impression.recommendation_id] = impression
            self._on_add(len(impression.items))
            if len(self._queue) == 1:
                self._condition.notify_all()

    def find(self, recommendation_id: str) -> Impression | None:
        """The impression with this id, written or queued."""
        return self._queue.get(recommendation_id) or self._store.impression(recommendation_id)

    def delete_user(self, user_id: str) -> int:
        """Drop the queued impressions of a person, and refuse those in progress; returns the number dropped."""
        with self._write_lock, self._condition:
            now = time.monotonic()
            recent = {user: at for user, at in self._deleted_at.items() if at > now - _DELETED_SECONDS}
            self._deleted_at = recent | {user_id: now}
            keys = [key for key, impression in self._queue.items() if impression.user_id == user_id]
            for key in keys:
                del self._queue[key]
            return len(keys)

    def flush(self) -> None:
        """Write the whole queue.

        Raises:
            StoreError: the store cannot write; the impressions stay in the queue.
        """
        while self._queue:
            self._write_batch()

    def close(self) -> None:
        """Write the queue if the store can, and stop the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._thread.join()
        try:
            self.flush()
        except StoreError:
            self._on_drop(len(self._queue))

    def _run(self) -> None:
        while not self._closed:
            with self._condition:
                self._condition.wait_for(lambda: bool(self._queue) or self._closed)
            time.sleep(_BATCH_SECONDS)
            try:
                self.flush()
            except StoreError as error:
                _log.warning("impressions cannot be written", extra={"reason": str(error), "queued": len(self._queue)})
                with self._condition:
                    self._condition.wait_for(lambda: self._closed, _RETRY_SECONDS)

    def _write_batch(self) -> None:
        with self._write_lock:
            with self._condition:
                batch = list(islice(self._queue.values(), _BATCH_SIZE))
            try:
                self._store.add_impressions(batch)
            except StoreError:
                raise
            except ReelgraphError:  # malformed, so it would be refused again
                _log.exception("impressions refused by the store")
                self._on_drop(len(batch))
            with self._condition:
                for impression in batch:
                    self._queue.pop(impression.recommendation_id, None)
