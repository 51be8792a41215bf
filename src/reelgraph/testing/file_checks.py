"""What readers of data sets and importers of a person's export promise."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.core import Dataset, RatingScale
from reelgraph.core.errors import ReelgraphError
from reelgraph.data import clean, index, read
from reelgraph.data.readers.files import FileSet, open_file, open_folder, open_zip
from reelgraph.importers import ExportEntry
from reelgraph.importers.archive import ExportArchive
from reelgraph.importers.entry_collector import EntryCollector
from reelgraph.testing.requirements import ContractError, require, require_equal

_FILES_OF_OTHERS = ("ratings.csv", "movies.csv", "u.data", "ratings.dat")
_SCALE = RatingScale(0.0, 1000.0, 0.5)
_STARS = (0.5, 5.0)
_YEARS = (1870, 2200)


def check_reader(reader: Any, source: str | Path) -> None:
    """Check a reader of another package on an example.

    Args:
        reader: has ``matches(files)`` and ``read(files, scale)``.
        source: a file, a folder or a zip of its layout, with at least one rating.

    Raises:
        ContractError: it breaks a promise.
    """
    name, path = _name(reader), Path(source)
    require(any(reader.matches(files) for files in _file_sets(path)), name, f"matches is false for {path}")
    with tempfile.TemporaryDirectory() as folder:
        for file in _FILES_OF_OTHERS:
            (Path(folder) / file).write_text("1,1,1\n")
        files_of_others = ", ".join(_FILES_OF_OTHERS)
        message = f"matches is true for a folder with {files_of_others}: it would take the data sets of others"
        require(not reader.matches(open_folder(Path(folder))), name, message)
    data, again = _read(reader, path), _read(reader, path)
    require(len(data.ratings) > 0, name, f"read gives no rating of {path}")
    for column in ("user_id", "item_id", "rating"):
        values = getattr(data.ratings, column)
        require_equal(values, getattr(again.ratings, column), name, f"reading twice gives two columns {column}")
    require(len(data.sha256) == 64 and data.sha256 == again.sha256, name, "sha256 is not files.sha256() after reading")
    is_known = np.isin(data.ratings.item_id, data.catalogue.item_id).all()
    require(is_known, name, "an item with ratings is not in the catalogue")
    require(len(set(data.catalogue.item_id.tolist())) == len(data.catalogue), name, "the catalogue has an id twice")
    _require_clean(data, name)
    if data.ratings.feedback == "explicit":
        scale = _read(reader, path, _SCALE).ratings.scale
        require(scale == _SCALE, name, f"read was given the scale {_SCALE}, its ratings have {scale}")


def check_importer(importer: Any, source: str | Path) -> None:
    """Check an importer of another package on an example.

    Args:
        importer: has ``matches(archive)`` and ``read(archive, collector)``.
        source: an export with at least one movie.

    Raises:
        ContractError: it breaks a promise.
    """
    name = _name(importer)
    require(bool(importer.matches(ExportArchive(source))), name, f"matches is false for {source}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ratings.csv").write_text("title,year,rating\nHeat,1995,4\n")
        message = "matches is true for a table of title, year and rating: it would take the exports of others"
        require(not importer.matches(ExportArchive(folder)), name, message)
    collector = EntryCollector()
    try:
        importer.read(ExportArchive(source), collector)
    except ReelgraphError as error:
        raise ContractError(f"{name}: read refuses the example: {error}") from error
    require(len(collector.entries) > 0, name, f"read gives no entry of {source}")
    for entry in collector.entries:
        problem = _problem(entry)
        require(not problem, name, f"{entry.where or entry}: {problem}")


def _require_clean(data: Dataset, name: str) -> None:
    try:
        cleaned, report = clean(data)
    except ReelgraphError as error:
        raise ContractError(f"{name}: cleaning refuses what read gives: {error}") from error
    dropped = [f"{step.name}: {step.count}" for step in report.steps if step.count and "scale" in step.name]
    require(not dropped, name, f"ratings are not on the scale that read gives ({', '.join(dropped)})")
    require(len(index(cleaned.ratings)) > 0, name, "no rating is left after cleaning")


def _problem(entry: ExportEntry) -> str:
    """What is wrong with an entry, or ""."""
    if not entry.where:
        return "`where` does not say where the row is"
    if not (entry.title or entry.imdb_id or entry.tmdb_id or entry.item_id):
        return "has neither a title nor an id"
    if entry.stars is not None and not _STARS[0] <= entry.stars <= _STARS[1]:
        return f"{entry.stars} stars, expected 0.5 to 5, or None where it is not rated"
    if entry.year and not _YEARS[0] <= entry.year <= _YEARS[1]:
        return f"the year {entry.year}, expected a year of release, or 0 where unknown"
    return ""


def _read(reader: Any, path: Path, scale: RatingScale | None = None) -> Dataset:
    try:
        return read(path, reader=reader, scale=scale)
    except ReelgraphError as error:
        raise ContractError(f"{_name(reader)}: read refuses the example: {error}") from error


def _file_sets(path: Path) -> list[FileSet]:
    if path.is_dir():
        return [open_folder(path)]
    return open_zip(path) if path.suffix.lower() == ".zip" else [open_file(path)]


def _name(target: Any) -> str:
    return str(getattr(target, "__name__", type(target).__name__))
