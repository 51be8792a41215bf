"""Ids and metadata of a bundle as the bytes of Parquet files, and back."""

from __future__ import annotations

import io

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, Catalogue
from reelgraph.core.forked_process import runs_after_fork


@runs_after_fork
def write_tables(catalogue: Catalogue, user_ids: AnyArray | None) -> tuple[bytes, bytes | None]:
    """The catalogue and the ids of the users as two Parquet files; None for no users."""
    users = None if user_ids is None else _parquet_bytes(pl.DataFrame({"user_id": user_ids}))
    return _parquet_bytes(catalogue_to_frame(catalogue)), users


@runs_after_fork
def read_tables(catalogue: bytes, users: bytes | None) -> tuple[Catalogue, AnyArray]:
    """The catalogue and the ids of the users in two Parquet files of `write_tables`; no ids without the second.

    Raises:
        ValueError: a file is not Parquet or lacks a column.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(catalogue))
        user_ids = np.empty(0, np.int64) if users is None else id_array(pl.read_parquet(io.BytesIO(users))["user_id"])
        return catalogue_from_frame(frame), user_ids
    except pl.exceptions.PolarsError as error:
        raise ValueError(str(error)) from None


def _parquet_bytes(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def catalogue_to_frame(catalogue: Catalogue) -> pl.DataFrame:
    """A catalogue as a table."""
    text_list = pl.List(pl.String)
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
        }
    )


def catalogue_from_frame(frame: pl.DataFrame) -> Catalogue:
    """The catalogue of a table of `catalogue_to_frame`; older bundles have no column ``runtime``."""

    def tuples(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(values) for values in frame[name].to_list())

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
    )


def id_array(column: pl.Series) -> AnyArray:
    """Ids as an array of text or int64."""
    if column.dtype == pl.String:
        return np.array(column.to_list(), dtype=np.str_)
    return column.to_numpy().copy()
