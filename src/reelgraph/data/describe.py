"""`describe`: summary statistics of a data set."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import numpy as np

from reelgraph.core import NO_TIME, Dataset, FloatArray, IntArray, Ratings, RatingScale
from reelgraph.core.argument_checks import require_type

_MAX_LEVELS = 101  # whole numbers from 0 to 100
_RANGE_ENDS = (1, 2, 5, 10, 20, 50, 100, 1_000)  # of counts


def describe(data: Dataset) -> dict[str, Any]:
    """Summary statistics of a data set, JSON-serialisable.

    Rows that could not be read are counted under ``unreadable`` and excluded from all other figures.

    Args:
        data: from ``read`` or ``clean``.

    Returns:
        ``name``, ``source``, ``ratings``, ``unreadable``, ``users``, ``movies_rated``, ``movies_in_catalogue``,
        ``feedback``, ``scale`` (low, high, step; stars; None without); of stars ``levels`` (as text -> number) and
        ``mean_rating``, of views ``not_views`` (dislikes and zeros), of counts ``ranges`` (as text -> number),
        ``mean_count`` and ``median_count``; ``first`` and ``last`` (ISO dates UTC, None without times), ``density``
        (ratings / (users x rated movies)),
        ``median_ratings_per_user``, ``median_ratings_per_movie``, ``tags``, ``profiles``, ``sha256``,
        ``notes`` (sentences about the reading, such as columns not used).

    Examples:
        >>> import reelgraph as rg
        >>> figures = rg.describe(rg.from_frame({"user": [1, 2], "item": [10, 10], "rating": [4, 5]}))
        >>> figures["users"], figures["mean_rating"]
        (2, 4.5)
    """
    require_type("describe", "data", data, Dataset)
    ratings = data.ratings
    is_readable = np.ones(len(ratings), bool)
    is_readable[[fault.row for fault in ratings.faults]] = False
    users, user_counts = np.unique(ratings.user_id[is_readable], return_counts=True)
    items, item_counts = np.unique(ratings.item_id[is_readable], return_counts=True)
    stars = ratings.rating[is_readable]
    times = None if ratings.timestamp is None else ratings.timestamp[is_readable & (ratings.timestamp != NO_TIME)]
    n = int(is_readable.sum())
    return {
        "name": data.name,
        "source": ratings.source,
        "ratings": n,
        "unreadable": len(ratings) - n,
        "users": len(users),
        "movies_rated": len(items),
        "movies_in_catalogue": len(np.unique(data.catalogue.item_id)),
        "feedback": ratings.feedback,
        "scale": None if ratings.scale is None else dataclasses.asdict(ratings.scale),
        **_values(stars, ratings),
        "first": None if times is None or len(times) == 0 else _date(int(times.min())),
        "last": None if times is None or len(times) == 0 else _date(int(times.max())),
        "density": n / (len(users) * len(items)) if n else 0.0,
        "median_ratings_per_user": float(np.median(user_counts)) if n else 0.0,
        "median_ratings_per_movie": float(np.median(item_counts)) if n else 0.0,
        "tags": data.n_tags,
        "profiles": 0 if data.profiles is None else len(data.profiles),
        "sha256": data.sha256,
        "notes": list(ratings.notes),
    }


def _values(values: FloatArray, ratings: Ratings) -> dict[str, Any]:
    """What there is to say of the readable ratings, ``(n,)``, by their kind of feedback."""
    mean = round(float(values.mean(dtype=np.float64)), 4) if len(values) else None
    if ratings.feedback == "counts":
        median = float(np.median(values)) if len(values) else None
        return {"ranges": _ranges(values), "mean_count": mean, "median_count": median}
    if ratings.scale is None:
        return {"not_views": int(np.count_nonzero(values <= 0))}
    levels, counts = _level_counts(values, ratings.scale)
    named = {f"{value:g}": count for value, count in zip(levels.tolist(), counts.tolist(), strict=True)}
    return {"levels": named, "mean_rating": mean}


def _level_counts(stars: FloatArray, scale: RatingScale) -> tuple[FloatArray, IntArray]:
    """The different ratings and how often each occurs; many different ones count as the nearest level of the scale."""
    levels, counts = np.unique(stars, return_counts=True)
    if len(levels) <= _MAX_LEVELS:
        return levels, counts
    levels = scale.levels()
    return levels, np.bincount(scale.level_of(stars), minlength=len(levels))


def _ranges(counts: FloatArray) -> dict[str, int]:
    """How many counts are up to 1, up to 2, up to 5, up to 10, ... and above."""
    ends = np.array(_RANGE_ENDS)
    n_up_to = np.bincount(np.searchsorted(ends, counts), minlength=len(ends) + 1).tolist()
    names = [*(f"to {end:g}" for end in _RANGE_ENDS), "above"]
    return {name: n for name, n in zip(names, n_up_to, strict=True) if n}


def _date(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s"  # out of range for a date; `clean` drops such rows
