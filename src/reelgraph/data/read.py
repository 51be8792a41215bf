"""`read`: a data set from any supported source, whose layout is recognised by its files."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from reelgraph.core import Dataset, Feedback, RatingScale, plugins
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import ConfigError, DataFormatError, PluginError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data import download
from reelgraph.data.movie_details import with_details
from reelgraph.data.readers import (
    item_lists,
    movielens_100k,
    movielens_csv,
    movielens_dat,
    recbole,
    sample,
    table_folder,
    tabular,
)
from reelgraph.data.readers.feedback import with_feedback
from reelgraph.data.readers.files import FileSet, open_file, open_folder, open_zip
from reelgraph.data.readers.frames import from_frame
from reelgraph.data.readers.options import ReadOptions, standard_columns

_LATIN1_LAYOUTS = (movielens_100k, movielens_dat)  # published in latin-1, so lines that are not UTF-8 are expected
_MOVIELENS_LAYOUTS = (*_LATIN1_LAYOUTS, movielens_csv)
# Each has ``matches`` and ``read``.
_LAYOUTS: tuple[ModuleType, ...] = (*_LATIN1_LAYOUTS, table_folder, movielens_csv, recbole, item_lists, tabular)
_SUPPORTED = (
    "u.data, ratings.dat, ratings.csv, one .inter file, train.txt and test.txt, one table (.csv, .tsv, .parquet), or a "
    "table of ratings (ratings, interactions, events, views) with one of movies (items, movies, films)"
)


@runs_after_fork
def read(
    source: Any,
    *,
    scale: RatingScale | None = None,
    columns: Mapping[str, str] | None = None,
    feedback: Feedback | None = None,
    reader: Any = None,
    details: bool = True,
) -> Dataset:
    """Read ratings, and the metadata of movies and users, from any supported source.

    The layout of a data set is recognised by its files, not by the name of its folder:

    ================================  ==========================================================
    ``u.data``                        MovieLens 100k; with ``u.item``, ``u.user``
    ``ratings.dat``                   MovieLens 1m, 10m; with ``movies.dat``, ``users.dat``, ``tags.dat``
    ``ratings.csv``                   MovieLens latest, 20m, 25m, 32m; with ``movies.csv``, ``links.csv``, ``tags.csv``
    one ``.inter``                    RecBole; with ``.item``, ``.user``
    ``train.txt``, ``test.txt``       item lists, "user item item ...", as those of LightGCN
    one table                         CSV, TSV, other delimited text, Parquet; columns with their usual names, in
                                      several languages; may have the title, year and genres in each row
    two tables                        ``ratings``, ``interactions``, ``events`` or ``views``, with ``items``, ``movies``
                                      or ``films``; with ``users``
    a zip of any of these             read without unpacking to disk
    ================================  ==========================================================

    Details of movies that ``reelgraph data enrich`` wrote beside any of them are read with it.

    Text is UTF-8; lines that are not are read as latin-1, so no name is lost. A row that cannot be read is kept with
    NaN stars and a `RowFault`, which ``clean`` counts.

    Args:
        source: a path; ``sample``; the name of a data set that ``get`` has downloaded; a polars, pandas or Arrow
            table; a SciPy sparse matrix users x items; or a NumPy array or a list of tuples, see `from_frame`.
        scale: the scale of the ratings; inferred from them when None, whatever the source is called.
        columns: names of the columns of a table whose names are not understood, such as
            ``{"user": "Kunde", "item": "sku", "rating": "Note"}``; see `from_frame`.
        feedback: ``explicit`` (stars), ``implicit`` (views) or ``counts``; recognised when None, see
            `recognise_feedback <reelgraph.data.readers.feedback.recognise_feedback>`.
        reader: reads the files of a layout that reelgraph does not know: an object with ``read(files, scale)``. When
            None, the readers of installed packages are asked before reelgraph's own, see `reelgraph.core.plugins`.
        details: read the details of movies that lie beside the data set.

    Returns:
        External ids as published: whole numbers if all of them are (int32 if they fit, else int64), otherwise str.
        Ratings are float32 if that is exact for all of them, as for whole and half stars, else float64.

    Raises:
        DataFormatError: the source is missing, empty or damaged, has no known layout, lacks a column or has two for
            one role, or more than half of its rows cannot be read; names file, line, column, value and what was
            expected.
        ConfigError: an unknown kind of column is given, or one is given twice; the feedback is unknown, or has no scale
            although one is given; or a ``reader`` is given for a table.
        PluginError: the reader of a package fails, or several readers match; names their entry points.
        CapabilityError: the package of ``sample`` is not installed.

    Cost: about 1 s for a million ratings.
    """
    require_type("read", "scale", scale, RatingScale, optional=True)
    if not isinstance(source, str | Path):
        if reader is not None:
            raise ConfigError("reader", f"reads files; the source is a {type(source).__name__}")
        return from_frame(source, scale=scale, columns=columns, feedback=feedback)
    options = ReadOptions(scale, standard_columns(columns), feedback)
    path = Path(source).expanduser()
    if not path.exists():
        if str(source) == sample.NAME:
            return _with_feedback(sample.read(scale), feedback)
        path = _downloaded(str(source))
    dataset = _read_outside(path, scale, reader)
    dataset = _read_path(path, options) if dataset is None else _with_feedback(dataset, feedback)
    return with_details(dataset, source_path(path)) if details else dataset


def source_path(path: Path) -> Path:
    """The folder that a file stands for, such as that of ``ratings.csv`` beside ``movies.csv``; else the path."""
    if path.is_dir():
        return path
    folder = open_folder(path.parent)
    is_main = (
        path.name in (movielens_100k.MAIN, movielens_dat.MAIN)
        or (path.name == movielens_csv.MAIN and "movies.csv" in folder)
        or (table_folder.main_table(folder) == path.name and table_folder.matches(folder))
    )
    return path.parent if is_main else path


def _read_path(path: Path, options: ReadOptions) -> Dataset:
    if path.is_dir():
        return _read_folder(open_folder(path), options)
    return _read_zip(path, options) if _is_zip(path) else _read_file(path, options)


def _with_feedback(dataset: Dataset, feedback: Feedback | None) -> Dataset:
    """The data set, its stars as views or counts if a person says so."""
    ratings = dataset.ratings
    if feedback is None or feedback == ratings.feedback:
        return dataset
    return dataclasses.replace(dataset, ratings=with_feedback(ratings, feedback))


def _is_zip(path: Path) -> bool:
    """Whether the name is that of a zip."""
    return path.suffix.lower() == ".zip"


def _read_outside(path: Path, scale: RatingScale | None, reader: Any) -> Dataset | None:
    """The data set as ``reader``, or that of an installed package, reads it; None where no such reader is for it."""
    if reader is None and not plugins.installed(plugins.READERS):
        return None
    folders = [open_folder(path)] if path.is_dir() else open_zip(path) if _is_zip(path) else [open_file(path)]
    for files in folders:
        plugin = None if reader is not None else plugins.plugin_candidate(plugins.READERS, files)
        if reader is None and plugin is None:
            continue
        dataset = plugins.call(plugin, plugin.load() if plugin else reader, "read", files, scale)
        if not isinstance(dataset, Dataset):
            name = plugin or type(reader).__name__
            raise PluginError(f"{name}: read gave {type(dataset).__name__}, expected a reelgraph.Dataset")
        return dataset
    return None


def _downloaded(source: str) -> Path:
    if source in download.DATASETS:
        path = download.cached(source)
        if path.exists():
            return path
        raise DataFormatError(source, "not downloaded yet", hint=f"reelgraph data get {source}")
    raise DataFormatError(source, "no such file or folder", hint="the built-in ratings are called 'sample'")


def _read_folder(files: FileSet, options: ReadOptions) -> Dataset:
    dataset = _read_layout(files, options)
    if dataset is None:
        folders = [entry.name for entry in files.path.iterdir() if entry.is_dir()]
        raise _unknown_layout(files.path, files.names, folders)
    return dataset


def _read_zip(path: Path, options: ReadOptions) -> Dataset:
    folders = open_zip(path)
    # MovieLens layouts first: another table elsewhere in the zip must not be preferred.
    for files in sorted(folders, key=lambda files: not any(layout.matches(files) for layout in _MOVIELENS_LAYOUTS)):
        dataset = _read_layout(files, options)
        if dataset is not None:
            return dataset
    raise _unknown_layout(path, [name for files in folders for name in files.names], [])


def _read_file(path: Path, options: ReadOptions) -> Dataset:
    # The main file of a MovieLens data set stands for its folder, which also has the titles.
    if source_path(path) != path:
        return _read_folder(open_folder(path.parent), options)
    if path.suffix == ".inter":
        files = open_folder(path.parent)
        return _with_notes(recbole.read_inter(files, path.name, options), files)
    files = open_file(path)
    if path.suffix == ".txt" and item_lists.matches_file(path):
        return _with_notes(item_lists.read_lists(files, [path.name]), files)
    return _with_notes(tabular.read_table(files, path.name, options), files)


def _read_layout(files: FileSet, options: ReadOptions) -> Dataset | None:
    """The data set in a folder, or None if it has no known layout."""
    layout = next((layout for layout in _LAYOUTS if layout.matches(files)), None)
    if layout is None:
        return None
    dataset: Dataset = layout.read(files, options)
    return dataset if layout in _LATIN1_LAYOUTS else _with_notes(dataset, files)


def _with_notes(dataset: Dataset, files: FileSet) -> Dataset:
    return dataclasses.replace(dataset, notes=files.notes())


def _unknown_layout(path: Path, names: Sequence[str], folders: Sequence[str]) -> DataFormatError:
    file_names = ", ".join(sorted(names)[:12]) or "no file"
    hint = f"one of its folders? {', '.join(sorted(folders)[:8])}" if folders else None
    return DataFormatError(path, f"expected {_SUPPORTED}; found {file_names}", hint=hint)
