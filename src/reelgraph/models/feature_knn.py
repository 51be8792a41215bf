"""A baseline for movies without ratings: whoever likes movies with the same features likes this one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy import sparse

from reelgraph.core import FitContext, FitResult, Interactions, Matrix, config
from reelgraph.models.content_based import known_features, likeness
from reelgraph.scorers import FeatureKNNScorer


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
            train.scale.liked_from,
        )
        return FitResult(scorer, seconds=time.perf_counter() - started)
