"""The smallest change of a person's ratings that brings a movie into their list, or out of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from reelgraph.core import BoolArray, Explains, FloatArray, IntArray, Matrix, Scorer, single_row
from reelgraph.core.display import Displayed, Table
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.what_if import Changes
from reelgraph.scorers import BlendScorer

if TYPE_CHECKING:
    from reelgraph.recommend.filters import Filters
    from reelgraph.recommend.recommender import Recommender
    from reelgraph.recommend.weighted_history import Person

_SETS = 200_000  # sets of ratings looked at for each size
_TRIED = 300  # promising sets whose every change of stars is tried
_ASKED = 40  # ratings changed one by one where the model is no plain sum
_GREEDY, _GREEDY_AMONG = 15, 60  # changes at most where none so few do, and ratings they are taken from
_CELLS = 4_000_000  # of a block of sets
_KEPT = 32_000_000  # numbers that the single changes may take

_Chosen = Sequence[tuple[int, int]]  # places within the history, and of their new stars within the levels


@dataclass(frozen=True)
class RatingChange:
    """One changed rating.

    Args:
        item_id: the rated movie.
        title: its title.
        stars: as given.
        becomes: other stars, or None where the rating is not to be learnt from (the movie stays seen).
    """

    item_id: int | str
    title: str
    stars: float
    becomes: float | None


@dataclass(frozen=True, repr=False)
class Counterfactual(Displayed):
    """What would have to be different.

    Args:
        item_id: the movie.
        title: its title.
        k: length of the list.
        rank: of the movie now, from 1, among all that may be listed.
        after: its rank under the changes; the same where none were found.
        alterations: the changed ratings; empty where none were found. More than ``most`` were taken greedily.
        smallest: is it certain that fewer changed ratings do not do? Where none were found: that none of up to
            ``most`` do?
    """

    item_id: int | str
    title: str
    k: int
    rank: int
    after: int
    alterations: tuple[RatingChange, ...]
    smallest: bool

    def _display(self) -> Table:
        is_listed = self.rank <= self.k
        rank = f"{self.title} is number {self.rank}, {'in' if is_listed else 'not in'} the list of {self.k}"
        if not self.alterations:
            return Table(f"{rank}; no change of a few ratings would {'take it out' if is_listed else 'bring it in'}")
        parts = [
            f"{change.title} not counted (you gave {change.stars:g})"
            if change.becomes is None
            else f"{change.title} with {change.becomes:g} in place of {change.stars:g} stars"
            for change in self.alterations
        ]
        uncertain = "" if self.smallest else " (fewer changes may do too)"
        return Table(f"{rank}; it would be number {self.after} with: {'; '.join(parts)}{uncertain}")

    @property
    def changes(self) -> Changes:
        """To be given to `Recommender.recommend`."""
        stars = {one.item_id: one.becomes for one in self.alterations if one.becomes is not None}
        return Changes(stars=stars, mute=[one.item_id for one in self.alterations if one.becomes is None])


def counterfactual(
    recommender: Recommender, person: Person, item: int, k: int, filters: Filters | None, most: int
) -> Counterfactual:
    """See `Recommender.counterfactual`; ``item`` is an item row.

    Raises:
        ConfigError: the movie may not be listed at all, or ``most`` is under 1.
    """
    if most < 1:
        raise ConfigError("most", f"{most} is not at least 1")
    heard = recommender.history_for(person)
    candidates = recommender.candidates.rows(heard, filters)
    if item not in candidates:
        title = recommender.catalogue.title[item]
        raise ConfigError("item", f"{title} may not be listed: it was rated, or it is filtered out")
    search = _Search(recommender, heard.ratings, item, candidates, k)
    smallest = True
    for size in range(1, min(most, heard.ratings.nnz) + 1):
        for chosen in search.sets(size):
            after = search.rank(chosen)
            if (after <= k) != search.listed:
                return search.answer(chosen, after, smallest)
        smallest = smallest and search.exhausted
    chosen = search.greedy() if heard.ratings.nnz > most else ()
    after = search.rank(chosen)
    if (after <= k) == search.listed:
        return search.answer((), search.before, smallest)
    return search.answer(chosen, after, smallest=False)


class _Search:
    """Sets of changes that may do, the smallest first, and what they really do.

    The gap of another candidate is its score less that of the movie. Where scores are plain sums, each changed rating
    moves the gaps by itself, so the search is exact; else single changes are, and sets of them a guess to be tried.
    """

    def __init__(self, recommender: Recommender, rated: Matrix, item: int, candidates: IntArray, k: int) -> None:
        self.recommender, self.rated, self.item, self.k = recommender, rated, item, k
        self.candidates = candidates
        self.scorer = _ordering(recommender.scorer if rated.nnz else recommender.popularity)
        self.levels = np.concatenate([[0.0], recommender.scale.levels()])  # 0: not learnt from
        self.before = self.rank(())
        self.listed = self.before <= k
        self.exhausted = True  # was every set of the last size looked at?
        self.plain = self._is_plain_sum()
        self.places = self._places()
        self._others = candidates != item
        self._gap = self._gaps(rated)[0] if rated.nnz else np.empty(0)
        moves = [self._moves(place) for place in self.places.tolist()]
        pick = np.nanmax if self.listed else np.nanmin  # the best each rating can do for each candidate by itself
        self._best = np.array([pick(one, axis=0) for one in moves]).reshape(len(moves), len(self._gap))

    def rank(self, chosen: _Chosen) -> int:
        """The rank of the movie under these changes, by the model itself."""
        history = self._changed([chosen])
        scorer = self.scorer if history.nnz else self.recommender.popularity
        scores = scorer.score(history)[0]
        own, others = scores[self.item], scores[self.candidates]
        before = np.count_nonzero(others > own) + np.count_nonzero(others[self.candidates < self.item] == own)
        return 1 + int(before)

    def sets(self, size: int) -> Iterator[_Chosen]:
        """Sets of this size that do by the gaps, those with the least change of stars first."""
        near = np.maximum(self._best if self.listed else -self._best, 0.0).sum(axis=1)
        rows, fits = np.argsort(-near, kind="stable"), len(self.places)
        while math.comb(fits, size) > _SETS:
            fits -= 1
        self.exhausted = fits == self.rated.nnz and (self.plain or size == 1)
        found: list[tuple[float, _Chosen]] = []
        for number, members in enumerate(self._promising(np.sort(rows[:fits]), size)):
            if number == _TRIED:
                self.exhausted = False
                break
            found += self._that_do(self.places[members])
        if size == self.rated.nnz:  # nothing is left to learn from, so popularity answers, which the gaps do not know
            found.append((float(self.rated.data.sum()), [(place, 0) for place in range(size)]))
        yield from (chosen for _, chosen in sorted(found, key=lambda one: one[0]))

    def greedy(self) -> _Chosen:
        """More changes than can be searched: each time the one that helps most, until it does or nothing helps."""
        sign = -1.0 if self.listed else 1.0
        near = np.maximum(-sign * self._best, 0.0).sum(axis=1)
        left = self.places[np.argsort(-near, kind="stable")[:_GREEDY_AMONG]].tolist()
        moves = {place: self._moves(place) for place in left}
        gap, chosen = self._gap, list[tuple[int, int]]()
        edge = len(gap) - self.k  # the k-th best of the others
        if edge < 0:
            return ()
        while left and len(chosen) < _GREEDY and not self._turned(gap[None])[0]:
            now = sign * np.partition(gap, edge)[edge]
            tried = {place: sign * np.partition(gap + moves[place], edge, axis=1)[:, edge] for place in left}
            place = min(left, key=lambda one: np.nanmin(tried[one]))
            option = int(np.nanargmin(tried[place]))
            if not tried[place][option] < now:
                return ()
            chosen.append((place, option))
            gap = gap + moves[place][option]
            left.remove(place)
        return sorted(chosen)

    def _promising(self, rows: IntArray, size: int) -> Iterator[IntArray]:
        """Sets that would do if each rating did its best for every candidate at once: no other set can do."""
        best, top = self._best, np.zeros(1)
        if self.listed and len(best):
            top = np.sort(best, axis=0)[-size:].sum(axis=0)
        matter = self._gap + top > 0  # those above must fall; to push it out, those that can be above at all must rise
        gap, best = self._gap[matter], best[:, matter]
        combinations = itertools.combinations(rows.tolist(), size)
        block = max(1, _CELLS // max(1, size * len(gap)))
        while members := list(itertools.islice(combinations, block)):
            sets = np.array(members)
            yield from sets[self._turned(gap + best[sets].sum(axis=1))]

    def _that_do(self, places: IntArray) -> Iterator[tuple[float, _Chosen]]:
        """All options of these ratings that do, with their change of stars; one not learnt from changes by all."""
        moves = [self._moves(place) for place in places.tolist()]
        each = [np.flatnonzero(~np.isnan(one[:, 0])) for one in moves]
        combos = np.array(list(itertools.product(*each)))
        gaps = self._gap + sum(one[combos[:, n]] for n, one in enumerate(moves))
        for combo in combos[self._turned(gaps)].tolist():
            change = np.abs(self.rated.data[places] - self.levels[combo]).sum()
            yield float(change), list(zip(places.tolist(), combo, strict=True))

    def _turned(self, gaps: FloatArray) -> BoolArray:
        """Is the movie on the other side, for each of the gaps ``(sets, n)``?"""
        above = np.count_nonzero(gaps > 0, axis=1)
        turned: BoolArray = above >= self.k if self.listed else above < self.k
        return turned

    def _moves(self, place: int) -> FloatArray:
        """What each new value of one rating adds to the gaps, ``(levels, n)``; NaN for the value it has."""
        options = np.flatnonzero(self.levels != self.rated.data[place])
        moves = np.full((len(self.levels), len(self._gap)), np.nan)
        if self.plain:
            values = self.levels.astype(np.float32)
            alone = [self._one(place, value) for value in (self.rated.data[place], *values[options])]
            gaps = self._gaps(_stacked(alone))
            moves[options] = gaps[1:] - gaps[0]
        else:
            moves[options] = self._gaps(self._changed([[(place, option)] for option in options.tolist()])) - self._gap
        return moves

    def _gaps(self, histories: Matrix) -> FloatArray:
        """Scores of the other candidates less that of the movie, ``(batch, n)`` float64."""
        scores = self.scorer.score(histories).astype(np.float64)
        gaps: FloatArray = scores[:, self.candidates[self._others]] - scores[:, [self.item]]
        return gaps

    def _one(self, place: int, stars: float) -> Matrix:
        """One rating alone, ``(1, n_items)`` CSR, or nothing for 0 stars."""
        n = int(stars > 0)
        row = self.rated.indices[place : place + n]
        return single_row(np.full(n, stars, np.float32), row, self.rated.shape[1])

    def _changed(self, many: Sequence[_Chosen]) -> Matrix:
        """The person under each set of changes, ``(len(many), n_items)`` CSR."""
        rows = []
        for chosen in many:
            stars = self.rated.data.copy()
            for place, option in chosen:
                stars[place] = self.levels[option]
            kept = np.flatnonzero(stars)
            rows.append(single_row(stars[kept], self.rated.indices[kept], self.rated.shape[1]))
        return _stacked(rows)

    def _is_plain_sum(self) -> bool:
        if not isinstance(self.scorer, Explains) or not self.rated.nnz:
            return False
        return not self.scorer.contributions(self.rated, np.array([self.item])).conditioned_on

    def _places(self) -> IntArray:
        """Places of the ratings that are changed: all, or the most telling.

        So where the model must be asked each time, and where all would not go into the memory.
        """
        most = max(1, _KEPT // (len(self.levels) * len(self.candidates)))
        most = most if self.plain else min(most, _ASKED)
        if self.rated.nnz <= most:
            return np.arange(self.rated.nnz)
        far = np.abs(self.rated.data - self.rated.data.mean())
        return np.sort(np.argsort(-far, kind="stable")[:most])

    def answer(self, chosen: _Chosen, after: int, smallest: bool) -> Counterfactual:
        """The changes in words of the catalogue."""
        ids, titles = self.recommender.items.ids, self.recommender.catalogue.title
        alterations = []
        for place, option in chosen:
            row = self.rated.indices[place]
            becomes = float(self.levels[option]) if option else None
            alterations.append(RatingChange(ids[row].item(), str(titles[row]), float(self.rated.data[place]), becomes))
        return Counterfactual(
            ids[self.item].item(), str(titles[self.item]), self.k, self.before, after, tuple(alterations), smallest
        )


def _stacked(rows: Sequence[Matrix]) -> Matrix:
    return rows[0] if len(rows) == 1 else Matrix(sparse.vstack(rows, format="csr"))


def _ordering(scorer: Scorer) -> Scorer:
    """The part that alone makes the order of a blend, where there is one: its scores are only scaled and shifted."""
    if isinstance(scorer, BlendScorer):
        counting = [part for part, weight in zip(scorer.parts, scorer.weights, strict=True) if weight]
        if len(counting) == 1:
            return _ordering(counting[0])
    return scorer
