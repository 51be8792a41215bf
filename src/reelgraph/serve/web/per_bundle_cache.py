"""What the page computes once for each bundle, on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web import model_card, movie_statistics, taste_map

_T = TypeVar("_T")


class PerBundleCache:
    """Holds statistics, map layout and plot data of the bundle in use; dropped when another bundle is used."""

    def __init__(self) -> None:
        self._digest = ""
        self._values: dict[str, Any] = {}
        self._value_locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def warm_up(self, loaded: LoadedBundle) -> None:
        """Compute what the first page views would wait for."""
        self.movie_statistics(loaded)
        self.map_layout(loaded)

    def movie_statistics(self, loaded: LoadedBundle) -> movie_statistics.MovieStatistics:
        """Milliseconds on first use."""
        return self._get(loaded, "movie_statistics", movie_statistics.MovieStatistics)

    def map_layout(self, loaded: LoadedBundle) -> taste_map.MapLayout | None:
        """Seconds on first use."""
        return self._get(loaded, "map_layout", taste_map.map_layout)

    def plot_data(self, loaded: LoadedBundle) -> model_card.PlotData:
        """Some seconds on first use."""
        return self._get(loaded, "plot_data", model_card.plot_data)

    def _get(self, loaded: LoadedBundle, name: str, compute: Callable[[LoadedBundle], _T]) -> _T:
        with self._lock:
            if self._digest != loaded.digest:
                self._digest, self._values, self._value_locks = loaded.digest, {}, {}
            values, value_lock = self._values, self._value_locks.setdefault(name, threading.Lock())
        with value_lock:
            if name not in values:
                values[name] = compute(loaded)
            value: _T = values[name]
            return value


def _cache(request: Request) -> PerBundleCache:
    cache: PerBundleCache = request.app.state.per_bundle_cache
    return cache


CacheDep = Annotated[PerBundleCache, Depends(_cache)]
