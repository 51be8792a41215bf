"""What the people whose ratings are kept think of movies: counts only, and none so small that a person shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import FloatArray, Matrix, at_least
from reelgraph.recommend.explain.co_likes import MIN_COUNT
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.movie_view import MovieView, film

_LISTED = 8


@dataclass(frozen=True, slots=True)
class RatingSummary:
    """How a movie was rated; ``shares`` of each level of the scale, empty where too few people rated it."""

    people: int
    mean: float
    loved: float
    shares: Sequence[float]


@dataclass(frozen=True, slots=True)
class AlsoLoved:
    """A movie that so many of those who loved another one loved, too."""

    film: MovieView
    people: int


class MovieStatistics:
    """Looks into the kept ratings by movie.

    Args:
        model: the bundle in use.
    """

    def __init__(self, model: LoadedBundle) -> None:
        fitted = model.recommender.bundle
        self._model, self._scale = model, fitted.scale
        self._columns = fitted.history.tocsc()
        loved: Matrix = fitted.history.copy()
        loved.data = at_least(loved.data, fitted.scale.liked_from).astype(np.float32)
        loved.eliminate_zeros()
        self._loved, self._by_item = loved, loved.tocsc()
        self._lovers = np.bincount(loved.indices, minlength=loved.shape[1])

    def opinion(self, row: int) -> RatingSummary:
        """What people gave the movie at an item row."""
        ends = self._columns.indptr
        stars: FloatArray = self._columns.data[ends[row] : ends[row + 1]]
        if len(stars) < MIN_COUNT:
            return RatingSummary(len(stars), 0.0, 0.0, ())
        levels = self._scale.levels()
        place = np.clip(np.round((stars - self._scale.low) / self._scale.step), 0, len(levels) - 1).astype(np.int64)
        shares = np.bincount(place, minlength=len(levels)) / len(stars)
        loved = float(at_least(stars, self._scale.liked_from).mean())
        return RatingSummary(len(stars), float(stars.mean()), loved, shares.tolist())

    def also_loved(self, row: int) -> list[AlsoLoved]:
        """The movies whose lovers are most nearly the same people: by the cosine of who loved them."""
        ends = self._by_item.indptr
        people = self._by_item.indices[ends[row] : ends[row + 1]]
        both = np.bincount(self._loved[people].indices, minlength=len(self._lovers))
        alike = np.where(both >= MIN_COUNT, both / np.sqrt(np.maximum(self._lovers, 1)), 0.0)
        alike[row] = 0.0
        best = np.argsort(-alike, kind="stable")[:_LISTED]
        return [AlsoLoved(film(self._model, one), int(both[one])) for one in best.tolist() if alike[one] > 0]
