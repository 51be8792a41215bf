"""Ratings in a column without a known name: likes by their values, and a stop where a column may hold ratings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import polars as pl

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.column_names import TableColumns, is_like_name, is_similar
from reelgraph.data.readers.feedback import parse_likes
from reelgraph.data.readers.options import ReadOptions
from reelgraph.data.readers.stars import parse_stars

_NOT_RATINGS = """
    session age gender year month day weekday hour minute position pos rank row price device platform country zip
    zipcode episode season runtime duration budget revenue
"""
_MAX_LEVELS = 21  # of half stars up to 10
_HIGHEST = 10.0  # rating of the scales that are recognised here
_SAMPLE = 1000  # rows that are looked at


def find_ratings(
    table: TableColumns, unused: Mapping[str, pl.Series], options: ReadOptions, source: str, line: int | None = None
) -> TableColumns:
    """The table with a column of likes and dislikes as its ratings, if it has no others; without any, rows are views.

    Args:
        table: the columns by their names.
        unused: name -> ``(n,)`` values of the columns without a role.
        options: what a person says; nothing is looked for if they say which column it is, or what the rows are.
        source: the file or table, for messages.
        line: 1-based line of the header.

    Raises:
        DataFormatError: two columns hold likes, or a column may hold ratings; names it.
    """
    if "rating" in table.positions or "rating" in options.columns or options.feedback is not None:
        return table
    likes = _likes_column(unused, source)
    if likes is not None:
        return dataclasses.replace(table, positions={**table.positions, "rating": table.names.index(likes)})
    _require_no_ratings(unused, source, line)
    return table


def _likes_column(columns: Mapping[str, pl.Series], source: str) -> str | None:
    """The name of the column of likes and dislikes among those without a role, by its name and its values, or None.

    Args:
        columns: name -> ``(n,)`` values.
        source: the file or table, for the message.

    Raises:
        DataFormatError: there are two.
    """
    names = [name for name, column in columns.items() if is_like_name(name) and _are_likes(column)]
    if len(names) > 1:
        hint = f"choose one: --columns rating={names[0]}, in Python columns={{'rating': {names[0]!r}}}"
        raise DataFormatError(source, f"one column of likes, found {', '.join(map(repr, names))}", hint=hint)
    return names[0] if names else None


def _are_likes(column: pl.Series) -> bool:
    """True if there are only 0 and 1, or -1 and 1, or words that mean them."""
    if column.dtype.is_temporal() or column.dtype.is_nested():
        return False
    sample = column.drop_nulls().head(_SAMPLE).cast(pl.String).str.strip_chars()
    numbers = sample.cast(pl.Float64, strict=False)
    if parse_likes(sample) is not None:
        return True
    return len(sample) > 0 and numbers.null_count() == 0 and set(numbers.unique().to_list()) <= {-1.0, 0.0, 1.0}


def _require_no_ratings(columns: Mapping[str, pl.Series], source: str, line: int | None = None) -> None:
    """Check that no column without a role may hold ratings, before the rows of a table without any become views.

    Args:
        columns: name -> ``(n,)`` values, those that have no role in the table.
        source: the file or table, for the message.
        line: 1-based line of the header.

    Raises:
        DataFormatError: a column may hold ratings; names it.
    """
    name = _possible_rating(columns)
    if name is None:
        return
    option = f"--columns rating={name}, in Python columns={{'rating': {name!r}}}"
    raise DataFormatError(
        source,
        f"no column is known to hold ratings, but {name!r} may",
        line=line,
        column="rating",
        value=",".join(columns),
        hint=f"is it {name!r}? say so: {option}; if rows are views: --feedback implicit, in Python feedback='implicit'",
    )


def _possible_rating(columns: Mapping[str, pl.Series]) -> str | None:
    """The name of a column without a known name whose values may be ratings; None if there is none.

    Whole and half numbers up to 10 with three values or more may be, and so may texts such as ``4/5`` and ``★★★``, and
    any numbers in a column whose name is similar to those of ratings.

    Args:
        columns: name -> ``(n,)`` values, those that have no role in the table.
    """
    for name, column in columns.items():
        bare = "".join(letter for letter in name.split(":")[0].casefold() if letter.isalnum())
        if bare in _NOT_RATINGS.split() or bare.endswith(("id", "ids", "index", "idx")):
            continue
        sample = column.drop_nulls().head(_SAMPLE)
        if sample.dtype == pl.Boolean or sample.dtype.is_temporal() or sample.dtype.is_nested() or not len(sample):
            continue
        values, highest = parse_stars(sample.cast(pl.String).str.strip_chars())
        present = values[np.isfinite(values)]
        if len(present) < len(sample):
            continue
        n_levels = len(np.unique(present))
        is_small = present.min() >= 0 and present.max() <= _HIGHEST and (2 * present % 1 == 0).all()
        if highest is not None or is_similar("rating", name) or (is_small and 3 <= n_levels <= _MAX_LEVELS):
            return name
    return None
