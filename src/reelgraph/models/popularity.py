"""Counts of ratings: the floor that every ranking must beat."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelgraph.core import FitContext, FitResult, Interactions
from reelgraph.scorers import PopularityScorer


@dataclass(frozen=True)
class Popularity:
    """Ranks items by their number of training ratings, the same for everyone."""

    name: ClassVar[str] = "popularity"

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Count the ratings of each item. Cost: O(edges)."""
        started = time.perf_counter()
        counts = np.bincount(train.item_row, minlength=train.n_items).astype(np.int64)
        return FitResult(PopularityScorer(counts), seconds=time.perf_counter() - started)
