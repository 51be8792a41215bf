"""The search for the smallest set of changed ratings that brings an item into a list, or out of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, CombinesScorers, Explains, FloatArray, IntArray, Scorer, TopK, single_row
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.recommend.explain.contributions import weighted_contributions
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.recommend.list_order import BLOCK, agree_with_stars
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.liked_ratings import liked_ratings_of

_MAX_SETS = 200_000  # sets of ratings considered for each size
_MAX_TRIED_SETS = 300  # promising sets for which every change of stars is tried
_MAX_POSITIONS = 40  # ratings considered when each change needs a call of the model
_MAX_GREEDY_CHANGES, _GREEDY_POSITIONS = 15, 60  # changes made greedily, and ratings they are chosen from
_BLOCK_CELLS = 4_000_000  # numbers in a block of sets
_MAX_EFFECTS = 32_000_000  # numbers stored for the effects of single changes

ChangeSet = Sequence[tuple[int, int]]  # (position within the ratings, index of the new stars within the levels)


class CounterfactualSearch:
    """Finds sets of changes that may be enough, the smallest first, and computes their effect with the model.

    The gap of another candidate is its score minus the score of the item. When scores are plain sums, each changed
    rating shifts the gaps independently and the search is exact. Otherwise only single changes are exact, and the
    combined shift of a set is an estimate that must be checked.

    Args:
        bundle: scale.
        scorer: ranks.
        popularity: ranks for a person without ratings.
        history: the person. A movie seen without a rating can be hidden, but gets no stars.
        item_row: the item.
        candidates: ``(n_candidates,)`` item rows that may be listed, ascending.
        k: length of the list.
    """

    def __init__(
        self,
        bundle: Bundle,
        scorer: Scorer,
        popularity: Scorer,
        history: WeightedHistory,
        item_row: int,
        candidates: IntArray,
        k: int,
    ) -> None:
        self.popularity = popularity
        self.history, self.item_row, self.candidates, self.k = history, item_row, candidates, k
        self._model = scorer
        may_be_informed = liked_ratings_of(scorer) is not None and not history.is_empty  # by a change to more stars
        is_informed = history.informs(scorer) or may_be_informed
        self.scorer = _order_scorer(scorer if is_informed else popularity)
        levels = np.empty(0) if bundle.scale is None else bundle.scale.levels()
        self.levels = np.concatenate([[np.nan], levels])  # NaN: not seen by the model
        self.rank_before = self.rank(())
        self.is_listed = self.rank_before <= k
        self.is_exhaustive = True  # were all sets of the last size considered?
        self.is_plain_sum = self._is_plain_sum()
        self.positions = self._choose_positions() if is_informed else np.empty(0, np.int64)
        self._is_other = candidates != item_row
        self._gap = self._gaps([history])[0] if is_informed else np.empty(0)
        shifts = [self._shifts(position) for position in self.positions.tolist()]
        best = np.nanmax if self.is_listed else np.nanmin  # the best change of each rating, for each candidate
        self._best_shift = np.array([best(shift, axis=0) for shift in shifts]).reshape(len(shifts), len(self._gap))

    def rank(self, change_set: ChangeSet) -> int:
        """The rank of the item under these changes, by the model itself."""
        history = self._changed(change_set)
        scorer = self.scorer if history.informs(self._model) else self.popularity
        scores = score_histories([history], scorer)[0]
        item_score, candidate_scores = scores[self.item_row], scores[self.candidates]
        n_ties_before = np.count_nonzero(candidate_scores[self.candidates < self.item_row] == item_score)
        n_before = int(np.count_nonzero(candidate_scores > item_score) + n_ties_before)
        if not isinstance(scorer, LikedOrderScorer):
            return 1 + n_before
        start = n_before // BLOCK * BLOCK
        order = np.argsort(-candidate_scores, kind="stable")[: start + BLOCK]
        listed = TopK(self.candidates[order][None, :], candidate_scores[order][None, :])
        stars = history.predict_stars(scorer.stars, listed.items[0])
        if stars is None:
            return 1 + n_before
        agreed = agree_with_stars(listed, stars[None, :], scorer.agreement(np.array([history.n_rated])))
        return 1 + int(np.flatnonzero(agreed.items[0] == self.item_row)[0])

    def change_sets(self, size: int) -> Iterator[ChangeSet]:
        """Sets of this size that are enough by the gaps, those with the smallest change of stars first."""
        potential = np.maximum(self._best_shift if self.is_listed else -self._best_shift, 0.0).sum(axis=1)
        by_potential, n_considered = np.argsort(-potential, kind="stable"), len(self.positions)
        while math.comb(n_considered, size) > _MAX_SETS:
            n_considered -= 1
        agrees_with_stars = isinstance(self.scorer, LikedOrderScorer)  # the list then follows more than the gaps
        is_exact = self.is_plain_sum or (size == 1 and not agrees_with_stars)
        self.is_exhaustive = n_considered == self.n_entries and is_exact
        sufficient: list[tuple[float, ChangeSet]] = []
        for n_tried, members in enumerate(self._promising_sets(np.sort(by_potential[:n_considered]), size)):
            raise_if_interrupted()
            if n_tried == _MAX_TRIED_SETS:
                self.is_exhaustive = False
                break
            sufficient += self._sufficient_changes(self.positions[members])
        if size == self.n_entries:  # without any rating popularity ranks, which the gaps do not cover
            no_ratings = [(position, 0) for position in range(size)]
            sufficient.append((float(np.abs(self.history.ratings.data).sum()), no_ratings))
        sufficient += self._without_likes(size)
        yield from (
            change_set for _, change_set in sorted(sufficient, key=lambda distance_and_set: distance_and_set[0])
        )

    def _without_likes(self, size: int) -> list[tuple[float, ChangeSet]]:
        """The cheapest change after which no rating counts, if it has this size; the gaps are then rounding."""
        scorer = liked_ratings_of(self.scorer)
        if scorer is None:
            return []
        values = self.history.ratings.data.astype(np.float64)
        counted = np.flatnonzero(scorer.counts(values) & (self.history.weights > 0))
        if len(counted) != size:
            return []
        disliked = np.flatnonzero(self.levels <= scorer.disliked_to + 1e-4)  # NaN is not among them
        lowest_change = int(disliked[-1]) if len(disliked) else 0
        options = np.where(self.history.is_unrated[counted], 0, lowest_change)
        distance = np.abs(values[counted] - np.nan_to_num(self.levels[options])).sum()
        return [(float(distance), list(zip(counted.tolist(), options.tolist(), strict=True)))]

    def greedy_changes(self) -> ChangeSet:
        """More changes than can be searched: each time the most effective one, until it is enough or nothing helps."""
        sign = -1.0 if self.is_listed else 1.0
        potential = np.maximum(-sign * self._best_shift, 0.0).sum(axis=1)
        remaining = self.positions[np.argsort(-potential, kind="stable")[:_GREEDY_POSITIONS]].tolist()
        shifts = {position: self._shifts(position) for position in remaining}
        gap, change_set = self._gap, list[tuple[int, int]]()
        kth = len(gap) - self.k  # index of the k-th best of the others, in ascending order
        if kth < 0:
            return ()
        while remaining and len(change_set) < _MAX_GREEDY_CHANGES and not self._is_flipped(gap[None])[0]:
            raise_if_interrupted()
            current = sign * np.partition(gap, kth)[kth]
            outcomes = {p: sign * np.partition(gap + shifts[p], kth, axis=1)[:, kth] for p in remaining}
            position = min(remaining, key=lambda p: np.nanmin(outcomes[p]))
            option = int(np.nanargmin(outcomes[position]))
            if not outcomes[position][option] < current:
                return ()
            change_set.append((position, option))
            gap = gap + shifts[position][option]
            remaining.remove(position)
        return sorted(change_set)

    def _promising_sets(self, rows: IntArray, size: int) -> Iterator[IntArray]:
        """Sets that would be enough if each rating had its best effect on every candidate at once; no other can be."""
        best, largest = self._best_shift, np.zeros(1)
        if self.is_listed and len(best):
            largest = np.sort(best, axis=0)[-size:].sum(axis=0)
        # Candidates above the item must fall; to push the item out, only those that can get above it must rise.
        is_relevant = self._gap + largest > 0
        gap, best = self._gap[is_relevant], best[:, is_relevant]
        combinations = itertools.combinations(rows.tolist(), size)
        block_size = max(1, _BLOCK_CELLS // max(1, size * len(gap)))
        while members := list(itertools.islice(combinations, block_size)):
            raise_if_interrupted()
            sets = np.array(members)
            yield from sets[self._is_flipped(gap + best[sets].sum(axis=1))]

    def _sufficient_changes(self, positions: IntArray) -> Iterator[tuple[float, ChangeSet]]:
        """All changes of these ratings that are enough, with their distance: the sum of the changes of stars."""
        shifts = [self._shifts(position) for position in positions.tolist()]
        options = [np.flatnonzero(~np.isnan(shift[:, 0])) for shift in shifts]
        combinations = np.array(list(itertools.product(*options)))
        gaps = self._gap + sum(shift[combinations[:, n]] for n, shift in enumerate(shifts))
        for combination in combinations[self._is_flipped(gaps)].tolist():
            distance = np.abs(self.history.ratings.data[positions] - np.nan_to_num(self.levels[combination])).sum()
            yield float(distance), list(zip(positions.tolist(), combination, strict=True))

    def _is_flipped(self, gaps: FloatArray) -> BoolArray:
        """True where the item has changed sides (in or out of the list), for each of the gaps ``(sets, n)``."""
        n_above = np.count_nonzero(gaps > 0, axis=1)
        is_flipped: BoolArray = n_above >= self.k if self.is_listed else n_above < self.k
        return is_flipped

    @property
    def n_entries(self) -> int:
        """Number of movies that the person rated or saw."""
        return int(self.history.ratings.nnz)

    def _shifts(self, position: int) -> FloatArray:
        """What each new value of one rating adds to the gaps, ``(levels, n)``; NaN for values that it cannot get."""
        options = self._options(position)
        shifts = np.full((len(self.levels), len(self._gap)), np.nan)
        if not len(self._gap):
            return shifts
        if self.is_plain_sum:
            alone = replace(self.history.at(np.array([position])), user_row=None)
            gaps = self._gaps([alone, *(_with_value(alone, 0, float(self.levels[option])) for option in options)])
            shifts[options] = gaps[1:] - gaps[0]
        else:
            shifts[options] = self._gaps([self._changed([(position, option)]) for option in options]) - self._gap
        return shifts

    def _options(self, position: int) -> list[int]:
        """Indices within the levels that one rating can be changed to."""
        if self.history.is_unrated[position]:
            return [0]
        return np.flatnonzero(self.levels != self.history.ratings.data[position]).tolist()

    def _gaps(self, histories: Sequence[WeightedHistory]) -> FloatArray:
        """Scores of the other candidates minus that of the item, ``(len(histories), n)`` float64."""
        scores = score_histories(histories, self.scorer).astype(np.float64)
        gaps: FloatArray = scores[:, self.candidates[self._is_other]] - scores[:, [self.item_row]]
        return gaps

    def _changed(self, change_set: ChangeSet) -> WeightedHistory:
        """The history of the person under a set of changes."""
        history = self.history
        for position, option in sorted(change_set, reverse=True):  # from the end, as removing one moves those after it
            history = _with_value(history, position, float(self.levels[option]))
        return history

    def _is_plain_sum(self) -> bool:
        if not isinstance(self.scorer, Explains) or not self.n_entries:
            return False
        return not weighted_contributions(self.history, self.scorer, np.array([self.item_row])).conditioned_on

    def _choose_positions(self) -> IntArray:
        """Positions of the ratings that may be changed: all, or those furthest from the mean.

        Fewer than all where every change needs a call of the model, or their effects would not fit into memory.
        """
        limit = max(1, _MAX_EFFECTS // (len(self.levels) * len(self.candidates)))
        limit = limit if self.is_plain_sum else min(limit, _MAX_POSITIONS)
        if self.n_entries <= limit:
            return np.arange(self.n_entries)
        values = self.history.ratings.data
        deviation = np.abs(values - values.mean())
        return np.sort(np.argsort(-deviation, kind="stable")[:limit])


def _with_value(history: WeightedHistory, position: int, value: float) -> WeightedHistory:
    """The history with another value for one rating, or without it for NaN."""
    if np.isnan(value):
        return history.at(np.delete(np.arange(history.ratings.nnz), position))
    values = history.ratings.data.copy()
    values[position] = value
    ratings = single_row(values, history.ratings.indices, history.ratings.shape[1])
    return replace(history, ratings=ratings)


def _order_scorer(scorer: Scorer) -> Scorer:
    """The part that alone determines the order of a blend, if there is one: the blend only scales and shifts it."""
    if isinstance(scorer, CombinesScorers):
        parts = scorer.ranking_parts()
        if len(parts) == 1:
            return _order_scorer(parts[0][1])
    return scorer
