"""The state that all routes share, and the thread pools in which they work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from reelgraph.serve.errors import ApiError
from reelgraph.serve.settings import ServeSettings
from reelgraph.serve.state.added_items import AddedItemsCache
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.state.guest_expiry import GuestExpiry
from reelgraph.serve.state.impression_log import ImpressionLog
from reelgraph.serve.state.key_cache import KeyCache
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.metrics import Metrics
from reelgraph.serve.state.user_state import UserStateCache
from reelgraph.store import Store

_P = ParamSpec("_P")
_T = TypeVar("_T")
_SLOW_THREADS, _MAX_SLOW_TASKS = 2, 32


class Service:
    """The parts of a running service.

    Requests work in threads, so that a long one delays no other: short work in one pool, work of seconds
    (counterfactuals, imports, groups) in a second one, small and bounded, and requests of the operator in a third.

    Args:
        settings: of the operator.
        store: ratings, lists and keys.
        bundles: the bundle in use.
    """

    def __init__(self, settings: ServeSettings, store: Store, bundles: BundleHolder) -> None:
        self.settings, self.store, self.bundles = settings, store, bundles
        self.metrics, self.users, self.keys = Metrics(), UserStateCache(store), KeyCache(store)
        self.added_items = AddedItemsCache(store)
        self.impressions = ImpressionLog(
            store, settings.served_queue, self.metrics.impressions_dropped.inc, self.metrics.count_served
        )
        self.metrics.watch(self.metrics.impressions_queued, lambda: len(self.impressions))
        self.metrics.watch(self.metrics.bundle_created_at, lambda: self.loaded.created_seconds)
        bundles.on_reload = self.metrics.count_reload
        self._quick_pool = ThreadPoolExecutor(settings.threads, "quick")
        self._quick_tasks = self.metrics.pool_tasks.labels("quick")
        self._slow_pool = ThreadPoolExecutor(_SLOW_THREADS, "slow")
        self._slow_tasks = 0
        self._health_pool, self._operator_pool = ThreadPoolExecutor(1, "health"), ThreadPoolExecutor(1, "operator")
        self._store_probe: asyncio.Future[None] | None = None
        self._guest_expiry = GuestExpiry(store, settings.guests_days)

    @property
    def loaded(self) -> LoadedBundle:
        """The bundle in use; read it once for each request."""
        return self.bundles.current

    async def run_quick(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run work of milliseconds in a thread."""
        with self._quick_tasks.track_inprogress():
            return await asyncio.get_running_loop().run_in_executor(self._quick_pool, lambda: work(*args, **kwargs))

    async def run_slow(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run work that may take seconds in a thread, two at a time.

        Raises:
            ApiError: 429, too many are waiting.
        """
        if self._slow_tasks >= _MAX_SLOW_TASKS:
            raise ApiError(429, "busy", "too many long requests at once", "try again", {"Retry-After": "2"})
        self._slow_tasks += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._slow_pool, lambda: work(*args, **kwargs))
        finally:
            self._slow_tasks -= 1

    async def run_operator(self, work: Callable[[], _T]) -> _T:
        """Run a request of the operator, one after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._operator_pool, work)

    async def check_store(self) -> None:
        """Check that the store can answer; concurrent calls share one check.

        Raises:
            StoreError: it cannot.
        """
        if self._store_probe is None or self._store_probe.done():
            self._store_probe = asyncio.get_running_loop().run_in_executor(self._health_pool, self.store.ready)
        await asyncio.shield(self._store_probe)

    def close(self) -> None:
        """Finish the work in progress and write what is queued."""
        self.bundles.close()
        self._guest_expiry.close()
        self._quick_pool.shutdown()
        for pool in (self._slow_pool, self._health_pool, self._operator_pool):
            pool.shutdown(cancel_futures=True)
        self.impressions.close()


async def _service(request: Request) -> Service:  # async: FastAPI would call a plain function in a thread
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service)]
