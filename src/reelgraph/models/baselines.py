"""The training mean for everyone and everything."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelgraph.core import FitContext, FitResult, Interactions
from reelgraph.scorers import ConstantScorer


@dataclass(frozen=True)
class Constant:
    """Predicts the mean training rating: what a protocol must tell from a good model to mean anything."""

    name: ClassVar[str] = "constant"

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The mean of ``train``, stars."""
        started = time.perf_counter()
        mean = float(np.mean(train.rating, dtype=np.float64))
        return FitResult(ConstantScorer(mean, train.n_items), seconds=time.perf_counter() - started)
