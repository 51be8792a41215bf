"""The file of movie details that `reelgraph data enrich` writes beside a data set, and that `read` reads with it."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from reelgraph._util.atomic_files import atomic_write
from reelgraph.core import BoolArray, Catalogue, Dataset
from reelgraph.core.catalogue import LIST_DETAILS, TEXT_DETAILS
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data.catalogue_table import catalogue_from_frame, catalogue_to_frame, column_fault
from reelgraph.data.readers.files import DETAILS

_IS_NEW = "is_new"
_HINT = "make it again with: reelgraph data enrich, or remove the file"


def details_path(source: Path) -> Path:
    """Where the details of a data set lie: in its folder, or beside its file or zip under the name of that file."""
    return source / DETAILS if source.is_dir() else source.with_name(f"{source.stem}.{DETAILS}")


def write_details(path: Path, catalogue: Catalogue, is_new: BoolArray) -> None:
    """Write the details of movies.

    Args:
        path: the file; it is replaced in one step.
        catalogue: the movies.
        is_new: ``(n,)``, movies that the data set itself does not have.

    Raises:
        ConfigError: the file cannot be written.
    """
    buffer = io.BytesIO()
    catalogue_to_frame(catalogue).with_columns(pl.Series(_IS_NEW, is_new)).write_parquet(buffer)
    try:
        atomic_write(path, buffer.getvalue())
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror}") from None


def read_details(path: Path, *, only_new: bool = False) -> Catalogue:
    """The movies of a file of `write_details`.

    Args:
        path: the file.
        only_new: only those that the data set itself does not have.

    Raises:
        DataFormatError: the file is damaged, or is not one of `write_details`: a column is missing or of another type.
    """
    try:
        frame = pl.read_parquet(path.read_bytes())
        fault = column_fault(frame, {_IS_NEW: pl.Boolean()})
        if fault is not None:
            raise DataFormatError(str(path), fault.expected, column=fault.column, value=fault.found, hint=_HINT)
        return catalogue_from_frame(frame.filter(pl.col(_IS_NEW)) if only_new else frame)
    except (OSError, ValueError, TypeError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataFormatError(str(path), "details of movies", value=reason, hint=_HINT) from None


def with_details(data: Dataset, source: Path) -> Dataset:
    """The data set with the details that lie beside it; the same one where there are none.

    Raises:
        DataFormatError: the file is damaged, or is of another data set: its ids are of another kind, or none is known.
    """
    path = details_path(source)
    if not path.is_file():
        return data
    details = read_details(path)
    if len(data.catalogue) and details.item_id.dtype.kind != data.catalogue.item_id.dtype.kind:
        raise DataFormatError(str(path), "ids of the same kind as the data set", hint=_HINT)
    n_of_data = len(details) - len(read_details(path, only_new=True))
    n_known = int(np.isin(details.item_id, data.catalogue.item_id).sum())
    if n_of_data and not n_known:
        reason = f"none of its {counted(n_of_data, 'movie')} is in {data.name}"
        raise DataFormatError(str(path), "details of the movies of this data set", value=reason, hint=_HINT)
    digest = hashlib.sha256(data.sha256.encode() + path.read_bytes()).hexdigest()
    note = f"details of {counted(len(details), 'movie')} are read from {path.name}"
    if n_known < n_of_data:
        note += f"; {n_of_data - n_known:,} of them are not in the data set, and are listed as new"
    return dataclasses.replace(
        data,
        catalogue=merged(data.catalogue, details),
        sha256=digest,
        ratings=dataclasses.replace(data.ratings, notes=(*data.ratings.notes, note)),
    )


def merged(catalogue: Catalogue, details: Catalogue) -> Catalogue:
    """A catalogue with the details of its movies, followed by the movies that only ``details`` has.

    Titles, years, genres, people, ids and lengths that the catalogue has stay as they are.
    """
    same = details.aligned(catalogue.item_id)
    is_known = np.isin(catalogue.item_id, details.item_id)
    filled: dict[str, Any] = {}
    for name in ("year", "runtime", "tmdb_id", "imdb_id"):
        present, further = getattr(catalogue, name), getattr(same, name)
        filled[name] = np.where((present == present.dtype.type()) & is_known, further, present)
    for name in ("genres", "people", *LIST_DETAILS, *TEXT_DETAILS):
        filled[name] = tuple(
            present or further for present, further in zip(getattr(catalogue, name), getattr(same, name), strict=True)
        )
    filled["title_languages"] = tuple(
        present_languages if present else further
        for present, present_languages, further in zip(
            catalogue.translated_titles, catalogue.title_languages, same.title_languages, strict=True
        )
    )
    new_ids = details.item_id[~np.isin(details.item_id, catalogue.item_id)]
    return dataclasses.replace(catalogue, **filled).append(details.aligned(new_ids))
