"""The steps of `clean`, by the names that its report has."""

from __future__ import annotations

from collections.abc import Mapping

from reelgraph.core.display import counted
from reelgraph.data.readers.files import NOT_UTF8

WRONG_FIELDS = "rows with the wrong number of fields"
MISSING = "missing values"
BAD_IDS = "ids that are not numbers"
BAD_RATINGS = "ratings that are not numbers"
NOT_VIEWS = "dislikes and zeros, not used as views"
OFF_SCALE = "ratings off the scale"
OFF_STEP = "ratings off the step"
BAD_TIMES = "impossible timestamps"
UNKNOWN_TIMES = "unknown times"
REPEATED_ROWS = "repeated rows"
REPEATED_PAIRS = "repeated (user, movie) pairs"
SAME_MOVIE = "movie ids repeated in the catalogue"
NO_METADATA = "rated movies without metadata"
FEW_USER = "ratings of users under the minimum"
FEW_ITEM = "ratings of movies under the minimum"

STEPS = (
    WRONG_FIELDS, MISSING, BAD_IDS, BAD_RATINGS, OFF_SCALE, OFF_STEP, BAD_TIMES, UNKNOWN_TIMES, REPEATED_ROWS,
    REPEATED_PAIRS, NOT_UTF8, SAME_MOVIE, NO_METADATA, FEW_USER, FEW_ITEM,
)  # fmt: skip
"""The steps in their order. A row is counted in the first step that applies to it.

`NOT_VIEWS` comes before `OFF_SCALE`, and only where the data have no stars.
"""

_SINGULAR: Mapping[str, str] = {
    WRONG_FIELDS: "row with the wrong number of fields",
    MISSING: "missing value",
    BAD_IDS: "id that is not a number",
    BAD_RATINGS: "rating that is not a number",
    NOT_VIEWS: "dislike or zero, not used as a view",
    OFF_SCALE: "rating off the scale",
    OFF_STEP: "rating off the step",
    BAD_TIMES: "impossible timestamp",
    UNKNOWN_TIMES: "unknown time",
    REPEATED_ROWS: "repeated row",
    REPEATED_PAIRS: "repeated (user, movie) pair",
    SAME_MOVIE: "movie id repeated in the catalogue",
    NO_METADATA: "rated movie without metadata",
    FEW_USER: "rating of a user under the minimum",
    FEW_ITEM: "rating of a movie under the minimum",
}


def counted_step(name: str, count: int) -> str:
    """How many rows a step concerns, such as "1 impossible timestamp" and "2 impossible timestamps"."""
    return counted(count, _SINGULAR.get(name, name), name)
