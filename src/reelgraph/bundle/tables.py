"""Ids and metadata of a bundle as the bytes of Parquet files, and back."""

from __future__ import annotations

import io

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, Catalogue
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data.catalogue_table import catalogue_from_frame, catalogue_to_frame, id_array


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
