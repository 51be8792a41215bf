"""`read`: any known source to a `Dataset`, known by its layout."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelgraph.core import Dataset, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data import download
from reelgraph.data.readers import movielens_100k, movielens_csv, movielens_dat, recbole, sample, tabular
from reelgraph.data.readers.files import FileSet, open_file, open_folder, open_zip
from reelgraph.data.readers.frames import from_frame

_KNOWN = "u.data, ratings.dat, ratings.csv, one .inter file, or one table (.csv, .tsv, .parquet)"


def read(source: Any, *, scale: RatingScale | None = None) -> Dataset:
    """Read ratings, and what is known of the movies and the users, from any known source.

    A data set is known by its files, whatever its folder is called:

    ================================  ==========================================================
    ``u.data``                        MovieLens 100k; with ``u.item``, ``u.user``
    ``ratings.dat``                   MovieLens 1m, 10m; with ``movies.dat``, ``users.dat``, ``tags.dat``
    ``ratings.csv``                   MovieLens latest, 20m, 25m, 32m; with ``movies.csv``, ``links.csv``, ``tags.csv``
    one ``.inter``                    RecBole; with ``.item``, ``.user``
    one table                         CSV, TSV, other delimited text, Parquet; columns by their usual names
    a zip of any of these             read inside the zip, nothing is unpacked to disk
    ================================  ==========================================================

    Text is UTF-8; a line that is not is read as latin-1, so no name is lost. A row that cannot be read is kept as a
    `RowFault` with NaN stars, for ``clean`` to count.

    Args:
        source: a path; the name ``sample`` or that of a data set fetched before by ``get``; or a polars, pandas or
            Arrow table.
        scale: the scale of the ratings; known by layout or inferred when None.

    Returns:
        External ids as published: int64 where all are whole numbers, else str.

    Raises:
        DataFormatError: the source is missing, empty, damaged, of no known layout, lacks a column, or more than half of
            its rows cannot be read; names file, line, column, value and what was expected.
        CapabilityError: ``sample`` was asked for and its package is not installed.

    Cost: about 1 s for a million ratings.
    """
    if not isinstance(source, str | Path):
        return from_frame(source, scale=scale)
    path = Path(source).expanduser()
    if not path.exists():
        if str(source) == sample.NAME:
            return sample.read(scale)
        path = _downloaded(str(source))
    if path.is_dir():
        return _read_folder(open_folder(path), scale)
    if path.suffix.lower() == ".zip":
        return _read_zip(path, scale)
    return _read_file(path, scale)


def _downloaded(source: str) -> Path:
    if source in download.DATASETS:
        path = download.cached(source)
        if path.exists():
            return path
        raise DataFormatError(source, "not downloaded yet", hint=f"reelgraph data get {source}")
    raise DataFormatError(source, "no such file or folder", hint="the built-in ratings are called 'sample'")


def _layout(files: FileSet, scale: RatingScale | None) -> Dataset | None:
    data = _of_layout(files, scale)
    return None if data is None else _noted(data, files)


def _noted(data: Dataset, files: FileSet) -> Dataset:
    if movielens_100k.knows(files) or movielens_dat.knows(files):
        return data  # published in latin-1: nothing is amiss
    return dataclasses.replace(data, notes=files.notes())


def _of_layout(files: FileSet, scale: RatingScale | None) -> Dataset | None:
    if movielens_100k.knows(files):
        return movielens_100k.read(files, scale)
    if movielens_dat.knows(files):
        return movielens_dat.read(files, scale)
    if movielens_csv.knows(files):
        return movielens_csv.read(files, scale)
    inter = recbole.main_file(files)
    if inter is not None:
        return recbole.read(files, inter, scale)
    tables = tabular.candidates(files)
    return tabular.read(files, tables[0], scale) if len(tables) == 1 else None


def _read_folder(files: FileSet, scale: RatingScale | None) -> Dataset:
    data = _layout(files, scale)
    if data is None:
        raise _unknown(files.path, files.names, [entry.name for entry in files.path.iterdir() if entry.is_dir()])
    return data


def _read_zip(path: Path, scale: RatingScale | None) -> Dataset:
    folders = open_zip(path)
    # The folder that names a layout comes first; a stray table elsewhere in the zip must not win.
    for files in sorted(folders, key=lambda files: not _named(files)):
        data = _layout(files, scale)
        if data is not None:
            return data
    raise _unknown(path, [name for files in folders for name in files.names], [])


def _named(files: FileSet) -> bool:
    return any(known.knows(files) for known in (movielens_100k, movielens_dat, movielens_csv))


def _read_file(path: Path, scale: RatingScale | None) -> Dataset:
    # The main file of a known layout stands for its folder, so its movies get their titles.
    if path.name in (movielens_100k.MAIN, movielens_dat.MAIN):
        return _read_folder(open_folder(path.parent), scale)
    if path.name == movielens_csv.MAIN and (path.parent / "movies.csv").is_file():
        return _read_folder(open_folder(path.parent), scale)
    if path.suffix == ".inter":
        beside = open_folder(path.parent)
        return _noted(recbole.read(beside, path.name, scale), beside)
    alone = open_file(path)
    return _noted(tabular.read(alone, path.name, scale), alone)


def _unknown(path: Path, names: Sequence[str], folders: Sequence[str]) -> DataFormatError:
    found = ", ".join(sorted(names)[:12]) or "no file"
    hint = f"one of its folders? {', '.join(sorted(folders)[:8])}" if folders else None
    return DataFormatError(path, f"expected {_KNOWN}; found {found}", hint=hint)
