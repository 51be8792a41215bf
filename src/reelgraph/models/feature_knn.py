"""A baseline for movies without ratings: whoever likes movies with the same features likes this one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy import sparse

from reelgraph import config
from reelgraph.models.genre_popularity import LIKED, known_features
from reelgraph.scorers import FeatureKNNScorer
from reelgraph.types import FitContext, FitResult, IntArray, Interactions, Matrix

_ROWS = 1024  # movies whose neighbours are found at once


@dataclass(frozen=True)
class FeatureKNN:
    """Cosines of genres, years, decades, tags and title words with the nearest rated movies, and who likes those.

    Args:
        neighbours: rated movies kept for each movie; equals at the edge by item row.
        power: of the cosine, so that the nearest count most.
    """

    name: ClassVar[str] = "feature-knn"
    embeds_new: ClassVar[bool] = True
    neighbours: Annotated[int, Field(ge=1)] = 300
    power: Annotated[float, Field(gt=0)] = 3.0

    def __post_init__(self) -> None:
        config.check(self)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Find the neighbours. Cost: O(n_items^2 * features a movie), in blocks."""
        started = time.perf_counter()
        sides = known_features(train, context or FitContext(), ("genres", "year", "single year", "tags", "words"))
        alike = likeness(sides, np.unique(train.item_row).astype(np.int64), self.neighbours, self.power)
        total = np.asarray(alike.sum(axis=1)).ravel()
        alike = Matrix(sparse.diags_array(1.0 / np.where(total > 0, total, 1.0)) @ alike)
        alike.sort_indices()
        scorer = FeatureKNNScorer(
            alike.indices.astype(np.int32),
            alike.data.astype(np.float32),
            alike.indptr.astype(np.int64),
            LIKED * train.scale.high,
        )
        return FitResult(scorer, seconds=time.perf_counter() - started)


def likeness(features: Matrix, known: IntArray, neighbours: int, power: float) -> Matrix:
    """Powers of the cosines of features with the nearest known movies, a movie itself left out.

    Args:
        features: ``(n, n_features)`` 0/1 CSR.
        known: ``(m,)`` rows of the movies that may be neighbours.
        neighbours: how many are kept, at most; equals at the edge by item row.
        power: of the cosine.

    Returns:
        ``(n, n)`` CSR float64.
    """
    n, length = features.shape[0], np.sqrt(np.diff(features.indptr))
    units = Matrix(sparse.diags_array(1.0 / np.maximum(length, 1.0)) @ features.astype(np.float64))
    back = Matrix(units[known].T)
    blocks = [
        _nearest(units, back, known, slice(start, min(start + _ROWS, n)), neighbours) for start in range(0, n, _ROWS)
    ]
    found = Matrix(sparse.vstack(blocks, format="csr"))
    found.data **= power
    return found


def _nearest(units: Matrix, back: Matrix, known: IntArray, rows: slice, neighbours: int) -> sparse.csr_array:
    cosine = (units[rows] @ back).toarray()
    mine = np.arange(rows.start, rows.stop)
    cosine[mine[:, None] == known[None, :]] = 0.0
    width = min(neighbours, len(known))
    best = np.argsort(-cosine, axis=1, kind="stable")[:, :width]
    row = np.repeat(np.arange(len(mine)), width)
    values = np.take_along_axis(cosine, best, axis=1).ravel()
    found = sparse.csr_array((values, (row, known[best.ravel()])), shape=(len(mine), units.shape[0]))
    found.eliminate_zeros()
    return found
