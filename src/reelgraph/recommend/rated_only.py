"""Models of stars see the ratings of a person only, and none of the movies that were seen without a rating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import (
    AnyArray,
    BoolArray,
    CombinesScorers,
    Contributions,
    Explains,
    FloatArray,
    IntArray,
    Matrix,
    PredictsRating,
    Scorer,
)


def learns_from_views(scorer: Scorer) -> bool:
    """Whether a movie seen without a rating changes the ranking of ``scorer``.

    It does unless the model predicts stars. A blend learns from views if one of the parts that rank does.
    """
    if isinstance(scorer, CombinesScorers):
        return any(learns_from_views(part) for _, part in scorer.ranking_parts())
    return not isinstance(scorer, PredictsRating)


def rated_only_stars(scorer: Scorer, unrated_rows: IntArray) -> Scorer:
    """The scorer for a person who has seen movies without rating them: models of stars do not see these.

    Args:
        scorer: the model; of a blend, those parts that predict stars are restricted.
        unrated_rows: ``(k,)`` item rows that were seen without a rating.
    """
    if not len(unrated_rows):
        return scorer
    if isinstance(scorer, CombinesScorers):
        return scorer.with_parts([rated_only_stars(part, unrated_rows) for part in scorer.parts])
    if not isinstance(scorer, PredictsRating):
        return scorer
    restricted = _ExplainedRatedOnlyScorer if isinstance(scorer, Explains) else _RatedOnlyScorer
    return restricted(scorer, unrated_rows)


@dataclass(frozen=True)
class _RatedOnlyScorer:
    """A scorer that does not see some items of the histories.

    Args:
        scorer: the model.
        unrated_rows: ``(k,)`` item rows that it does not see.
    """

    kind: ClassVar[str] = "rated-only"
    scorer: Any  # a Scorer that may have further abilities
    unrated_rows: IntArray

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        n_items: int = self.scorer.n_items
        return n_items

    def score(self, history: Matrix) -> FloatArray:
        """Scores from the rated items of each of the ``(batch, n_items)`` histories."""
        scores: FloatArray = self.scorer.score(_at(history, self._is_rated(history)))
        return scores

    def arrays(self) -> dict[str, AnyArray]:
        """Those of the model."""
        arrays: dict[str, AnyArray] = self.scorer.arrays()
        return arrays

    def settings(self) -> dict[str, Any]:
        """Those of the model."""
        settings: dict[str, Any] = self.scorer.settings()
        return settings

    def _is_rated(self, history: Matrix) -> BoolArray:
        return ~np.isin(history.indices, self.unrated_rows)


@dataclass(frozen=True)
class _ExplainedRatedOnlyScorer(_RatedOnlyScorer):
    """The same for a model whose scores are sums over the ratings."""

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating adds; an item seen without a rating adds nothing."""
        is_rated = self._is_rated(history)
        contributions: Contributions = self.scorer.contributions(_at(history, is_rated), items)
        shares = np.zeros((len(items), history.nnz))
        shares[:, is_rated] = contributions.ratings
        return Contributions(shares, contributions.baseline_terms, contributions.conditioned_on)


def _at(history: Matrix, is_kept: BoolArray) -> Matrix:
    """Only some entries of ``(batch, n_items)`` histories."""
    indptr = np.concatenate([[0], np.cumsum(is_kept)])[history.indptr]
    return Matrix((history.data[is_kept], history.indices[is_kept], indptr), shape=history.shape)
