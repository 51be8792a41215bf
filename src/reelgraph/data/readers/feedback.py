"""Do the values of a rating column mean stars, views or counts? Decided by the values and the name of the column."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.core import Feedback, FloatArray, Ratings
from reelgraph.core.errors import ConfigError
from reelgraph.data.readers.column_names import is_count_name

SET_FEEDBACK = "if this is not right, set it: --feedback explicit|implicit|counts, in Python feedback='explicit'"
"""What to do about feedback that was recognised wrongly."""

_LIKES = """
    like liked likes love loved yes y true t up upvote upvoted thumbs_up thumb_up thumbsup positive pos plus good + 1
    favourite favorite recommended view viewed views watch watched seen play played click clicked purchase purchased buy
    bought 👍 ❤ ♥ ja oui si sí sim да gefällt_mir mag_ich me_gusta j'aime mi_piace gosto нравится
"""
_DISLIKES = """
    dislike disliked dislikes hate hated no n false f down downvote downvoted thumbs_down thumb_down thumbsdown negative
    neg minus bad - -1 0 not_recommended skip skipped 👎 nein non não нет gefällt_mir_nicht mag_ich_nicht no_me_gusta
    neutral meh indifferent je_n'aime_pas non_mi_piace não_gosto не_нравится
"""
_WORDS: Mapping[str, float] = dict.fromkeys(_DISLIKES.split(), 0.0) | dict.fromkeys(_LIKES.split(), 1.0)
_MIN_WORDS = 0.95  # share of the texts that must be words for likes and dislikes
_MAX_STARS = 100.0  # no usual scale of ratings goes further
_MIN_ABOVE_STARS = 0.02  # share of the values above it that are not errors
_MAX_SMALL_SCALE = 10.0
_MIN_SHARE_OF_ONES = 0.2
_HALF = 0.5
_MIN_RATINGS = 20  # fewer are no evidence of a distribution
_TAIL = 5.0  # how many times the median the largest count is, at least


@dataclass(frozen=True)
class RecognisedFeedback:
    """What the values of a rating column mean.

    Args:
        feedback: what they are.
        values: ``(n,)`` as in `Ratings.rating`; 0 in rows that are no view, such as dislikes.
        notes: what people should know about it.
    """

    feedback: Feedback
    values: FloatArray
    notes: tuple[str, ...] = ()


def views(values: FloatArray, reason: str) -> RecognisedFeedback:
    """Rows that are all views, because of ``reason``, but for those whose value, ``(n,)``, is 0 or less."""
    is_view = ~(values <= 0)
    words = "every row is a view" if is_view.all() else "every row with a value above 0 is a view"
    return RecognisedFeedback("implicit", is_view.astype(np.float64), (f"{words}, without stars: {reason}",))


def recognise_feedback(
    values: FloatArray, feedback: Feedback | None = None, column: str = "rating"
) -> RecognisedFeedback:
    """Recognise views and counts among ratings; all else is explicit.

    Views: every value is 1, or values are 0 and 1, or -1 and 1 (perhaps with 0), of which only 1 is a view. Counts: the
    column has the name of counts, such as ``plays``; or all values are whole numbers and some are above 100; or 1 is
    the most frequent of them and the largest is above 10 and at least five times the median; or half of them or more
    are 1 and each larger number is rarer. Other whole numbers, such as those of a scale from 1 to 5, 1 to 10 or 0 to
    100, are stars.

    Args:
        values: ``(n,)`` float64, NaN where missing.
        feedback: what the values are, as a person says; None to recognise it.
        column: its name.
    """
    present = values[np.isfinite(values)]
    if feedback == "explicit" or len(present) == 0:
        return RecognisedFeedback("explicit", values)
    if feedback == "counts":
        return RecognisedFeedback("counts", np.maximum(values, 0.0), ("ratings are read as counts, as set",))
    levels = {level for level in (-1.0, 0.0, 1.0) if (present == level).any()}
    if 1.0 in levels and np.isin(present, list(levels)).all():
        reason = "every rating is 1" if levels == {1.0} else f"ratings are only {_list_of(levels)}"
        return _implicit(np.where(np.isnan(values), np.nan, np.where(values == 1.0, 1.0, 0.0)), reason)
    reason = _count_reason(present, column)
    if reason:
        note = f"ratings are read as counts, without stars: {reason}; {SET_FEEDBACK}"
        return RecognisedFeedback("counts", values, (note,))
    return RecognisedFeedback("explicit", values)


def with_feedback(ratings: Ratings, feedback: Feedback) -> Ratings:
    """Explicit ratings as views or counts, as a person says.

    Raises:
        ConfigError: the ratings have no scale, and are to be explicit.
    """
    if feedback == "explicit":
        raise ConfigError("feedback", f"{ratings.source} has {ratings.feedback} feedback, and no stars")
    meaning = (
        views(ratings.rating, "as set") if feedback == "implicit" else recognise_feedback(ratings.rating, feedback)
    )
    return dataclasses.replace(
        ratings, rating=meaning.values, scale=None, feedback=feedback, notes=ratings.notes + meaning.notes
    )


def _implicit(values: FloatArray, reason: str) -> RecognisedFeedback:
    note = f"ratings are read as views, without stars: {reason}; {SET_FEEDBACK}"
    return RecognisedFeedback("implicit", values, (note,))


def _list_of(levels: set[float]) -> str:
    *first, last = sorted(levels)
    return f"{', '.join(f'{level:g}' for level in first)} and {last:g}"


def _count_reason(present: FloatArray, column: str) -> str:
    """Why the values are counts; "" if they are not."""
    if (present < 0).any():
        return ""
    if is_count_name(column):
        return f"the column is called {column!r}"
    share_of_ones = float(np.mean(present == 1.0))
    is_mostly_small = np.mean(present > _MAX_STARS) < _MIN_ABOVE_STARS
    if (is_mostly_small and share_of_ones < _MIN_SHARE_OF_ONES) or not (present % 1 == 0).all():
        return ""
    if not is_mostly_small:
        return f"whole numbers up to {present.max():g}"
    levels, frequency = np.unique(present[present > 0], return_counts=True)
    if len(levels) < 2 or levels[0] != 1.0 or frequency[0] < frequency.max():
        return ""
    has_tail = levels[-1] > _MAX_SMALL_SCALE and levels[-1] >= _TAIL * np.median(present)
    is_falling = len(present) >= _MIN_RATINGS and share_of_ones >= _HALF and (np.diff(frequency) <= 0).all()
    if not has_tail and not is_falling:
        return ""
    return f"{share_of_ones:.0%} of them are 1, the most frequent number, and the largest is {levels[-1]:g}"


def parse_likes(text: pl.Series) -> FloatArray | None:
    """Likes and dislikes in words as 1 and 0.

    Args:
        text: ``(n,)``; null where missing.

    Returns:
        ``(n,)`` float64, NaN where missing or another word; None if it is not a column of such words.
    """
    present = text.drop_nulls()
    if len(present) == 0 or len(present) == present.cast(pl.Float64, strict=False).drop_nulls().len():
        return None
    words = text.str.strip_chars().str.to_lowercase().str.replace_all(r"(\w)[\s_-]+(\w)", "${1}_$2")
    values = words.replace_strict(_WORDS, default=None, return_dtype=pl.Float64)
    if len(values) - values.null_count() < _MIN_WORDS * len(present):
        return None
    likes: FloatArray = values.fill_null(float("nan")).to_numpy()
    return likes
