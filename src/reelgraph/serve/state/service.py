"""What all routes share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from reelgraph.serve.errors import ApiError
from reelgraph.serve.settings import ServeSettings
from reelgraph.serve.state.bundle_holder import BundleHolder
from reelgraph.serve.state.impression_log import ImpressionLog
from reelgraph.serve.state.key_cache import KeyCache
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.metrics import Metrics
from reelgraph.serve.state.person_cache import UserStateCache
from reelgraph.store import Store

_P = ParamSpec("_P")
_T = TypeVar("_T")
_SLOW_AT_ONCE, _SLOW_WAITING = 2, 32


class Service:
    """The parts of a running service.

    Work is done in threads, so that a long answer holds up nothing but itself: short work in one pool, work of seconds
    (counterfactuals, imports, groups) in another that is small and bounded. What the operator asks waits for neither.

    Args:
        settings: of the operator.
        store: of people.
        models: the bundle in use.
    """

    def __init__(self, settings: ServeSettings, store: Store, models: BundleHolder) -> None:
        self.settings, self.store, self.models = settings, store, models
        self.metrics, self.people, self.keys = Metrics(), UserStateCache(store), KeyCache(store)
        self.served = ImpressionLog(store, settings.served_queue, self.metrics.served_dropped.inc)
        self.metrics.served_waiting.set_function(lambda: len(self.served))
        models.on_reload = self.metrics.reloaded
        self._quick = ThreadPoolExecutor(settings.threads, "quick")
        self._slow = ThreadPoolExecutor(_SLOW_AT_ONCE, "slow")
        self._slow_asked = 0
        self._health, self._operator = ThreadPoolExecutor(1, "health"), ThreadPoolExecutor(1, "operator")
        self._probe: asyncio.Future[None] | None = None

    @property
    def model(self) -> LoadedBundle:
        """The bundle in use; take it once a request."""
        return self.models.current

    async def quick(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do what takes milliseconds."""
        return await asyncio.get_running_loop().run_in_executor(self._quick, lambda: work(*args, **kwargs))

    async def with_vectors(self, model: LoadedBundle, work: Callable[[], _T]) -> _T:
        """Do what takes milliseconds, or seconds where the model's item vectors are not made yet."""
        return await (self.quick if model.vectors_made.is_set() else self.slow)(work)

    async def slow(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do what may take seconds, two at a time.

        Raises:
            ApiError: 429, too many wait already.
        """
        if self._slow_asked >= _SLOW_WAITING:
            raise ApiError(429, "busy", "too many long questions at once", "try again", {"Retry-After": "2"})
        self._slow_asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._slow, lambda: work(*args, **kwargs))
        finally:
            self._slow_asked -= 1

    async def ready(self) -> None:
        """Ask the store whether it can answer; who asks meanwhile gets the same answer.

        Raises:
            StoreError: it cannot.
        """
        if self._probe is None or self._probe.done():
            self._probe = asyncio.get_running_loop().run_in_executor(self._health, self.store.ready)
        await asyncio.shield(self._probe)

    async def operate(self, work: Callable[[], _T]) -> _T:
        """Do what the operator asked for, one after another."""
        return await asyncio.get_running_loop().run_in_executor(self._operator, work)

    def close(self) -> None:
        """Finish what was begun."""
        self.models.close()
        self._quick.shutdown()
        for pool in (self._slow, self._health, self._operator):
            pool.shutdown(cancel_futures=True)
        self.served.close()


async def _service(request: Request) -> Service:  # a plain function would be called in a thread
    found: Service = request.app.state.service
    return found


ServiceDep = Annotated[Service, Depends(_service)]
