"""A catalogue as a table, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, Catalogue, IntArray
from reelgraph.core.catalogue import LIST_DETAILS, TEXT_DETAILS

_TEXTS = pl.List(pl.String())
_COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(("title", "imdb_id", *TEXT_DETAILS), pl.String()),
    **dict.fromkeys(("year", "tmdb_id", "runtime"), pl.Int64()),
    **dict.fromkeys(("genres", "tags", "people", *LIST_DETAILS), _TEXTS),
}
_OPTIONAL = {"runtime", *LIST_DETAILS, *TEXT_DETAILS}
_WORDS: dict[pl.DataType, str] = {
    pl.String(): "text",
    pl.Int64(): "whole numbers",
    _TEXTS: "lists of text",
    pl.Boolean(): "true or false",
}


def catalogue_to_frame(catalogue: Catalogue) -> pl.DataFrame:
    """A catalogue as a table; of the details only those that a movie has."""
    details = {
        name: pl.Series(list(map(list, values)) if name in LIST_DETAILS else values, dtype=kind)
        for names, kind in ((LIST_DETAILS, _TEXTS), (TEXT_DETAILS, pl.String()))
        for name in names
        if any(values := getattr(catalogue, name))
    }
    return pl.DataFrame(
        {
            "item_id": pl.Series(catalogue.item_id),
            "title": pl.Series(catalogue.title.tolist(), dtype=pl.String),
            "year": pl.Series(catalogue.year),
            "genres": pl.Series([list(values) for values in catalogue.genres], dtype=_TEXTS),
            "tags": pl.Series([list(values) for values in catalogue.tags], dtype=_TEXTS),
            "people": pl.Series([list(values) for values in catalogue.people], dtype=_TEXTS),
            "imdb_id": pl.Series(catalogue.imdb_id.tolist(), dtype=pl.String),
            "tmdb_id": pl.Series(catalogue.tmdb_id),
            "runtime": pl.Series(catalogue.runtime),
            **details,
        }
    )


@dataclass(frozen=True)
class ColumnFault:
    """A column of a table that cannot be that of a catalogue.

    Args:
        column: its name.
        found: its type, or what is wrong with its values; None where there is no such column.
        expected: what it should be.
    """

    column: str
    found: str | None
    expected: str


def column_fault(frame: pl.DataFrame, further: Mapping[str, pl.DataType] = MappingProxyType({})) -> ColumnFault | None:
    """The first column that is missing, has another type than `catalogue_to_frame` writes, or has gaps.

    Args:
        frame: a table.
        further: columns that it needs beside those of a catalogue, and their types.
    """
    expected: dict[str, pl.DataType] = {"item_id": pl.Int64(), **_COLUMNS, **further}
    for name, kind in expected.items():
        if name not in frame.columns:
            if name in _OPTIONAL:
                continue
            return ColumnFault(name, None, f"there is no such column, of {_WORDS[kind]}")
        column = frame[name]
        words = "whole numbers or text" if name == "item_id" else _WORDS[kind]
        is_kind = column.dtype.is_integer() if kind.is_integer() else column.dtype == kind
        if not is_kind and not (name == "item_id" and column.dtype == pl.String):
            return ColumnFault(name, str(column.dtype), words)
        if column.null_count() or (kind == _TEXTS and not column.equals(column.list.drop_nulls())):
            return ColumnFault(name, "null", f"{words}, empty or 0 where unknown")
    if frame["item_id"].is_duplicated().any():
        twice = frame["item_id"].filter(frame["item_id"].is_duplicated())[0]
        return ColumnFault("item_id", str(twice), "each id once")
    return None


def catalogue_from_frame(frame: pl.DataFrame) -> Catalogue:
    """The catalogue of a table of `catalogue_to_frame`; older bundles have no ``runtime`` and no details.

    Raises:
        ValueError: a column is missing or of another type.
    """
    fault = column_fault(frame)
    if fault is not None:
        found_type = "" if fault.found is None else f"found {fault.found}, expected "
        raise ValueError(f"column {fault.column!r}: {found_type}{fault.expected}")

    def tuples(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(values) for values in frame[name].to_list())

    details: dict[str, Any] = {name: tuples(name) for name in LIST_DETAILS if name in frame.columns}
    details |= {name: tuple(frame[name].to_list()) for name in TEXT_DETAILS if name in frame.columns}
    return Catalogue(
        item_id=id_array(frame["item_id"]),
        title=np.array(frame["title"].to_list(), dtype=np.str_),
        year=_integers(frame["year"]),
        genres=tuples("genres"),
        tags=tuples("tags"),
        people=tuples("people"),
        imdb_id=np.array(frame["imdb_id"].to_list(), dtype=np.str_),
        tmdb_id=_integers(frame["tmdb_id"]),
        runtime=_integers(frame["runtime"]) if "runtime" in frame.columns else np.empty(0, np.int64),
        **details,
    )


def id_array(column: pl.Series) -> AnyArray:
    """Ids as an array of text or int64."""
    if column.dtype == pl.String:
        return np.array(column.to_list(), dtype=np.str_)
    return column.to_numpy().copy()


def _integers(column: pl.Series) -> IntArray:
    return column.cast(pl.Int64).to_numpy().copy()
