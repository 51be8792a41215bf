"""A split that comes as two or three tables of ratings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from reelgraph.core import Ratings, RatingScale, Split
from reelgraph.core.display import counted
from reelgraph.core.errors import LeakError
from reelgraph.data.indexing import index
from reelgraph.data.splitting.predefined import PredefinedSplit
from reelgraph.data.splitting.split import split


def split_of_tables(train: Ratings, test: Ratings, valid: Ratings | None = None) -> Split:
    """The split whose parts are given, such as the files that come with a paper.

    All users and items of the tables get a row. Validation and test fold in the ratings of train, and the test never
    ranks those of validation. People of the test without a rating in train have an empty history.

    Args:
        train: clean ratings.
        test: clean ratings, on the same scale; if the tables show different ones, the scale that holds both is taken.
        valid: the same; None for no validation part.

    Raises:
        LeakError: a rating is in two of the tables.
        ConfigError: one table has stars and the other has none.
        DataFormatError: a table has a row that ``clean`` would drop.
    """
    tables = [train, *([valid] if valid is not None else []), test]
    for position, table in enumerate(tables):
        for earlier_table in tables[:position]:
            _require_disjoint(earlier_table, table)
    ratings = train
    for table in tables[1:]:
        ratings = ratings.append(table)
    ratings = dataclasses.replace(ratings, scale=_widest([table.scale for table in tables]))
    ends = np.cumsum([len(table) for table in tables])
    valid_edges = np.arange(ends[0], ends[-2])
    name = " and ".join(table.source for table in tables)
    splitter = PredefinedSplit(np.arange(ends[-2], ends[-1]), valid_edges, valid=0.0, name=name)
    return split(index(ratings), splitter)


def _widest(scales: Sequence[RatingScale | None]) -> RatingScale | None:
    """The smallest scale that holds all; None without stars."""
    given_scales = [scale for scale in scales if scale is not None]
    if len(set(given_scales)) < 2:
        return scales[0]
    steps = [scale.step for scale in given_scales if scale.step is not None]
    step = min(steps) if len(steps) == len(given_scales) else None
    return RatingScale(min(scale.low for scale in given_scales), max(scale.high for scale in given_scales), step)


def _require_disjoint(first: Ratings, second: Ratings) -> None:
    pairs = set(_pairs(first))
    shared = [pair for pair in _pairs(second) if pair in pairs]
    if shared:
        user, item = shared[0]
        raise LeakError(
            f"{first.source} and {second.source} share {counted(len(shared), 'rating')}, "
            f"such as of user {user} and item {item}",
            "each rating may be in one of them only",
        )


def _pairs(ratings: Ratings) -> Iterator[tuple[str, str]]:
    """User and item of each rating, as text: ids may be numbers in one table and text in another."""
    return zip(ratings.user_id.astype(np.str_).tolist(), ratings.item_id.astype(np.str_).tolist(), strict=True)
