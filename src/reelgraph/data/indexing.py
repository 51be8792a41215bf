"""Map external ids to rows, the last step before any computation."""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, IdIndex, IntArray, Interactions, Ratings, RowFault
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import DataFormatError

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
        int32 rows and float32 stars.

    Raises:
        DataFormatError: there are no ratings, or a row that ``clean`` would drop: one that could not be read, whose
            rating is missing or off the scale, or a repeated (user, item) pair.

    Cost: O(n log n).

    Examples:
        >>> import reelgraph as rg
        >>> data = rg.from_frame({"user": ["ann", "bob"], "item": ["heat", "big"], "rating": [5, 4]})
        >>> interactions = rg.index(data.ratings)
        >>> interactions.items.ids, interactions.item_row
        (array(['big', 'heat'], dtype='<U4'), array([1, 0], dtype=int32))
    """
    require_type("index", "ratings", ratings, Ratings)
    _check_rows(ratings)
    user_ids, user_row = np.unique(ratings.user_id, return_inverse=True)
    item_ids, item_row = np.unique(ratings.item_id, return_inverse=True)
    _check_pairs(ratings, user_row, item_row, len(item_ids))
    if min_rating is not None and ratings.scale is not None:
        is_kept = ratings.rating >= min_rating
        ratings = ratings.take(is_kept)
        user_ids, user_row = _drop_unused(user_ids, user_row[is_kept])
        item_ids, item_row = _drop_unused(item_ids, item_row[is_kept])
    if extra_items is not None and len(extra_items):
        all_ids = np.union1d(item_ids, extra_items)
        item_ids, item_row = all_ids, np.searchsorted(all_ids, item_ids)[item_row]
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
        feedback=ratings.feedback,
    )


def _drop_unused(ids: AnyArray, row: AnyArray) -> tuple[AnyArray, AnyArray]:
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


def _check_pairs(ratings: Ratings, user_row: AnyArray, item_row: AnyArray, n_items: int) -> None:
    pair: IntArray = user_row.astype(np.int64) * n_items + item_row
    sorted_rows = np.argsort(pair, kind="stable")
    repeated = sorted_rows[1:][pair[sorted_rows[1:]] == pair[sorted_rows[:-1]]]
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
