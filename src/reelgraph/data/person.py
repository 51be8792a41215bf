"""One person's ratings from a file of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reelgraph.data.clean import clean
from reelgraph.data.readers import tabular
from reelgraph.data.readers.files import open_file
from reelgraph.errors import DataFormatError
from reelgraph.types import CleanReport, RatingScale


def read_person(path: str | Path, scale: RatingScale | None = None) -> tuple[dict[int | str, float], CleanReport]:
    """A person's ratings by item id, cleaned, from a table with ``item_id`` and ``rating``.

    Args:
        path: CSV, TSV or other delimited text; a column of users may be missing.
        scale: the scale the ratings must be on; inferred when None.

    Returns:
        Stars by item id, and what cleaning did.

    Raises:
        DataFormatError: the file is missing or cannot be read, lacks a column, or holds more than one person.
    """
    path = Path(path)
    if not path.is_file():
        raise DataFormatError(path, "no such file")
    data, report = clean(tabular.read(open_file(path), path.name, scale, one_person=True))
    ratings = data.ratings
    people = np.unique(ratings.user_id)
    if len(people) > 1 and not np.array_equal(ratings.user_id, ratings.item_id):
        raise DataFormatError(path, "the ratings of one person", column="user_id", value=f"{len(people)} users")
    return dict(zip(ratings.item_id.tolist(), ratings.rating.tolist(), strict=True)), report
