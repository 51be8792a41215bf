"""Ratings from a delimited text file of any layout."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from reelgraph.core import Ratings, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import text
from reelgraph.data.readers.columns import RawColumns, to_ratings
from reelgraph.data.readers.files import FileSet

FIXED: Mapping[str, int] = {"user_id": 0, "item_id": 1, "rating": 2, "timestamp": 3}
"""Places of the columns in files without a header."""


def parse_ratings(
    files: FileSet,
    name: str,
    shape: text.Shape,
    places: Mapping[str, int],
    *,
    scale: RatingScale | None,
    number_ids: bool,
    decoded: bytes | None = None,
    one_person: bool = False,
) -> Ratings:
    """The ratings of one file.

    Args:
        files: where the file is.
        name: the file.
        shape: the layout of its rows.
        places: ``user_id``, ``item_id``, ``rating`` and maybe ``timestamp`` -> place in a row, counted from 0.
        scale: the scale, or None to infer it.
        number_ids: ids must be whole numbers.
        decoded: the text of the file where the caller has it already.
        one_person: rows may lack a rating: a movie seen, not rated.

    Raises:
        DataFormatError: the file cannot be read, has no row, or more than half of its rows cannot be read.
    """
    where = files.where(name)
    data = text.decode(files.read(name), where) if decoded is None else decoded
    if data.count(b"\n") < shape.skip:
        raise DataFormatError(where, "expected ratings below the header, found none", line=shape.skip + 1)
    ids: pl.DataType = pl.Int64() if number_ids else pl.String()
    types: dict[str, pl.DataType] = {"user_id": ids, "item_id": ids, "rating": pl.Float64()}
    if "timestamp" in places:
        types["timestamp"] = _time_type(data, shape, places["timestamp"])
    rows = text.parse(data, shape, places, types)
    fields = rows.fields
    raw = RawColumns(
        fields["user_id"],
        fields["item_id"],
        fields["rating"],
        fields.get("timestamp"),
        rows.misfit,
        rows.text,
        rows.line,
    )
    layout = f"{shape.width} fields separated by {text.name_of(shape.separator)}"
    return to_ratings(
        raw,
        source=where,
        first_line=shape.skip + 1,
        scale=scale,
        number_ids=number_ids,
        layout=layout,
        one_person=one_person,
    )


def _time_type(data: bytes, shape: text.Shape, place: int) -> pl.DataType:
    """What the first row's time looks like; a guess only decides whether the quick way can be taken."""
    first = text.head(data, shape.skip + 1)[-1]
    fields = text.split_line(first, shape.separator)
    sample = fields[place] if place < len(fields) else ""
    if sample.lstrip("-").isdecimal():
        return pl.Int64()
    try:
        float(sample)
    except ValueError:
        return pl.String()
    return pl.Float64()
