"""Ratings written as text: with a decimal comma, as a percentage, out of ten, or as stars."""

from __future__ import annotations

import polars as pl

from reelgraph.core import FloatArray

_OUT_OF = r"^([+-]?[\d.]+)\s*(?:/|of|von|sur|de|su|out of)\s*(\d+(?:\.\d+)?)$"
_PERCENT = r"^([+-]?[\d.]+)\s*%$"
_STARS = r"^[★⭐✭✮*]*[½☆✩]*$"
_MIN_SHARE = 0.5  # of the ratings that must be "out of" one number for it to be the end of the scale


def parse_stars(text: pl.Series) -> tuple[FloatArray, float | None]:
    """The ratings in a column of text.

    Args:
        text: ``(n,)``; null where missing.

    Returns:
        ``(n,)`` float64, NaN where it is no rating, and the highest possible rating if the text says it.
    """
    numbers = text.cast(pl.Float64, strict=False)
    if numbers.null_count() == text.null_count():
        return _floats(numbers), None
    plain = text.str.replace(r"^([+-]?\d+),(\d+)", "$1.$2")  # a decimal comma
    numbers = numbers.fill_null(plain.cast(pl.Float64, strict=False))
    percent = plain.str.extract(_PERCENT).cast(pl.Float64, strict=False)
    top, highest = (plain.str.extract(_OUT_OF, group).cast(pl.Float64, strict=False) for group in (1, 2))
    is_stars = plain.str.contains(_STARS).fill_null(False) & (plain != "").fill_null(False)
    n_stars = plain.str.count_matches("[★⭐✭✮*]") + 0.5 * plain.str.count_matches("½")
    stars = n_stars.zip_with(is_stars, pl.Series([None], dtype=pl.Float64))
    n_present = len(text) - text.null_count()
    end = _common(highest, n_present)
    if end is not None:
        return _floats(top.zip_with((highest == end).fill_null(False), pl.Series([None], dtype=pl.Float64))), end
    for column, end in ((percent, 100.0), (stars, 5.0)):
        if len(column) - column.null_count() >= _MIN_SHARE * n_present:
            return _floats(column), end
    return _floats(numbers), None


def _common(highest: pl.Series, n_present: int) -> float | None:
    """The number that most of the ratings are out of."""
    counts = highest.drop_nulls().value_counts(sort=True)
    if len(counts) == 0 or counts["count"][0] < _MIN_SHARE * n_present:
        return None
    return float(counts[highest.name][0])


def _floats(column: pl.Series) -> FloatArray:
    values: FloatArray = column.fill_null(float("nan")).to_numpy()
    return values
