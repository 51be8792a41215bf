"""Item filters that count a person's ratings less the longer ago they were given."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

import numpy as np

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix, Scorer
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers.item_filter.compact import CompactFilterScorer
from reelgraph.scorers.item_filter.dense import ItemFilterScorer
from reelgraph.scorers.item_filter.low_rank import LowRankFilterScorer

FLOOR = 0.02
"""What a rating counts however long ago it was, beside one that was just given."""

_Filter = TypeVar("_Filter", bound=Scorer)


def recency_weights(history: Matrix, order: Matrix, recency: float) -> FloatArray:
    r"""What each rating counts for its age: :math:`c + (1 - q)^a`, a ratings ago, times what makes the mean 1.

    Args:
        history: ``(batch, n_items)`` CSR.
        order: see `ScoresInOrder.score_in_order`.
        recency: q, from 0 to below 1; 0 counts all alike.

    Returns:
        ``(nnz,)`` float64, in the order of ``history.data``, with the mean 1 for each person.

    Raises:
        CapabilityError: the places are not those of this history.

    Examples:
        >>> import numpy as np
        >>> from reelgraph.core import Matrix
        >>> from reelgraph.scorers.item_filter.recent import recency_weights
        >>> order = Matrix((np.array([1, 0]), np.array([3, 5]), np.array([0, 2])), shape=(1, 8))
        >>> recency_weights(order, order, 0.5).round(2)  # the rating of item 3 is the newer one
        array([1.32, 0.68])
    """
    counts = np.diff(history.indptr)
    ages = np.repeat(counts, counts) - 1 - order.data if order.nnz == history.nnz else np.array([-1])
    if ages.min(initial=0) < 0:
        raise CapabilityError("the places of the ratings are not those of this history", "give those of its rows")
    weights = FLOOR + (1.0 - recency) ** ages
    total = np.bincount(np.repeat(np.arange(len(counts)), counts), weights, len(counts))
    normalised: FloatArray = weights * np.repeat(counts / np.maximum(total, FLOOR), counts)
    return normalised


class RecentFilter:
    """Scores of ratings that count by their age, see `recency_weights`; without an order all count alike."""

    recency: float

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """Scores ``(batch, n_items)`` float32 of ratings in their order; times do not count beyond it."""
        values = self._entries(history) * recency_weights(history, order, self.recency)  # type: ignore[attr-defined]
        scores: FloatArray = self.score_entries(history, values)  # type: ignore[attr-defined]
        return scores

    def contributions_in_order(self, history: Matrix, order: Matrix, items: IntArray) -> Contributions:
        """What each movie of a history, ``(1, n_items)`` CSR, adds to the scores of ``items``; nothing else does.

        Args:
            history: of one person.
            order: as for :meth:`score_in_order`.
            items: ``(n,)`` item rows.
        """
        values = self._entries(history) * recency_weights(history, order, self.recency)  # type: ignore[attr-defined]
        shares = self.entry_shares(history, values, items)  # type: ignore[attr-defined]
        return Contributions(shares, conditioned_on="the order of the ratings")

    def refit_settings(self) -> tuple[str, dict[str, Any]] | None:
        """Those of the filter, and the recency."""
        refit = super().refit_settings()  # type: ignore[misc]
        return None if refit is None else (refit[0], {**refit[1], "recency": self.recency})


@dataclass(frozen=True)
class RecentItemFilterScorer(RecentFilter, ItemFilterScorer):
    """As `ItemFilterScorer`, where the last ratings count more.

    Args:
        recency: see `recency_weights`.
    """

    kind: ClassVar[str] = "recent-item-filter"
    recency: float = 0.0


@dataclass(frozen=True)
class RecentCompactFilterScorer(RecentFilter, CompactFilterScorer):
    """As `CompactFilterScorer`, where the last ratings count more.

    Args:
        recency: see `recency_weights`.
    """

    kind: ClassVar[str] = "recent-compact-filter"
    recency: float = 0.0


@dataclass(frozen=True)
class RecentLowRankFilterScorer(RecentFilter, LowRankFilterScorer):
    """As `LowRankFilterScorer`, where the last ratings count more.

    Args:
        recency: see `recency_weights`.
    """

    kind: ClassVar[str] = "recent-low-rank-filter"
    recency: float = 0.0


_RECENT: dict[type, type] = {
    ItemFilterScorer: RecentItemFilterScorer,
    CompactFilterScorer: RecentCompactFilterScorer,
    LowRankFilterScorer: RecentLowRankFilterScorer,
}


def with_recency(scorer: _Filter, recency: float) -> _Filter:
    """The item filter in which the last ratings count more, or the filter itself where ``recency`` is 0."""
    if not recency:
        return scorer
    instance: Any = scorer
    fields = {field.name: getattr(scorer, field.name) for field in dataclasses.fields(instance)}
    return cast(_Filter, _RECENT[type(scorer)](**fields, recency=recency))
