"""What is made once of each bundle, when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web import model_card, movie_statistics, taste_map

_T = TypeVar("_T")


class PerBundleCache:
    """Keeps the crowd, the map and the evidence of the bundle in use; another bundle makes them anew."""

    def __init__(self) -> None:
        self._of = ""
        self._made: dict[str, Any] = {}
        self._making: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def warm(self, model: LoadedBundle) -> None:
        """What the first pages would wait for, before they ask."""
        self.crowd(model)
        self.places(model)

    def crowd(self, model: LoadedBundle) -> movie_statistics.MovieStatistics:
        """Milliseconds the first time."""
        return self._once(model, "crowd", movie_statistics.MovieStatistics)

    def places(self, model: LoadedBundle) -> taste_map.MapLayout | None:
        """Seconds the first time."""
        return self._once(model, "places", taste_map.placed)

    def evidence(self, model: LoadedBundle) -> model_card.CardEvidence:
        """Some seconds the first time."""
        return self._once(model, "evidence", model_card.evidence)

    def _once(self, model: LoadedBundle, name: str, make: Callable[[LoadedBundle], _T]) -> _T:
        with self._lock:
            if self._of != model.digest:
                self._of, self._made, self._making = model.digest, {}, {}
            made, making = self._made, self._making.setdefault(name, threading.Lock())
        with making:
            if name not in made:
                made[name] = make(model)
            found: _T = made[name]
            return found


def _kept(request: Request) -> PerBundleCache:
    found: PerBundleCache = request.app.state.kept
    return found


CacheDep = Annotated[PerBundleCache, Depends(_kept)]
