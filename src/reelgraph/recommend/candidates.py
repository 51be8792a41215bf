"""Which items may be in a person's list, and the best of them."""

from __future__ import annotations

import dataclasses
from functools import cached_property, lru_cache

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, BoundsScores, FloatArray, IntArray, Matrix, Scorer, TopK, single_row
from reelgraph.core.argument_checks import require_type
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.evaluation.full_ranking import top_k
from reelgraph.evaluation.ranked_lists import pruned_top_k
from reelgraph.recommend.catalogue_values import CatalogueValues
from reelgraph.recommend.cold_start import unscorable_items
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.history_scoring import score_histories, unweighted_scorer
from reelgraph.recommend.series_order import OpenSeries, SeriesOrder
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.recommend.weighted_history import WeightedHistory

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
        self.values = CatalogueValues(bundle.catalogue)
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

    def later_parts(self, seen: IntArray, filters: Filters | None = None) -> tuple[IntArray, IntArray]:
        """Films of series that an earlier one comes before, see `OpenSeries.later`; none with ``whole_series``.

        Args:
            seen: ``(m,)`` item rows that a person, or anybody of a group, has rated or seen.
            filters: which items may be listed; raises as above.
        """
        series = self.open_series(filters)
        nothing: IntArray = np.empty(0, np.int64)
        return (nothing, nothing) if series is None else series.later(seen)

    def open_series(self, filters: Filters | None = None) -> OpenSeries | None:
        """The series that `later_parts` goes by; None where all their films may be listed. Raises as above."""
        filters = _checked(filters)
        return None if filters.whole_series or not self._series else self._series.among(self._mask(filters))

    def top_k(
        self,
        scores: FloatArray,
        k: int,
        history: WeightedHistory,
        filters: Filters | None = None,
        part: int | None = None,
    ) -> TopK:
        """The k items with the best ``scores`` among those that may be listed; raises as above.

        Args:
            scores: ``(1, n_items)``.
            k: length of the list.
            history: the person.
            filters: which items may be listed.
            part: 0 for the first film of each series and those of none, 1 for the films that follow a first one, 2 for
                those after them, ... (see `later_parts`); None for all.
        """
        excluded, candidates = self._excluded(history, filters, part)
        return top_k(scores, excluded, k, candidates)

    def best(
        self,
        scorer: Scorer,
        k: int,
        history: WeightedHistory,
        filters: Filters | None = None,
        part: int | None = None,
    ) -> TopK:
        """The k items that ``scorer`` ranks best among those that may be listed; arguments and errors as `top_k`."""
        raise_if_interrupted()
        unweighted = unweighted_scorer([history], scorer)
        if unweighted is not None:
            bounded, ratings = unweighted
            if isinstance(bounded, BoundsScores):
                excluded, candidates = self._excluded(history, filters, part)
                return pruned_top_k(bounded, ratings, excluded, k, candidates)
        return self.top_k(score_histories([history], scorer), k, history, filters, part)

    def _excluded(
        self, history: WeightedHistory, filters: Filters | None, part: int | None
    ) -> tuple[Matrix | None, IntArray | BoolArray]:
        """Items never listed for this person, ``(1, n_items)`` CSR, and those that may be, both as for `top_k`."""
        filters = _checked(filters)
        later: IntArray = np.empty(0, np.int64)
        if part is not None:
            later, places = self.later_parts(history.ratings.indices, filters)
            if part > 0:
                return None, np.intersect1d(self.item_rows(history, filters), later[places == part])
        if filters.include is not None or filters.seen == "only":
            return None, np.setdiff1d(self.item_rows(history, filters), later)
        never = np.concatenate([self._never_listed(history, filters), later])
        excluded = single_row(np.ones(len(never), np.bool_), never, history.ratings.shape[1])
        return excluded, self._cached_mask(_person_independent(filters))

    @cached_property
    def _series(self) -> SeriesOrder:
        return SeriesOrder(self._bundle.catalogue)

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
        mask: BoolArray = filters.mask(self._bundle.items, self._bundle.catalogue, self._n_ratings, self.values)
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
    return dataclasses.replace(filters, exclude=(), include=None, seen="hidden", whole_series=False)
