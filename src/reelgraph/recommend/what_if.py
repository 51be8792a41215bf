"""What if: other stars, ratings with less weight, or items never listed. The model is not fitted again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from reelgraph.core import AnyArray, Recommendations, single_row
from reelgraph.core.display import Table, Tabular, counted
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.recommend.weighted_history import WeightedHistory


@dataclass(frozen=True)
class Changes:
    """Changes to a person's history for one call; nothing is stored. Items are given by id or title.

    Args:
        stars: item -> stars: another value for a rating, or a new rating.
        mute: rated or seen items that the model does not see; they still count as seen, so they are not listed.
        damp: rated or seen item -> weight of its rating, from 0 (muted) to 1 (unchanged), see `WeightedHistory`.
        remove: rated or seen items removed altogether: the model does not see them, and they count as not seen.
        not_interested: items never listed; ratings of them are used as before.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> data = rg.from_frame(table)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> fit = rg.GraphFilter(choose=False).fit(split.train)
        >>> recommender = rg.Recommender(rg.Bundle.create(fit, data, split))
        >>> len(recommender.recommend({10: 5.0}, changes=rg.Changes(not_interested=[20])))
        1
    """

    stars: Mapping[int | str, float] = field(default_factory=dict)
    mute: Collection[int | str] = ()
    damp: Mapping[int | str, float] = field(default_factory=dict)
    remove: Collection[int | str] = ()
    not_interested: Collection[int | str] = ()

    def __bool__(self) -> bool:
        return bool(self.stars or self.mute or self.damp or self.remove or self.not_interested)

    def apply(self, history: WeightedHistory, items: TitleLookup) -> WeightedHistory:
        """The history with these changes.

        Weights of ratings in ``history`` itself are dropped: all start again at 1. Movies that get stars and were not
        in the history are its newest ones. Movies seen without a rating start at the weight that they have; with new
        ``stars`` they count as rated.

        Args:
            history: the person.
            items: finds the items by id or title. The stars must be on the scale.

        Raises:
            UnknownIdError: no such item.
            ConfigError: an item to mute, damp or remove is neither rated nor seen, or a weight is not in [0, 1].
        """
        ratings = history.ratings
        stars = dict(zip(ratings.indices.tolist(), ratings.data.tolist(), strict=True))
        new_stars = {items.row(item): float(value) for item, value in self.stars.items()}
        stars.update(new_stars)
        base_weights = np.where(history.is_unrated, history.weights, 1.0)
        weights = dict(zip(ratings.indices.tolist(), base_weights.tolist(), strict=True)) | dict.fromkeys(
            new_stars, 1.0
        )
        for item in self.mute:
            weights[_rated_row("mute", item, items, stars)] = 0.0
        for item, weight in self.damp.items():
            if not 0 <= weight <= 1:
                raise ConfigError("damp", f"{weight} is not valid for item {item}: expected a number from 0 to 1")
            weights[_rated_row("damp", item, items, stars)] *= float(weight)
        for item in self.remove:
            del stars[_rated_row("remove", item, items, stars)]
        item_rows = sorted(stars)
        changed = single_row(
            np.array([stars[row] for row in item_rows], np.float32), np.array(item_rows, np.int32), ratings.shape[1]
        )
        hidden = np.union1d(items.rows(list(self.not_interested)), history.hidden)
        unrated_rows = np.setdiff1d(history.unrated_rows, list(new_stars)).astype(np.int64)
        changed_weights = np.array([weights[row] for row in item_rows])

        def for_each(values: AnyArray | None, of_new: float) -> AnyArray | None:
            """``values`` of the entries that are still there, and a value of the new ones."""
            if values is None:
                return None
            value_of_row = dict(zip(ratings.indices.tolist(), values.tolist(), strict=True))
            return np.array([value_of_row.get(row, of_new) for row in item_rows], values.dtype)

        newest = 0 if history.order is None else int(history.order.max(initial=-1)) + 1
        return replace(
            history,
            ratings=changed,
            weights=changed_weights,
            hidden=hidden,
            unrated_rows=unrated_rows,
            order=for_each(history.order, newest),
            recency=for_each(history.recency, 1.0),
        )


def _rated_row(change: str, item: int | str, items: TitleLookup, stars: Mapping[int, float]) -> int:
    row = items.row(item)
    if row not in stars:
        raise ConfigError(change, f"item {item} is not among what the person rated or saw")
    return row


@dataclass(frozen=True)
class ItemRankChange:
    """An item whose rank changed.

    Args:
        item_id: the item.
        title: its title.
        before: rank before, from 1; None when it was not listed.
        after: rank after, likewise.
    """

    item_id: int | str
    title: str
    before: int | None
    after: int | None


@dataclass(frozen=True, repr=False)
class WhatIf(Tabular):
    """A list before and after changes.

    Args:
        before: the list without the changes.
        after: the list with them.
        moves: items whose rank changed, in the order of the new list; then those no longer listed.
    """

    before: Recommendations
    after: Recommendations
    moves: tuple[ItemRankChange, ...]

    @classmethod
    def of(cls, before: Recommendations, after: Recommendations) -> WhatIf:
        """Compare two lists."""
        ranks = [{line.item_id: line.rank for line in recommendations} for recommendations in (before, after)]
        titles = {line.item_id: line.title for line in (*after, *before)}
        moves = [ItemRankChange(item, title, ranks[0].get(item), ranks[1].get(item)) for item, title in titles.items()]
        return cls(before, after, tuple(move for move in moves if move.before != move.after))

    def to_dict(self) -> dict[str, Any]:
        """One row a move: ``item_id``, ``title`` and the ranks ``before`` and ``after``."""
        names = ("item_id", "title", "before", "after")
        return {name: [getattr(move, name) for move in self.moves] for name in names}

    def _display(self) -> Table:
        change = "changes its rank" if len(self.moves) == 1 else "change their rank"
        return Table(f"WhatIf: {counted(len(self.moves), 'movie')} {change}", self.to_dict())
