"""One person's ratings from a file of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reelgraph.core import CleanReport, CleanStep, Dataset, IdIndex, Ratings, RatingScale, RowFault
from reelgraph.core.errors import DataFormatError
from reelgraph.data.clean import MISSING, NO_METADATA, SAME_MOVIE, CleanRules, clean
from reelgraph.data.readers import tabular
from reelgraph.data.readers.files import open_file

SEEN = "seen without a rating"
RAISED = "ratings under the scale, raised to its lowest"
BETWEEN = "ratings between the steps of the scale"
UNKNOWN = "movies not in the bundle"
AGAIN = "unrated rows of movies named elsewhere"

_EXAMPLES = 5
_HALF = 0.5
_NEVER = 2**62


@dataclass(frozen=True)
class OwnRatings:
    """What one person rated, and what they saw without rating it.

    Args:
        stars: stars by item id.
        seen: ids of the movies seen without a rating; never among ``stars``.
        report: what cleaning did; it adds up, and ``rows_out`` is ``len(stars) + len(seen)``.
    """

    stars: Mapping[int | str, float]
    seen: tuple[int | str, ...]
    report: CleanReport


def read_person(path: str | Path, scale: RatingScale | None = None, items: IdIndex | None = None) -> OwnRatings:
    """A person's ratings by item id, cleaned, from a table with ``item_id`` and ``rating``.

    A row without a rating, or with a rating of 0, is a movie that was seen. Half stars stay half stars on a scale of
    whole stars; a rating under the scale is raised to its lowest. Times only tell which of two ratings of a movie is
    the last.

    Args:
        path: CSV, TSV or other delimited text; a column of users may be missing.
        scale: the scale the ratings must be on; inferred when None.
        items: the known items; others are dropped and counted. None keeps all.

    Raises:
        DataFormatError: the file is missing or cannot be read, lacks a column, holds more than one person, or none of
            its movies is known.
    """
    path = Path(path)
    if not path.is_file():
        raise DataFormatError(path, "no such file")
    finer = RatingScale(_HALF, scale.high, _HALF) if scale is not None and scale.step == 1 else scale
    data = tabular.read(open_file(path), path.name, finer, one_person=True)
    if data.ratings.scale.low > 0:
        data = dataclasses.replace(data, ratings=_zeros_missing(data.ratings))
    unrated = [fault for fault in data.ratings.faults if _is_unrated(fault)]
    cleaned, report = clean(_in_time(data), CleanRules(earliest=0, latest=_NEVER))
    ratings = cleaned.ratings
    people = np.unique(ratings.user_id)
    if len(people) > 1 and not np.array_equal(ratings.user_id, ratings.item_id):
        raise DataFormatError(path, "the ratings of one person", column="user_id", value=f"{len(people)} users")
    stars = dict(zip(ratings.item_id.tolist(), ratings.rating.tolist(), strict=True))
    seen = dict.fromkeys(data.ratings.item_id[[fault.row for fault in unrated]].tolist())
    own = OwnRatings(stars, tuple(item for item in seen if item not in stars), report)
    own = _counted(own, data.ratings, len(unrated))
    if scale is not None:
        own = _on_scale(own, scale)
    return own if items is None else _known(own, items, data.ratings, path)


def _is_unrated(fault: RowFault) -> bool:
    return fault.column == "rating" and fault.kind == "missing"


def _zeros_missing(ratings: Ratings) -> Ratings:
    """A rating of 0 is what services write for none."""
    rows = np.flatnonzero(ratings.rating == 0)
    faults = [RowFault(row, ratings.first_line + row, "rating", "0", "missing") for row in rows.tolist()]
    stars = np.where(ratings.rating == 0, np.nan, ratings.rating)
    ordered = sorted([*ratings.faults, *faults], key=lambda fault: fault.row)
    return dataclasses.replace(ratings, rating=stars, faults=tuple(ordered))


def _in_time(data: Dataset) -> Dataset:
    """Without times where some are not known: they only tell which rating of a movie is the last."""
    ratings = data.ratings
    faults = tuple(fault for fault in ratings.faults if fault.column != "timestamp")
    known = ratings.timestamp is not None and len(faults) == len(ratings.faults) and ratings.timestamp.min() >= 0
    time = ratings.timestamp if known else None
    return dataclasses.replace(data, ratings=dataclasses.replace(ratings, timestamp=time, faults=faults))


def _counted(own: OwnRatings, ratings: Ratings, unrated: int) -> OwnRatings:
    """The report with the movies seen taken out of what was dropped."""
    kept = CleanStep(SEEN, "kept", len(own.seen))
    faults = [fault for fault in ratings.faults if fault.kind == "missing" and fault.column in ("user_id", "item_id")]
    examples = tuple(f"line {fault.line}: no {fault.column}" for fault in faults[:_EXAMPLES])
    steps = [
        dataclasses.replace(step, count=step.count - unrated, examples=examples) if step.name == MISSING else step
        for step in own.report.steps
        if step.name not in (SAME_MOVIE, NO_METADATA)  # of the catalogue, which is not this file's
    ]
    again = CleanStep(AGAIN, "dropped", unrated - len(own.seen))
    report = CleanReport(own.report.rows_in, own.report.rows_out + len(own.seen), (*steps, kept, again))
    return dataclasses.replace(own, report=report)


def _on_scale(own: OwnRatings, scale: RatingScale) -> OwnRatings:
    low = [item for item, stars in own.stars.items() if stars < scale.low]
    values = np.array(list(own.stars.values()), dtype=np.float64)
    between = int(np.count_nonzero(~scale.contains(np.maximum(values, scale.low)))) if len(values) else 0
    steps = (
        *own.report.steps,
        CleanStep(RAISED, "changed", len(low), tuple(f"movie {item}" for item in low[:_EXAMPLES])),
        CleanStep(BETWEEN, "kept", between),
    )
    stars = {item: max(value, scale.low) for item, value in own.stars.items()}
    return OwnRatings(stars, own.seen, dataclasses.replace(own.report, steps=steps))


def _known(own: OwnRatings, items: IdIndex, ratings: Ratings, path: Path) -> OwnRatings:
    """The movies that the bundle knows, by the ids it uses itself; the others are dropped and counted."""
    stars = {_own_id(items, item): value for item, value in own.stars.items() if item in items}
    seen = tuple(_own_id(items, item) for item in own.seen if item in items)
    everything = [*own.stars, *own.seen]
    if everything and not stars and not seen:
        raise DataFormatError(
            path,
            f"none of its {len(everything):,} movies is in the bundle",
            column="item_id",
            value=str(everything[0]),
            hint="import an export first: reelgraph import",
        )
    unknown = {item for item in everything if item not in items}
    lines = {item: ratings.first_line + row for row, item in reversed(list(enumerate(ratings.item_id.tolist())))}
    found = sorted(unknown, key=lambda item: lines[item])[:_EXAMPLES]
    examples = tuple(f"line {lines[item]}: movie {item}" for item in found)
    step = CleanStep(UNKNOWN, "dropped", len(unknown), examples)
    report = CleanReport(own.report.rows_in, len(stars) + len(seen), (*own.report.steps, step))
    return OwnRatings(stars, seen, report)


def _own_id(items: IdIndex, item: int | str) -> int | str:
    own: int | str = items.id(items.row(item))
    return own
