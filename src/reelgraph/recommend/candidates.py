"""What may be in a person's list, and the best of it; what hangs on the filters alone is made once and kept."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, FloatArray, IntArray, TopK, single_row
from reelgraph.evaluation.full_ranking import top_k
from reelgraph.recommend import cold_start
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.weighted_history import WeightedHistory

_KEPT = 64  # filters whose movies are kept
_ALL = Filters()


class CandidateSelector:
    """Movies that may be listed.

    Args:
        bundle: gives ids and catalogue.
        viewers: ``(n_items,)`` people who rated each movie.
        new: ``(n_items,)`` movies without a rating that the model learnt from.
    """

    def __init__(self, bundle: Bundle, viewers: IntArray, new: BoolArray) -> None:
        self._bundle, self._viewers = bundle, viewers
        self.unlisted = cold_start.unlisted(bundle, new)
        self._kept = lru_cache(_KEPT)(self._allowed)

    def item_rows(self, heard: WeightedHistory, filters: Filters | None = None) -> IntArray:
        """Item rows that may be listed for a person, ascending.

        Raises:
            ConfigError: a filter is off.
            UnknownIdError: a filter names an unknown item.
        """
        filters = filters or _ALL
        left = self._mask(filters).copy()
        left[self._never(heard, filters)] = False
        if filters.seen == "only":
            left[np.setdiff1d(np.arange(len(left)), heard.ratings.indices)] = False
        return np.flatnonzero(left)

    def top_k(self, scores: FloatArray, k: int, heard: WeightedHistory, filters: Filters | None = None) -> TopK:
        """The k best of them by ``scores``, ``(1, n_items)``; raises as `rows`."""
        filters = filters or _ALL
        if filters.include is not None or filters.seen == "only":
            return top_k(scores, None, k, self.item_rows(heard, filters))
        never = self._never(heard, filters)
        masked = single_row(np.ones(len(never), np.bool_), never, scores.shape[1])
        return top_k(scores, masked, k, self._kept(_plain(filters)))

    def _never(self, heard: WeightedHistory, filters: Filters) -> IntArray:
        """Item rows not to be listed for this person, whatever else; some may come twice."""
        rated: IntArray = heard.ratings.indices if filters.seen == "hidden" else np.empty(0, np.int64)
        excluded = self._bundle.items.rows(list(filters.exclude))
        never: IntArray = np.concatenate([rated, heard.hidden, excluded]).astype(np.int64)
        return never

    def _mask(self, filters: Filters) -> BoolArray:
        mask = self._kept(_plain(filters))
        if filters.include is None:
            return mask
        chosen = np.zeros_like(mask)
        chosen[self._bundle.items.rows(list(filters.include))] = True
        both: BoolArray = mask & chosen
        return both

    def _allowed(self, filters: Filters) -> BoolArray:
        """Of filters that name no item: which movies pass, ``(n_items,)``."""
        passing: BoolArray = filters.allowed(self._bundle.items, self._bundle.catalogue, self._viewers)
        return passing & ~self.unlisted


def _plain(filters: Filters) -> Filters:
    """Without what names items or the person: what is kept hangs on the rest."""
    if filters is _ALL:
        return filters
    return dataclasses.replace(filters, exclude=(), include=None, seen="hidden")
