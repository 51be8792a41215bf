"""How the users of the bundle rated a movie: counts only, and none so small that it could identify a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import FloatArray, Matrix, liked_threshold
from reelgraph.core.rating_scale import at_least
from reelgraph.recommend.explain.co_likes import MIN_COUNT
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web.movie_view import MovieView, movie_view

_N_ALSO_LOVED = 8


@dataclass(frozen=True, slots=True)
class RatingSummary:
    """How a movie was rated; ``shares`` of each level of the scale, empty if too few people rated it."""

    people: int
    mean: float
    loved: float
    shares: Sequence[float]


@dataclass(frozen=True, slots=True)
class AlsoLoved:
    """A movie loved by ``people`` of those who loved another movie."""

    film: MovieView
    people: int


class MovieStatistics:
    """The ratings of a bundle by movie.

    Args:
        loaded: the bundle in use.
    """

    def __init__(self, loaded: LoadedBundle) -> None:
        history, self._scale = loaded.bundle.history, loaded.bundle.scale
        self._ratings_by_item = history.tocsc()
        self._counts = loaded.bundle.item_statistics.counts
        loved: Matrix = history.copy()
        loved.data = at_least(loved.data, liked_threshold(self._scale)).astype(np.float32)
        loved.eliminate_zeros()
        self._loved, self._loved_by_item = loved, loved.tocsc()
        self._n_lovers = np.bincount(loved.indices, minlength=loved.shape[1])

    def rating_summary(self, row: int) -> RatingSummary:
        """The ratings of the movie at an item row."""
        indptr = self._ratings_by_item.indptr
        stars: FloatArray = self._ratings_by_item.data[indptr[row] : indptr[row + 1]]
        if len(stars) < MIN_COUNT or self._scale is None:  # as for all movies of a bundle without people
            return RatingSummary(int(self._counts[row]), 0.0, 0.0, ())
        shares = np.bincount(self._scale.level_of(stars), minlength=len(self._scale.levels())) / len(stars)
        loved = float(at_least(stars, self._scale.liked_from).mean())
        return RatingSummary(len(stars), float(stars.mean()), loved, shares.tolist())

    def also_loved(self, loaded: LoadedBundle, row: int) -> list[AlsoLoved]:
        """The movies with the highest cosine similarity of the people who loved them, as ``loaded`` has them."""
        indptr = self._loved_by_item.indptr
        lovers = self._loved_by_item.indices[indptr[row] : indptr[row + 1]]
        n_shared = np.bincount(self._loved[lovers].indices, minlength=len(self._n_lovers))
        similarity = np.where(n_shared >= MIN_COUNT, n_shared / np.sqrt(np.maximum(self._n_lovers, 1)), 0.0)
        similarity[row] = 0.0
        best = np.argsort(-similarity, kind="stable")[:_N_ALSO_LOVED].tolist()
        return [AlsoLoved(movie_view(loaded, item), int(n_shared[item])) for item in best if similarity[item] > 0]
