"""Map external ids to rows, the last step before any computation."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph.core import AnyArray, IdIndex, Interactions, Ratings, RowFault
from reelgraph.core.argument_checks import require_type
from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.core.pair_order import is_ascending
from reelgraph.data.id_rows import id_rows

_HINT = "run reelgraph.clean first"


def index(ratings: Ratings, *, min_rating: float | None = None, extra_items: AnyArray | None = None) -> Interactions:
    """Assign a row to every user and item, in ascending order of their ids.

    The edges keep the order of the ratings. With ``min_rating``, users and items without any remaining rating get no
    row, as if the data set had never contained the lower ratings.

    Args:
        ratings: clean ratings, at least one.
        min_rating: keep only ratings of at least this many stars; None keeps all, and so do data without stars, in
            which every view counts.
        extra_items: ``(m,)`` item ids that get a row even without ratings, such as those of the catalogue.

    Returns:
        int32 rows and float32 stars; stars and times are those of ``ratings``, not copies, where they have this type.

    Raises:
        DataFormatError: there are no ratings, or a row that ``clean`` would drop: one that could not be read, whose
            rating is missing or off the scale, or a repeated (user, item) pair.

    Cost: O(n) where the ratings are in order of users and items, as those of MovieLens are; otherwise O(n log n).

    Examples:
        >>> import reelgraph as rg
        >>> data = rg.from_frame({"user": ["ann", "bob"], "item": ["heat", "big"], "rating": [5, 4]})
        >>> interactions = rg.index(data.ratings)
        >>> interactions.items.ids, interactions.item_row
        (array(['big', 'heat'], dtype='<U4'), array([1, 0], dtype=int32))
    """
    require_type("index", "ratings", ratings, Ratings)
    _check_rows(ratings)
    (user_ids, user_row), (item_ids, item_row) = id_rows(ratings.user_id), id_rows(ratings.item_id)
    interactions = Interactions(
        users=IdIndex(user_ids, "user"),
        items=IdIndex(item_ids, "item"),
        user_row=user_row,
        item_row=item_row,
        rating=ratings.rating.astype(np.float32, copy=False),
        timestamp=None if ratings.timestamp is None else ratings.timestamp.astype(np.int64, copy=False),
        scale=ratings.scale,
        feedback=ratings.feedback,
    )
    _check_pairs(ratings, interactions)
    if min_rating is not None and ratings.scale is not None:
        interactions = _without_unused(interactions.take(ratings.rating >= min_rating))
    if extra_items is not None and len(extra_items):
        interactions = _with_items(interactions, extra_items)
    if len(interactions) == 0:
        floor = "" if min_rating is None else f" of at least {counted(min_rating, 'star')}"
        raise DataFormatError(ratings.source, f"expected at least one rating{floor}, found none")
    return interactions


def _without_unused(interactions: Interactions) -> Interactions:
    """The same edges; only users and items that have one get a row."""
    (used_users, user_row), (used_items, item_row) = id_rows(interactions.user_row), id_rows(interactions.item_row)
    return dataclasses.replace(
        interactions,
        users=IdIndex(interactions.users.ids[used_users], "user"),
        items=IdIndex(interactions.items.ids[used_items], "item"),
        user_row=user_row,
        item_row=item_row,
    )


def _with_items(interactions: Interactions, extra_items: AnyArray) -> Interactions:
    """The same edges with a row for each of ``extra_items``, too."""
    item_ids = interactions.items.ids
    all_ids = np.union1d(item_ids, extra_items)
    if len(all_ids) == len(item_ids):
        return interactions
    rows = np.searchsorted(all_ids, item_ids).astype(np.int32)
    return dataclasses.replace(interactions, items=IdIndex(all_ids, "item"), item_row=rows[interactions.item_row])


def _check_rows(ratings: Ratings) -> None:
    if ratings.faults:
        fault: RowFault = ratings.faults[0]
        raise DataFormatError(
            ratings.source,
            f"a clean row, not one with {fault.kind}",
            line=fault.line,
            column=fault.column,
            value=fault.value,
            hint=_HINT,
        )
    is_invalid = ~ratings.is_valid()  # NaN is never valid
    if is_invalid.any():
        row, scale = int(np.argmax(is_invalid)), ratings.scale
        expected = "1 for each view" if ratings.feedback == "implicit" else "a count above 0"
        raise DataFormatError(
            ratings.source,
            expected if scale is None else f"a rating from {scale}",
            line=ratings.first_line + row,
            column="rating",
            value=f"{ratings.rating[row]:g}",
            hint=_HINT,
        )


def _check_pairs(ratings: Ratings, interactions: Interactions) -> None:
    user, item, order = interactions.user_row, interactions.item_row, interactions.order
    if order is None and is_ascending(user, item, strictly=True):
        return
    order = np.arange(len(interactions)) if order is None else order
    user, item = user[order], item[order]
    repeated = order[1:][(user[1:] == user[:-1]) & (item[1:] == item[:-1])]
    if len(repeated) == 0:
        return
    row = int(repeated.min())
    raise DataFormatError(
        ratings.source,
        "each (user, item) pair once",
        line=ratings.first_line + row,
        column="user_id, item_id",
        value=f"{ratings.user_id[row]}, {ratings.item_id[row]}",
        hint=_HINT,
    )
