"""Item lists of users: lines "user item item ...", as LightGCN and its successors publish their data sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from reelgraph.core import Dataset, Ratings
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.columns import RawColumns, catalogue_of_ids, to_ratings
from reelgraph.data.readers.files import FileSet, open_file, open_folder
from reelgraph.data.readers.options import ReadOptions

TRAIN, TEST = "train.txt", "test.txt"
_VALID = ("valid.txt", "val.txt", "validation.txt")
_MAX_DIGITS = 18  # of numbers that fit in 64 bits
_SAMPLE = 200  # lines that are looked at
_WIDTHS_OF_TABLES = (2, 3, 4)  # fields of tables without a header: user, item, rating, time


def matches(files: FileSet) -> bool:
    """True for a folder with ``train.txt`` and ``test.txt`` in which each line is a user and their items."""
    if TRAIN not in files or TEST not in files:
        return False
    are_pairs = all(_widths(files, name) == {2} for name in (TRAIN, TEST))
    return are_pairs or are_item_lists(files, TRAIN) or are_item_lists(files, TRAIN, TEST)


def matches_file(path: Path) -> bool:
    """True for one file of item lists, or one of the two of a folder that :meth:`matches`."""
    is_part = path.name in (TRAIN, TEST) and matches(open_folder(path.parent))
    return is_part or are_item_lists(open_file(path), path.name)


def are_item_lists(files: FileSet, *names: str) -> bool:
    """True for text files of whole numbers, separated by spaces, whose lines differ in length or are long."""
    widths = [_widths(files, name) for name in names]
    all_widths = set().union(*widths)
    return all(widths) and (len(all_widths) > 1 or not all_widths <= set(_WIDTHS_OF_TABLES))


def _widths(files: FileSet, name: str) -> set[int]:
    """The numbers of fields of the first lines; none if a field is not a whole number."""
    lines = [line.split() for line in files.read_lines(name)[:_SAMPLE] if line.strip()]
    return {len(line) for line in lines} if all(field.isdecimal() for line in lines for field in line) else set()


def read(files: FileSet, options: ReadOptions) -> Dataset:
    """The data set of a folder that :meth:`matches`: its train, validation and test files, one after the other.

    Args:
        files: the folder.
        options: not used, for the files hold neither ratings nor names of columns.

    Raises:
        DataFormatError: a line is not a list of whole numbers; names file and line.
    """
    return read_lists(files, [TRAIN, *(name for name in _VALID if name in files), TEST])


def read_lists(files: FileSet, names: Sequence[str]) -> Dataset:
    """The views of one or several files, one after the other; raises as :meth:`read`."""
    users, items, counts = list[int](), list[int](), list[int]()
    for name in names:
        before = len(users)
        for number, line in enumerate(files.read_lines(name), start=1):
            fields = line.split()
            if not all(field.isdecimal() and len(field) <= _MAX_DIGITS for field in fields):
                expected = f"whole numbers of at most {_MAX_DIGITS} digits, separated by spaces: a user and the items"
                raise DataFormatError(files.display_name(name), expected, line=number, value=line)
            users += [int(fields[0])] * (len(fields) - 1) if fields else []
            items += map(int, fields[1:])
        counts.append(len(users) - before)
    source = files.display_name(names[0]) if len(names) == 1 else str(files.path)
    parts = ", ".join(f"{name} {count:,}" for name, count in zip(names, counts, strict=True))
    ratings = _views(users, items, source, (f"rows in this order: {parts}",))
    return Dataset("item lists", ratings, catalogue_of_ids(ratings), None, files.sha256())


def _views(users: Sequence[int], items: Sequence[int], source: str, notes: tuple[str, ...]) -> Ratings:
    raw = RawColumns(pl.Series(users, dtype=pl.Int64), pl.Series(items, dtype=pl.Int64), None, None, notes=notes)
    return to_ratings(raw, source=source)
