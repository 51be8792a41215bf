"""What the page computes once for each bundle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web import detail_filters, model_card, movie_statistics, movie_view, taste_map, tonight_view

_T = TypeVar("_T")


class PerBundleCache:
    """Statistics, map layout and plot data of a bundle, which are kept with it."""

    def movie_statistics(self, loaded: LoadedBundle) -> movie_statistics.MovieStatistics:
        """Milliseconds on first use."""
        return self._get(loaded, "movie_statistics", movie_statistics.MovieStatistics)

    def map_layout(self, loaded: LoadedBundle) -> taste_map.MapLayout | None:
        """Seconds on first use."""
        return self._get(loaded, "map_layout", taste_map.map_layout)

    def plot_data(self, loaded: LoadedBundle) -> model_card.PlotData:
        """Some seconds on first use."""
        return self._get(loaded, "plot_data", model_card.plot_data)

    def moods(self, loaded: LoadedBundle) -> list[tonight_view.MoodView]:
        """Milliseconds on first use."""
        return self._get(loaded, "moods", tonight_view.mood_views)

    def detail_filters(self, loaded: LoadedBundle) -> detail_filters.DetailFilters:
        """Milliseconds on first use."""
        return self._get(loaded, "detail_filters", detail_filters.detail_filters)

    def rows_by_director(self, loaded: LoadedBundle) -> dict[str, list[int]]:
        """Milliseconds on first use."""
        return self._get(loaded, "rows_by_director", movie_view.rows_by_director)

    def _get(self, loaded: LoadedBundle, name: str, compute: Callable[[LoadedBundle], _T]) -> _T:
        return loaded.derived.get(name, lambda: compute(loaded))


def _cache(request: Request) -> PerBundleCache:
    cache: PerBundleCache = request.app.state.per_bundle_cache
    return cache


CacheDep = Annotated[PerBundleCache, Depends(_cache)]
