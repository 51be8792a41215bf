"""The smallest change of a person's ratings that brings an item into their list, or out of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reelgraph.bundle import Bundle
from reelgraph.core import IntArray, Scorer
from reelgraph.core.display import Displayed, Table, counted
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.explain.counterfactual_search import ChangeSet, CounterfactualSearch
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.recommend.what_if import Changes


@dataclass(frozen=True)
class RatingChange:
    """One changed rating.

    Args:
        item_id: the rated item.
        title: its title.
        stars: the rating as given; None where the item was seen without one.
        becomes: the new rating, or None when the model should not see it (the item still counts as seen).
    """

    item_id: int | str
    title: str
    stars: float | None
    becomes: float | None


@dataclass(frozen=True, repr=False)
class Counterfactual(Displayed):
    """What would have to be different.

    Args:
        item_id: the item.
        title: its title.
        k: length of the list.
        rank: current rank of the item among all items that may be listed, from 1.
        after: its rank under the changes; the same when no changes were found.
        alterations: the changed ratings; empty when none were found. More than ``most`` were chosen greedily.
        smallest: True when it is certain that fewer changed ratings are not enough. When no changes were found: that
            no set of up to ``most`` is enough.
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
        parts = [_in_words(change) for change in self.alterations]
        uncertain = "" if self.smallest else " (fewer changes may do too)"
        return Table(f"{rank}; it would be number {self.after} with: {'; '.join(parts)}{uncertain}")

    @property
    def changes(self) -> Changes:
        """The changes as `Recommender.recommend` takes them."""
        stars = {change.item_id: change.becomes for change in self.alterations if change.becomes is not None}
        return Changes(stars=stars, mute=[change.item_id for change in self.alterations if change.becomes is None])


def _in_words(change: RatingChange) -> str:
    if change.stars is None:
        return f"{change.title} not counted (you have seen it)"
    if change.becomes is None:
        return f"{change.title} not counted (you gave {change.stars:g})"
    return f"{change.title} with {change.becomes:g} in place of {counted(change.stars, 'star')}"


def counterfactual(
    bundle: Bundle,
    scorer: Scorer,
    popularity: Scorer,
    history: WeightedHistory,
    candidates: IntArray,
    item_row: int,
    k: int,
    most: int,
) -> Counterfactual:
    """See `Recommender.counterfactual`.

    Args:
        bundle: ids and titles.
        scorer: ranks.
        popularity: ranks for a person without ratings.
        history: the person.
        candidates: ``(n_candidates,)`` item rows that may be listed, ascending.
        item_row: the item.
        k: length of the list.
        most: largest number of changed ratings in the exhaustive search.

    Raises:
        ConfigError: the item may not be listed at all, or ``most`` is below 1.
    """
    if most < 1:
        raise ConfigError("most", f"{most} is not at least 1")
    if item_row not in candidates:
        title = bundle.catalogue.title[item_row]
        raise ConfigError("item", f"{title} may not be listed: it was rated, or it is filtered out")
    search = CounterfactualSearch(bundle, scorer, popularity, history, item_row, candidates, k)
    n_entries = history.ratings.nnz
    is_smallest = True
    for size in range(1, min(most, n_entries) + 1):
        for change_set in search.change_sets(size):
            rank = search.rank(change_set)
            if (rank <= k) != search.is_listed:
                return _result(bundle, search, change_set, rank, is_smallest)
        is_smallest = is_smallest and search.is_exhaustive
    change_set = search.greedy_changes() if n_entries > most else ()
    rank = search.rank(change_set)
    if (rank <= k) == search.is_listed:
        return _result(bundle, search, (), search.rank_before, is_smallest)
    return _result(bundle, search, change_set, rank, is_smallest=False)


def _result(
    bundle: Bundle, search: CounterfactualSearch, change_set: ChangeSet, rank: int, is_smallest: bool
) -> Counterfactual:
    """The changes with ids and titles."""
    items, titles, stars_given = bundle.items, bundle.catalogue.title, search.history.stars_given
    changes = []
    for position, option in change_set:
        row, stars = search.history.ratings.indices[position], float(stars_given[position])
        becomes = float(search.levels[option]) if option else None
        has_stars = bundle.scale is not None and not math.isnan(stars)
        changes.append(RatingChange(items.id(row), str(titles[row]), stars if has_stars else None, becomes))
    item_row = search.item_row
    return Counterfactual(
        items.id(item_row), str(titles[item_row]), search.k, search.rank_before, rank, tuple(changes), is_smallest
    )
