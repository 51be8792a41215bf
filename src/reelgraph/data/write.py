"""Write ratings for other programs: RecBole's atomic files, Parquet, or delimited text."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from reelgraph._util.atomic_files import atomic_writer
from reelgraph.core import NO_TIME, AnyArray, Catalogue, Dataset, Ratings
from reelgraph.core.arrays import wide
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError, DataFormatError

FORMATS = (".inter", ".parquet", ".pq", ".csv", ".tsv")
"""Endings of files that `write_ratings` writes."""

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_VALUE_NAMES = {"explicit": "rating", "counts": "count"}  # of the column of ratings; views have none
_ITEM_HEADER = b"item_id:token"  # how a file .item begins
_TYPES = {"user_id": "token", "item_id": "token", "rating": "float", "count": "float", "timestamp": "float"}


def require_format(path: Path) -> None:
    """Refuse a name whose ending is none of `FORMATS`.

    Raises:
        ConfigError: it is not.
    """
    if path.suffix.lower() not in FORMATS:
        raise ConfigError(str(path), f"is of an unknown kind; give a name that ends in {', '.join(FORMATS)}")


def require_apart(path: Path, source: Path) -> None:
    """Refuse a name by which `write_ratings` would replace a part of the data set that is read, or add to it.

    Args:
        path: what is written; a name in ``.inter`` stands for the ``.item`` beside it, too.
        source: the file or folder that is read.

    Raises:
        ConfigError: one of them is the source, or lies inside it.
    """
    for target in _targets(path):
        if target.resolve().is_relative_to(source.resolve()) or _is_same_file(target, source):
            place = "is" if target.resolve() == source.resolve() or not source.is_dir() else "lies inside"
            raise ConfigError(str(target), f"{place} the data set that is read; write to another place")


def write_ratings(data: Dataset, path: str | Path) -> tuple[str, ...]:
    """Write the ratings of a data set to a file that `reelgraph.read` and other programs read.

    Columns are ``user_id``, ``item_id``, ``rating`` (``count`` for counts, none for views) and, where known,
    ``timestamp`` in Unix seconds UTC, empty for a rating without a time. In RecBole's form names have types, and
    titles, years and genres go to a file ``.item`` beside it. Files are written whole or not at all, and replaced; a
    file ``.item`` of another form, such as that of MovieLens 100k, is not.

    Args:
        data: cleaned, or it is refused where rows could not be read.
        path: ends in one of `FORMATS`.

    Returns:
        What the form cannot keep, one sentence each.

    Raises:
        ConfigError: the ending is another one, the file cannot be written, or the ``.item`` beside it is not RecBole's.
        DataFormatError: rows of the data could not be read, or an id has a tab or a line end.
    """
    path = Path(path)
    require_format(path)
    ratings = data.ratings
    if ratings.faults:
        hint = "clean it first: reelgraph.clean(data)"
        raise DataFormatError(ratings.source, f"{counted(len(ratings.faults), 'row')} that could be read", hint=hint)
    _require_replaceable(path)
    columns = _columns(ratings)
    if path.suffix.lower() != ".inter":
        _write(path, pl.DataFrame(columns))
        return _lost_titles(data.catalogue)
    for name in ("user_id", "item_id"):
        _require_plain(columns[name], name, ratings.source)
    notes: tuple[str, ...] = ()
    if _has_titles(data.catalogue):
        items, notes = _item_columns(data.catalogue)
        _write(path.with_suffix(".item"), pl.DataFrame(items))
    _write(path, pl.DataFrame({f"{name}:{_TYPES[name]}": values for name, values in columns.items()}))
    return notes


def _targets(path: Path) -> tuple[Path, ...]:
    """The files that a name stands for."""
    return (path, path.with_suffix(".item")) if path.suffix.lower() == ".inter" else (path,)


def _is_same_file(path: Path, other: Path) -> bool:
    """Whether two names are one file, also by a hard link or in another case of letters."""
    return path.exists() and other.exists() and path.samefile(other)


def _require_replaceable(path: Path) -> None:
    """Refuse a name in ``.inter`` beside a file ``.item`` that is none of RecBole's.

    Raises:
        ConfigError: there is one.
    """
    for target in _targets(path)[1:]:
        if not target.exists():
            continue
        try:
            with target.open("rb") as file:
                is_recbole = file.read(len(_ITEM_HEADER)) == _ITEM_HEADER
        except OSError as error:
            raise ConfigError(str(target), f"cannot be written: {error.strerror}") from None
        if not is_recbole:
            problem = f"is there and is no file of RecBole's: it does not begin with {_ITEM_HEADER.decode()}"
            raise ConfigError(str(target), f"{problem}; give a name beside which there is no {target.name}")


def _columns(ratings: Ratings) -> dict[str, pl.Series]:
    columns = {"user_id": pl.Series(wide(ratings.user_id)), "item_id": pl.Series(wide(ratings.item_id))}
    if ratings.feedback in _VALUE_NAMES:
        columns[_VALUE_NAMES[ratings.feedback]] = pl.Series(wide(ratings.rating))
    if ratings.timestamp is not None:
        times = pl.Series(ratings.timestamp)
        columns["timestamp"] = times.set(times == NO_TIME, None)
    return columns


def _has_titles(catalogue: Catalogue) -> bool:
    return any(map(str.strip, catalogue.title.tolist())) and not np.array_equal(
        catalogue.title, catalogue.item_id.astype(np.str_)
    )


def _lost_titles(catalogue: Catalogue) -> tuple[str, ...]:
    if not _has_titles(catalogue):
        return ()
    return (
        f"titles and genres of {counted(len(catalogue), 'movie')} are not "
        "in a table of ratings; a name in .inter keeps them",
    )


def _item_columns(catalogue: Catalogue) -> tuple[dict[str, AnyArray], tuple[str, ...]]:
    """The columns of RecBole's ``.item`` file, and what it cannot keep: entries of a sequence are parted by spaces."""
    titles = [" ".join(title.split()) for title in catalogue.title.tolist()]
    joined = {name for genres in catalogue.genres for name in genres if any(map(str.isspace, name))}
    genres = [" ".join("_".join(name.split()) for name in names) for names in catalogue.genres]
    years = np.where(catalogue.year > 0, catalogue.year.astype(np.str_), "")
    columns = {
        "item_id:token": catalogue.item_id,
        "movie_title:token_seq": np.array(titles, np.str_),
        "release_year:token": years,
        "class:token_seq": np.array(genres, np.str_),
    }
    notes = (f"genres of several words are written with underscores: {', '.join(sorted(joined))}",) if joined else ()
    return columns, notes


def _require_plain(ids: pl.Series, name: str, source: str) -> None:
    if ids.dtype != pl.String:
        return
    bad = ids.filter(ids.str.contains(r"[\t\r\n]"))
    if len(bad):
        raise DataFormatError(source, "ids without tabs and line ends", column=name, value=bad[0])


def _write(path: Path, frame: pl.DataFrame) -> None:
    try:
        with atomic_writer(path) as file:
            _write_frame(file, frame, path.suffix.lower())
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror}") from None


def _write_frame(file: BinaryIO, frame: pl.DataFrame, ending: str) -> None:
    if ending in (".parquet", ".pq"):
        frame.write_parquet(file)
    elif ending in (".inter", ".item"):  # RecBole reads quotes as they stand
        frame.write_csv(file, separator="\t", quote_style="never")
    else:
        frame.write_csv(file, separator=_SEPARATORS[ending])
