"""The state that all routes share, and the thread pools in which they work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request
from starlette.types import Scope

from reelgraph.serve.middleware.client import scope_network
from reelgraph.serve.middleware.request_context import current_request
from reelgraph.serve.settings import ServeSettings
from reelgraph.serve.state.added_items import AddedItemsCache
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.state.fair_pool import FairPool
from reelgraph.serve.state.guest_expiry import GuestExpiry
from reelgraph.serve.state.guests import NewGuestLimit
from reelgraph.serve.state.impression_log import ImpressionLog
from reelgraph.serve.state.key_cache import KeyCache
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.metrics import Metrics
from reelgraph.serve.state.user_state import UserStateCache
from reelgraph.store import ApiKey, Store

_P = ParamSpec("_P")
_T = TypeVar("_T")
# Threads, tasks of all clients and tasks of one client: running and waiting.
_SLOW, _COUNTERFACTUALS, _IMPORTS, _KEYS = (2, 64, 16), (1, 32, 4), (1, 16, 4), (1, 64, 8)


class Service:
    """The parts of a running service.

    Requests work in threads, so that a long one delays no other. Short work has a pool of its own, and so have work of
    up to a second (questions, reasons, groups), counterfactuals, imports, the verification of keys, and requests of the
    operator. Clients share the pools of long work fairly, see `FairPool`; it stops at a deadline or when the client
    hangs up.

    Args:
        settings: of the operator.
        store: ratings, lists and keys.
        bundles: the bundle in use.
    """

    def __init__(self, settings: ServeSettings, store: Store, bundles: BundleHolder) -> None:
        self.settings, self.store, self.bundles = settings, store, bundles
        self.metrics, self.users, self.keys = Metrics(), UserStateCache(store), KeyCache(store)
        self.added_items, self.new_guests = AddedItemsCache(store), NewGuestLimit(settings.guests_per_hour)
        self.impressions = ImpressionLog(
            store, settings.served_queue, self.metrics.impressions_dropped.inc, self.metrics.count_served
        )
        self.metrics.watch(self.metrics.impressions_queued, lambda: len(self.impressions))
        self.metrics.watch(self.metrics.bundle_created_at, lambda: self.loaded.created_seconds)
        self.metrics.watch(self.metrics.bundle_trained_at, lambda: self.loaded.trained_seconds)
        bundles.on_reload = self.metrics.count_reload
        self._quick_pool = ThreadPoolExecutor(settings.threads, "quick")
        self._quick_tasks = self.metrics.pool_tasks.labels("quick")
        self.slow_pool = self._fair_pool("slow", _SLOW)
        self.counterfactual_pool = self._fair_pool("counterfactual", _COUNTERFACTUALS)
        self.import_pool = self._fair_pool("import", _IMPORTS)
        self.key_pool = self._fair_pool("keys", _KEYS)
        self._key_checks: dict[str, asyncio.Future[ApiKey | None]] = {}
        self._health_pool, self._operator_pool = ThreadPoolExecutor(1, "health"), ThreadPoolExecutor(1, "operator")
        self._background_pool = ThreadPoolExecutor(1, "background")
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
        """Run work that may take a second in a thread, when it is the client's turn.

        Raises:
            ApiError: 429, too many are waiting.
            WorkInterruptedError: it took too long.
        """
        return await _run_in_turn(self.slow_pool, partial(work, *args, **kwargs))

    async def run_counterfactual(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """As `run_slow`, for searches of many seconds."""
        return await _run_in_turn(self.counterfactual_pool, partial(work, *args, **kwargs))

    async def run_import(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """As `run_slow`, for files that people upload."""
        return await _run_in_turn(self.import_pool, partial(work, *args, **kwargs))

    async def verify_key(self, text: str) -> ApiKey | None:
        """The API key with this text; None if there is none.

        Raises:
            ApiError: 429, too many keys of this client wait to be verified.
            StoreError: the store cannot answer.
        """
        key = self.keys.remembered(text)
        if key is not None:
            return key
        recalled = await self.run_quick(self.keys.recall, text)
        if recalled is not None:
            return recalled.key
        if text not in self._key_checks:  # requests with one key that come at once share its verification
            client = current_request.get().client
            check = asyncio.ensure_future(self.key_pool.run(client, partial(self.keys.verify, text)))
            self._key_checks[text] = check
            check.add_done_callback(lambda done: self._key_checks.pop(text))
        return await asyncio.shield(self._key_checks[text])

    def admit_guest(self, client: str, user_id: str) -> None:
        """Before something of a visitor is written: one whom the store does not know is counted as new.

        Raises:
            ApiError: 429, there are too many new ones from this client.
            StoreError: the store cannot answer.
        """
        if not self.users.is_stored(self.loaded, user_id):
            self.new_guests.admit(client)

    async def run_unbounded(self, work: Callable[[], _T]) -> _T:
        """Run work that serves everybody and is kept, one after the other, to its end whoever waits for it."""
        return await asyncio.get_running_loop().run_in_executor(self._background_pool, work)

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

    def client(self, scope: Scope) -> str:
        """Whose a request is, for limits: that of a verified key, otherwise that of an address or /64 network."""
        for name, value in scope["headers"]:
            if name == b"x-api-key":
                key = self.keys.remembered(value.decode("latin-1"))
                if key is not None:
                    return f"key {key.id}"
        return scope_network(scope)

    def close(self) -> None:
        """Finish the work in progress and write what is queued."""
        self.bundles.close()
        self._guest_expiry.close()
        self._quick_pool.shutdown()
        for fair_pool in (self.slow_pool, self.counterfactual_pool, self.import_pool, self.key_pool):
            fair_pool.close()
        for pool in (self._health_pool, self._operator_pool, self._background_pool):
            pool.shutdown(cancel_futures=True)
        self.impressions.close()

    def _fair_pool(self, name: str, sizes: tuple[int, int, int]) -> FairPool:
        refusals = self.metrics.refusals
        pool = FairPool(name, *sizes, self.settings.work_seconds, lambda limit: refusals.labels(limit).inc())
        self.metrics.watch(self.metrics.pool_tasks.labels(name), lambda: len(pool))
        return pool


async def _run_in_turn(pool: FairPool, work: Callable[[], _T]) -> _T:
    request = current_request.get()
    return await request.unless_hung_up(pool.run(request.client, work))


async def _service(request: Request) -> Service:  # async: FastAPI would call a plain function in a thread
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service)]
