"""A folder with a table of ratings and a table of movies beside it, such as ``interactions.csv`` and ``items.csv``."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, BoolArray, Catalogue, Dataset, Profiles
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import item_columns, metadata, tabular, text
from reelgraph.data.readers.column_names import (
    ITEM_COLUMNS,
    find_item_columns,
    normalised_name,
    unused_note,
)
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.options import ReadOptions

_RATINGS = ("ratings", "interactions", "events", "views", "reviews", "feedback", "purchases", "plays", "clicks")
_ITEMS = ("items", "movies", "films", "products", "catalogue", "catalog", "titles", "books", "songs", "articles")
_USERS = ("users", "people", "customers", "members", "profiles")
_MOVIELENS_MOVIES = {"movieId", "title", "genres"}
_USER_COLUMNS = {
    "gender": ("gender", "sex"),
    "age": ("age", "ageband", "agegroup"),
    "occupation": ("occupation", "job", "profession"),
    "zip": ("zip", "zipcode", "postcode", "postalcode"),
}


def matches(files: FileSet) -> bool:
    """True for a folder with one table of ratings and one of movies, which are not those of MovieLens."""
    main, items = main_table(files), _only(files, _ITEMS)
    if main is None or items is None:
        return False
    if (main, items) != ("ratings.csv", "movies.csv"):
        return True
    header = text.first_lines(files.read_utf8(items), 1)[0]
    return not set(text.split_line(header, ",")) >= _MOVIELENS_MOVIES


def main_table(files: FileSet) -> str | None:
    """The file with the ratings, if there is exactly one by its name."""
    return _only(files, _RATINGS)


def _only(files: FileSet, stems: tuple[str, ...]) -> str | None:
    names = [name for name in tabular.tables(files) if PurePosixPath(name).stem.lower() in stems]
    return names[0] if len(names) == 1 else None


def read(files: FileSet, options: ReadOptions) -> Dataset:
    """Read a folder that :meth:`matches`; a table of users (gender, age, occupation, zip) is optional.

    Args:
        files: the folder.
        options: scale and columns; columns about the movies may be in either table.

    Raises:
        DataFormatError: a file cannot be read or lacks a column; names file, line, column and value.
    """
    main, items = str(main_table(files)), str(_only(files, _ITEMS))
    about_items = {role: column for role, column in options.columns.items() if role in ITEM_COLUMNS}
    columns = {role: column for role, column in options.columns.items() if role not in about_items}
    data = tabular.read_table(files, main, dataclasses.replace(options, columns=columns))
    rated = data.ratings.item_id
    catalogue, notes = read_catalogue(files, items, rated, about_items)
    if not np.isin(rated, catalogue.item_id).any():
        raise DataFormatError(
            files.display_name(items),
            "ids of the movies that were rated",
            column="item_id",
            value=str(catalogue.item_id[0]),
            hint=f"rated is, for example, {rated[0]}",
        )
    users = _only(files, _USERS)
    profiles, user_notes = (None, ()) if users is None else _read_profiles(files, users, data.ratings.user_id)
    ratings = dataclasses.replace(data.ratings, notes=data.ratings.notes + notes + user_notes)
    return Dataset("tables", ratings, catalogue, profiles, files.sha256())


def read_catalogue(
    files: FileSet, name: str, like: AnyArray, columns: Mapping[str, str], *, each_once: bool = False
) -> tuple[Catalogue, tuple[str, ...]]:
    """The movies of a table of movies, and what people should know about its reading.

    Args:
        files: have the table.
        name: of the table.
        like: ids of the same kind, numbers or text, as the movies shall have.
        columns: standard name -> column, for those that are not recognised.
        each_once: refuse an id that is in two rows; if False, the first value of each movie counts.

    Raises:
        DataFormatError: it cannot be read, has no column of ids, or no row with an id; or one is refused.
    """
    rows = _read_rows(files, name)
    frame, n_malformed = rows.frame, rows.n_malformed
    table = find_item_columns(frame.columns, files.display_name(name), columns)
    ids, has_id = item_columns.matching_ids(frame.to_series(table.positions["item_id"]), like)
    about = {role: frame.to_series(n) for role, n in table.positions.items() if role != "item_id"}
    if each_once:
        _require_each_once(ids, has_id, rows.lines, files.display_name(name), table.names[table.positions["item_id"]])
    catalogue = item_columns.catalogue_of_rows(ids, about, has_id)
    if not len(frame):
        raise DataFormatError(files.display_name(name), "a row for each movie", hint="there are none")
    if not has_id.any():
        raise DataFormatError(
            files.display_name(name),
            "ids of movies",
            column=table.names[table.positions["item_id"]],
            value=str(frame.to_series(table.positions["item_id"])[0]),
            hint=f"a known one is, for example, {like[0]}" if len(like) else "an id is a number",
        )
    notes = unused_note(table.unused, f" in {name}") + _unread_rows(name, n_malformed, has_id, like)
    item_ids = np.unique(ids[has_id])
    n_repeated = np.count_nonzero(has_id) - len(item_ids)
    if n_repeated:
        notes += (f"rows of {name} with the id of an earlier row, read for what that one leaves empty: {n_repeated:,}",)
    if catalogue is None:
        notes += (f"only ids of {name} were read: its titles are numbers, or differ between rows of one id",)
        return Catalogue.from_ids(item_ids), notes
    return catalogue, notes


def _require_each_once(ids: AnyArray, has_id: BoolArray, lines: pl.Series, source: str, column: str) -> None:
    """Check that no id, ``(n,)``, of a row that has one is in an earlier row; ``lines`` are those of the rows."""
    line_of: dict[int | str, int] = {}
    for item_id, is_known, line in zip(ids.tolist(), has_id.tolist(), lines.to_list(), strict=True):
        if is_known and line_of.setdefault(item_id, line) != line:
            raise DataFormatError(
                source,
                "one row for each movie",
                line=line,
                column=column,
                value=str(item_id),
                hint=f"line {line_of[item_id]} has this id, too: remove one of them, or correct the id",
            )


def _unread_rows(name: str, n_malformed: int, has_id: BoolArray, like: AnyArray) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if n_malformed:
        notes += (f"rows of {name} with the wrong number of fields, not read: {n_malformed:,}",)
    if not has_id.all():
        expected = "an id" if like.dtype.kind == "U" else "a number as id"
        notes += (f"rows of {name} without {expected}, not read: {np.count_nonzero(~has_id):,}",)
    return notes


@dataclass(frozen=True)
class _ReadTable:
    """A table, the 1-based line of each row, and the number of malformed rows, which are left out."""

    frame: pl.DataFrame
    lines: pl.Series
    n_malformed: int = 0


def _read_rows(files: FileSet, name: str) -> _ReadTable:
    """A table; columns of delimited text are text. In Parquet, the lines are the numbers of the rows."""
    source = files.display_name(name)
    if tabular.is_parquet(name):
        try:
            frame = pl.read_parquet(io.BytesIO(files.read(name)))
            return _ReadTable(frame, pl.Series(range(1, len(frame) + 1), dtype=pl.Int64))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise DataFormatError(source, f"expected a Parquet file: {str(error).splitlines()[0]}") from None
    data = files.read_utf8(name)
    header = text.first_lines(data, 1)[0]
    separator = text.detect_separator(header) or ","
    names = text.split_line(header, separator)
    layout = text.RowLayout(separator, len(names), 1, quoted=len(separator) == 1)
    positions = {str(n): n for n in range(len(names))}
    rows = text.parse(data, layout, positions, dict.fromkeys(positions, pl.String()))
    frame = pl.DataFrame(list(rows.columns.values()), schema=_distinct(names))
    lines = pl.Series(range(2, len(frame) + 2), dtype=pl.Int64) if rows.line is None else rows.line
    if rows.malformed is None:
        return _ReadTable(frame, lines)
    return _ReadTable(frame.filter(~rows.malformed), lines.filter(~rows.malformed), int(rows.malformed.sum()))


def _distinct(names: list[str]) -> list[str]:
    return [name if names.index(name) == n else f"{name} ({n + 1})" for n, name in enumerate(names)]


def _read_profiles(files: FileSet, name: str, rated_by: AnyArray) -> tuple[Profiles | None, tuple[str, ...]]:
    """The people of a table of people, and what people should know about its reading; no profiles without their ids."""
    rows_of_people = _read_rows(files, name)
    frame, n_malformed = rows_of_people.frame, rows_of_people.n_malformed
    normalised = [normalised_name(column) for column in frame.columns]
    user = next((n for n, column in enumerate(normalised) if column in ("userid", "user", "id", "uid")), None)
    if user is None:
        return None, (f"{name} was not read: it has no column user_id (or user, uid, id)",)
    ids, has_id = item_columns.matching_ids(frame.to_series(user), rated_by)
    texts = {
        role: item_columns.as_text(frame.to_series(normalised.index(alias))).fill_null("").to_list()
        for role, aliases in _USER_COLUMNS.items()
        for alias in aliases[::-1]
        if alias in normalised
    }
    no_text = [""] * len(ids)
    columns = [texts.get(role, no_text) for role in _USER_COLUMNS]
    rows = {
        user_id: metadata.PersonRow(
            user_id, gender, metadata.age_band(age) or age, metadata.occupation_of(job), metadata.region_of(zip_code)
        )
        for user_id, is_known, gender, age, job, zip_code in zip(ids.tolist(), has_id.tolist(), *columns, strict=True)
        if is_known
    }
    notes = _unread_rows(name, n_malformed, has_id, rated_by)
    n_repeated = np.count_nonzero(has_id) - len(rows)
    if n_repeated:
        notes += (f"rows of {name} replaced by a later row with the same id: {n_repeated:,}",)
    return metadata.profiles(list(rows.values()), like=rated_by), notes
