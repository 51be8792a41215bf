"""Predictions that were made elsewhere, as a scorer, so that `evaluate` measures them like any model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import AnyArray, EvalPart, FloatArray, IntArray, Matrix, RatingDistribution, RatingPrediction
from reelgraph.core.errors import CapabilityError


@dataclass(frozen=True)
class StoredPredictions:
    """Stars of the target ratings of one part, and of nothing else.

    Args:
        part: the part that they are of.
        stars: ``(n_ratings,)`` in the order of ``part.target.data``.
    """

    kind: ClassVar[str] = "stored"
    part: EvalPart
    stars: FloatArray

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.part.target.shape[1])

    def rate_at(
        self,
        history: Matrix,
        target: Matrix,
        *,
        history_time: Matrix | None = None,
        target_time: Matrix | None = None,
        users: IntArray | None = None,
    ) -> RatingPrediction:
        """The stored stars of consecutive people of the part, ``(1, target.nnz)``.

        Raises:
            CapabilityError: other people or other ratings are asked about.
        """
        return self._prediction(self._place(target, users))

    def _prediction(self, here: slice) -> RatingPrediction:
        return RatingPrediction(self.stars[None, here])

    def _place(self, target: Matrix, users: IntArray | None) -> slice:
        asked = self.part.target
        if users is not None and len(users):
            first = int(np.searchsorted(self.part.users, users[0]))
            people = slice(first, first + len(users))
            here = slice(int(asked.indptr[first]), int(asked.indptr[min(people.stop, len(self.part))]))
            same_people = np.array_equal(self.part.users[people], users)
            if same_people and np.array_equal(asked.indices[here], target.indices):
                return here
        raise CapabilityError("stored predictions are of the ratings of one part, in its order")

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Not possible: ratings of a person who is not named."""
        raise CapabilityError("stored predictions are of the ratings of one part")

    def score(self, history: Matrix) -> FloatArray:
        """Not possible: scores of all items."""
        raise CapabilityError("stored predictions cannot rank")

    def arrays(self) -> dict[str, AnyArray]:
        """Nothing was fitted here."""
        return {}

    def settings(self) -> dict[str, Any]:
        """Nothing was fitted here."""
        return {}


@dataclass(frozen=True)
class StoredDistributions(StoredPredictions):
    """The same, with the probability of each level.

    Args:
        part: the part that they are of.
        stars: ``(n_ratings,)`` in the order of ``part.target.data``.
        distribution: ``(n_ratings, n_levels)`` in that order.
    """

    distribution: RatingDistribution

    @property
    def levels(self) -> FloatArray:
        """``(n_levels,)`` stars, ascending."""
        return self.distribution.levels

    def _prediction(self, here: slice) -> RatingPrediction:
        chances = RatingDistribution(self.distribution.levels, self.distribution.probability[None, here])
        return RatingPrediction(self.stars[None, here], chances)


@dataclass(frozen=True)
class StoredLists:
    """Stands for a ranking that was made elsewhere, of which the lists alone are known.

    Args:
        n_items: number of items.
    """

    kind: ClassVar[str] = "stored-lists"
    n_items: int

    def score(self, history: Matrix) -> FloatArray:
        """Not possible: scores of all items."""
        raise CapabilityError("stored lists have no scores")

    def arrays(self) -> dict[str, AnyArray]:
        """Nothing was fitted here."""
        return {}

    def settings(self) -> dict[str, Any]:
        """Nothing was fitted here."""
        return {}
