"""A catalogue as a table, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, Catalogue
from reelgraph.core.ratings import LIST_DETAILS, TEXT_DETAILS


def catalogue_to_frame(catalogue: Catalogue) -> pl.DataFrame:
    """A catalogue as a table; of the details only those that a movie has."""
    text_list = pl.List(pl.String)
    details = {
        name: pl.Series(list(map(list, values)) if name in LIST_DETAILS else values, dtype=kind)
        for names, kind in ((LIST_DETAILS, text_list), (TEXT_DETAILS, pl.String()))
        for name in names
        if any(values := getattr(catalogue, name))
    }
    return pl.DataFrame(
        {
            "item_id": pl.Series(catalogue.item_id),
            "title": pl.Series(catalogue.title.tolist(), dtype=pl.String),
            "year": pl.Series(catalogue.year),
            "genres": pl.Series([list(values) for values in catalogue.genres], dtype=text_list),
            "tags": pl.Series([list(values) for values in catalogue.tags], dtype=text_list),
            "people": pl.Series([list(values) for values in catalogue.people], dtype=text_list),
            "imdb_id": pl.Series(catalogue.imdb_id.tolist(), dtype=pl.String),
            "tmdb_id": pl.Series(catalogue.tmdb_id),
            "runtime": pl.Series(catalogue.runtime),
            **details,
        }
    )


def catalogue_from_frame(frame: pl.DataFrame) -> Catalogue:
    """The catalogue of a table of `catalogue_to_frame`; older bundles have no ``runtime`` and no details."""

    def tuples(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(values) for values in frame[name].to_list())

    details: dict[str, Any] = {name: tuples(name) for name in LIST_DETAILS if name in frame.columns}
    details |= {name: tuple(frame[name].to_list()) for name in TEXT_DETAILS if name in frame.columns}
    return Catalogue(
        item_id=id_array(frame["item_id"]),
        title=np.array(frame["title"].to_list(), dtype=np.str_),
        year=frame["year"].to_numpy().copy(),
        genres=tuples("genres"),
        tags=tuples("tags"),
        people=tuples("people"),
        imdb_id=np.array(frame["imdb_id"].to_list(), dtype=np.str_),
        tmdb_id=frame["tmdb_id"].to_numpy().copy(),
        runtime=frame["runtime"].to_numpy().copy() if "runtime" in frame.columns else np.empty(0, np.int64),
        **details,
    )


def id_array(column: pl.Series) -> AnyArray:
    """Ids as an array of text or int64."""
    if column.dtype == pl.String:
        return np.array(column.to_list(), dtype=np.str_)
    return column.to_numpy().copy()
