"""External ids to rows: the last step before anything is computed."""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, IdIndex, IntArray, Interactions, Ratings, RowFault
from reelgraph.core.errors import DataFormatError

_HINT = "run reelgraph.clean first"


def index(ratings: Ratings, *, min_rating: float | None = None, also: AnyArray | None = None) -> Interactions:
    """Give every user and item a row, in the ascending order of their ids.

    The edges keep the order of the ratings. With ``min_rating``, users and items that lose all their ratings get no
    row, so the numbers are those of a data set that never held the lower ratings.

    Args:
        ratings: clean ratings, at least one.
        min_rating: keep only ratings of at least this many stars; None keeps all.
        also: ``(m,)`` item ids that get a row too, rated or not, such as those of the catalogue.

    Returns:
        int32 rows and float32 stars.

    Raises:
        DataFormatError: there is nothing to index, or the ratings still hold a row that ``clean`` would have taken
            out: one that could not be read, that is missing or off the scale, or a repeated (user, item) pair.

    Cost: O(n log n).
    """
    _check_rows(ratings)
    user_ids, user_row = np.unique(ratings.user_id, return_inverse=True)
    item_ids, item_row = np.unique(ratings.item_id, return_inverse=True)
    _check_pairs(ratings, user_row, item_row, len(item_ids))
    if min_rating is not None:
        keep = ratings.rating >= min_rating
        ratings = ratings.take(keep)
        user_ids, user_row = _renumber(user_ids, user_row[keep])
        item_ids, item_row = _renumber(item_ids, item_row[keep])
    if also is not None and len(also):
        wider = np.union1d(item_ids, also)
        item_ids, item_row = wider, np.searchsorted(wider, item_ids)[item_row]
    if len(ratings) == 0:
        floor = "" if min_rating is None else f" of at least {min_rating:g} stars"
        raise DataFormatError(ratings.source, f"expected at least one rating{floor}, found none")
    return Interactions(
        users=IdIndex(user_ids, "user"),
        items=IdIndex(item_ids, "item"),
        user_row=user_row.astype(np.int32),
        item_row=item_row.astype(np.int32),
        rating=ratings.rating.astype(np.float32),
        timestamp=None if ratings.timestamp is None else ratings.timestamp.astype(np.int64),
        scale=ratings.scale,
    )


def _renumber(ids: AnyArray, row: AnyArray) -> tuple[AnyArray, AnyArray]:
    used, new_row = np.unique(row, return_inverse=True)
    return ids[used], new_row


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
    bad = ~ratings.scale.contains(ratings.rating)  # NaN is on no scale
    if bad.any():
        row = int(np.argmax(bad))
        scale = ratings.scale
        raise DataFormatError(
            ratings.source,
            f"a rating from {scale.low:g} to {scale.high:g} by {scale.step:g}",
            line=ratings.first_line + row,
            column="rating",
            value=f"{ratings.rating[row]:g}",
            hint=_HINT,
        )
    if len(ratings) and float(ratings.rating.min()) <= 0:
        row = int(np.argmin(ratings.rating))
        raise DataFormatError(
            ratings.source,
            "stars above 0, since 0 stands for no rating everywhere here",
            line=ratings.first_line + row,
            column="rating",
            value=f"{ratings.rating[row]:g}",
            hint="add a constant to all ratings, or leave out those that mean unrated",
        )


def _check_pairs(ratings: Ratings, user_row: AnyArray, item_row: AnyArray, n_items: int) -> None:
    pair: IntArray = user_row.astype(np.int64) * n_items + item_row
    order = np.argsort(pair, kind="stable")
    again = order[1:][pair[order[1:]] == pair[order[:-1]]]
    if len(again) == 0:
        return
    row = int(again.min())
    raise DataFormatError(
        ratings.source,
        "each (user, item) pair once",
        line=ratings.first_line + row,
        column="user_id, item_id",
        value=f"{ratings.user_id[row]}, {ratings.item_id[row]}",
        hint=_HINT,
    )
