"""Which items may be in a person's list, and the best of them."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, BoundsScores, FloatArray, IntArray, Matrix, Scorer, TopK, single_row
from reelgraph.core.argument_checks import require_type
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.evaluation.full_ranking import top_k
from reelgraph.evaluation.ranked_lists import pruned_top_k
from reelgraph.recommend.cold_start import unscorable_items
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.recommend.weighted_history import WeightedHistory, unweighted_scorer

_CACHE_SIZE = 64  # filters whose masks are cached
_NO_FILTERS = Filters()


class CandidateSelector:
    """Selects the items that may be listed. The mask of filters that do not depend on the person is cached.

    Args:
        bundle: metadata and scorer.
        titles: finds the items that filters name by id or title.
        n_ratings: ``(n_items,)`` number of users who rated each item.
        is_new: ``(n_items,)`` items without training ratings.
    """

    def __init__(self, bundle: Bundle, titles: TitleLookup, n_ratings: IntArray, is_new: BoolArray) -> None:
        self._bundle, self._titles, self._n_ratings = bundle, titles, n_ratings
        self._is_unscorable = unscorable_items(bundle, is_new)
        self._cached_mask = lru_cache(_CACHE_SIZE)(self._mask_for_all)

    def item_rows(self, history: WeightedHistory, filters: Filters | None = None) -> IntArray:
        """Item rows that may be listed for a person, ascending.

        Raises:
            ConfigError: a filter is not valid.
            UnknownIdError: a filter names an unknown item.
        """
        filters = _checked(filters)
        mask = self._mask(filters).copy()
        mask[self._never_listed(history, filters)] = False
        if filters.seen == "only":
            mask[np.setdiff1d(np.arange(len(mask)), history.ratings.indices)] = False
        return np.flatnonzero(mask)

    def mask_for_everybody(self, filters: Filters) -> BoolArray:
        """Items that may be listed, ``(n_items,)``, but for what each person has rated; raises as `item_rows`."""
        mask = self._mask(filters).copy()
        mask[self._titles.rows(list(filters.exclude))] = False
        return mask

    def top_k(self, scores: FloatArray, k: int, history: WeightedHistory, filters: Filters | None = None) -> TopK:
        """The k items with the best ``scores``, ``(1, n_items)``, among those that may be listed; raises as above."""
        excluded, candidates = self._excluded(history, filters)
        return top_k(scores, excluded, k, candidates)

    def best(self, scorer: Scorer, k: int, history: WeightedHistory, filters: Filters | None = None) -> TopK:
        """The k items that ``scorer`` ranks best among those that may be listed; raises as above."""
        raise_if_interrupted()
        unweighted = unweighted_scorer([history], scorer)
        if unweighted is not None:
            bounded, ratings = unweighted
            if isinstance(bounded, BoundsScores):
                excluded, candidates = self._excluded(history, filters)
                return pruned_top_k(bounded, ratings, excluded, k, candidates)
        return self.top_k(history.score(scorer), k, history, filters)

    def _excluded(
        self, history: WeightedHistory, filters: Filters | None
    ) -> tuple[Matrix | None, IntArray | BoolArray]:
        """Items never listed for this person, ``(1, n_items)`` CSR, and those that may be, both as for `top_k`."""
        filters = _checked(filters)
        if filters.include is not None or filters.seen == "only":
            return None, self.item_rows(history, filters)
        never = self._never_listed(history, filters)
        excluded = single_row(np.ones(len(never), np.bool_), never, history.ratings.shape[1])
        return excluded, self._cached_mask(_person_independent(filters))

    def _never_listed(self, history: WeightedHistory, filters: Filters) -> IntArray:
        """Item rows not to be listed for this person; some may occur twice."""
        rated: IntArray = history.ratings.indices if filters.seen == "hidden" else np.empty(0, np.int64)
        excluded = self._titles.rows(list(filters.exclude))
        never: IntArray = np.concatenate([rated, history.hidden, excluded]).astype(np.int64)
        return never

    def _mask(self, filters: Filters) -> BoolArray:
        mask = self._cached_mask(_person_independent(filters))
        if filters.include is None:
            return mask
        is_included = np.zeros_like(mask)
        is_included[self._titles.rows(list(filters.include))] = True
        allowed: BoolArray = mask & is_included
        return allowed

    def _mask_for_all(self, filters: Filters) -> BoolArray:
        """Items that pass filters which name no item, ``(n_items,)``."""
        mask: BoolArray = filters.mask(self._bundle.items, self._bundle.catalogue, self._n_ratings)
        return mask & ~self._is_unscorable


def _checked(filters: Filters | None) -> Filters:
    """The filters; those that filter nothing for None."""
    if filters is None:
        return _NO_FILTERS
    require_type("recommend", "filters", filters, Filters)
    return filters


def _person_independent(filters: Filters) -> Filters:
    """The filters without those that name items or depend on the person; the mask of the rest is cached."""
    if filters is _NO_FILTERS:
        return filters
    return dataclasses.replace(filters, exclude=(), include=None, seen="hidden")
