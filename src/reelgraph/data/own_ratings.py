"""Read the ratings of one person from a file."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from reelgraph.core import (
    NO_TIME,
    CleanReport,
    CleanStep,
    Dataset,
    FloatArray,
    IdIndex,
    Ratings,
    RatingScale,
    RowFault,
)
from reelgraph.core.argument_checks import require_type
from reelgraph.core.arrays import wide
from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data.clean import CleanRules, clean_rows
from reelgraph.data.clean_steps import MISSING, NO_METADATA, SAME_MOVIE, UNKNOWN_TIMES
from reelgraph.data.readers import tabular
from reelgraph.data.readers.files import open_file
from reelgraph.data.readers.options import ReadOptions

SEEN = "seen without a rating"
RAISED = "ratings under the scale, raised to its lowest"
BETWEEN = "ratings between the steps of the scale"
UNKNOWN = "movies not in the bundle"
CONVERTED = "ratings on another scale, converted to that of the bundle"
AGAIN = "unrated rows of movies named elsewhere"
UNUSABLE_TIMES = "times that cannot be read or are in the future, taken as unknown"

_EXAMPLES = 5
_HALF = 0.5
_NO_LIMIT = 2**62
_DAY = 86_400
_HIGHEST_RATINGS = (5.0, 10.0, 100.0)
_MAX_ERRORS = 0.05  # share of the ratings that may be off the scale by mistake
_COARSER = 10  # a scale that ends so many times lower is not the bundle's, whatever the ratings


@dataclass(frozen=True)
class OwnRatings:
    """The ratings of one person, and the movies they saw without rating them.

    Args:
        stars: stars by item id.
        seen: ids of the movies seen without a rating; none of them is in ``stars``.
        report: of cleaning; ``rows_out`` is ``len(stars) + len(seen)``.
        timestamps: when the movies were rated or seen, Unix seconds UTC by item id; those of unknown time are left out.
    """

    stars: Mapping[int | str, float]
    seen: tuple[int | str, ...]
    report: CleanReport
    timestamps: Mapping[int | str, int] = field(default_factory=dict)


@runs_after_fork
def read_person(path: str | Path, scale: RatingScale | None = None, items: IdIndex | None = None) -> OwnRatings:
    """Read and clean the ratings of one person from a table with ``item_id`` and ``rating``.

    A row without a rating, or with a rating of 0, means that the movie was seen. Half stars are kept on a scale of
    whole stars; ratings below the scale become its lowest value. Ratings on another scale, such as 1 to 10 for a bundle
    of 5 stars, are converted in proportion and the report says so. Of two ratings of a movie the latest counts.

    Times that cannot be read, are before 1970 or more than a day ahead are unknown, as if they were missing, and the
    report names their lines; whatever has no time is older than all that has one.

    Args:
        path: CSV, TSV or other delimited text; the column of users is optional.
        scale: the required scale of the ratings; inferred when None.
        items: the known items; others are dropped and counted. None keeps all.

    Raises:
        DataFormatError: the file is missing, cannot be read, lacks a column, has ratings of more than one person, or
            none of its movies is known.
    """
    require_type("read_person", "scale", scale, RatingScale, optional=True)
    path = Path(path)
    if not path.is_file():
        raise DataFormatError(path, "no such file")
    fine_scale = RatingScale(_HALF, scale.high, _HALF) if scale is not None and scale.step == 1 else scale
    data = tabular.read_table(open_file(path), path.name, ReadOptions(fine_scale), one_person=True)
    data, conversion = _converted(data, scale)
    if data.ratings.scale is not None and data.ratings.scale.low > 0:
        data = dataclasses.replace(data, ratings=_zero_as_missing(data.ratings))
    unrated_faults = [fault for fault in data.ratings.faults if _is_unrated(fault)]
    data, unusable_times = _with_possible_times(data)
    cleaned_data, report = clean_rows(data, CleanRules(earliest=0, latest=_NO_LIMIT))
    ratings = cleaned_data.ratings
    user_ids = np.unique(ratings.user_id)
    if len(user_ids) > 1 and not np.array_equal(ratings.user_id, ratings.item_id):
        raise DataFormatError(path, "the ratings of one person", column="user_id", value=counted(len(user_ids), "user"))
    stars = dict(zip(ratings.item_id.tolist(), ratings.rating.tolist(), strict=True))
    seen_rows = data.ratings.take(np.array([fault.row for fault in unrated_faults], np.int64))
    seen = tuple(item for item in dict.fromkeys(seen_rows.item_id.tolist()) if item not in stars)
    report = dataclasses.replace(report, steps=(*report.steps, *conversion, unusable_times))
    times = _latest_times(seen_rows) | _latest_times(ratings)
    person = OwnRatings(stars, seen, report, {item: times[item] for item in (*stars, *seen) if item in times})
    person = _with_seen_counted(person, data.ratings, len(unrated_faults))
    if not person.stars and not person.seen and report.rows_in:
        reasons = "; ".join(
            f"{step.name} {step.count:,}" for step in report.steps if step.action == "dropped" and step.count
        )
        raise DataFormatError(path, f"none of its {counted(report.rows_in, 'row')} can be used: {reasons}")
    if scale is not None:
        person = _to_scale(person, scale)
    return _with_unknown_times_counted(person if items is None else _known_items(person, items, data.ratings, path))


def _converted(data: Dataset, scale: RatingScale | None) -> tuple[Dataset, tuple[CleanStep, ...]]:
    """The ratings on ``scale``, and a step of the report if they were on another one."""
    values = data.ratings.rating[np.isfinite(data.ratings.rating)]
    highest = None if scale is None or not len(values) else _highest_rating(values, scale)
    if scale is None or highest is None:
        return data, ()
    step = _HALF * scale.high / _HIGHEST_RATINGS[0] if scale.step is None or scale.step >= _HALF else scale.step
    stars = wide(data.ratings.rating)
    rating = np.round(stars * (scale.high / highest) / step) * step
    rating = np.where(stars > 0, np.maximum(rating, step), rating)
    example = f"out of {highest:g}, multiplied by {scale.high / highest:g}"
    converted = dataclasses.replace(data, ratings=dataclasses.replace(data.ratings, rating=rating))
    return converted, (CleanStep(CONVERTED, "changed", len(values), (example,)),)


def _highest_rating(values: FloatArray, scale: RatingScale) -> float | None:
    """The highest rating of the scale of the values if it is not ``scale``, otherwise None."""
    above = values > scale.high + 1e-9
    n_whole = np.count_nonzero(above & (values % 1 == 0))
    if n_whole > _MAX_ERRORS * len(values) or 2 * np.count_nonzero(above) > len(values):
        ends = [end for end in _HIGHEST_RATINGS if end > scale.high and np.mean(values <= end) >= 1 - _MAX_ERRORS]
        return min(ends, default=float(values.max()))
    has_halves = bool(np.any(values % 1 == _HALF))
    for end in _HIGHEST_RATINGS:
        is_finer = has_halves and scale.step is not None and scale.step >= 1 and scale.high > _HIGHEST_RATINGS[0]
        if values.max() <= end < scale.high and (is_finer or end * _COARSER <= scale.high):
            return end
    return None


def _is_unrated(fault: RowFault) -> bool:
    return fault.column == "rating" and fault.kind == "missing"


def _zero_as_missing(ratings: Ratings) -> Ratings:
    """Treat ratings of 0, which services write for none, as missing."""
    zero_rows = np.flatnonzero(ratings.rating == 0)
    faults = [RowFault(row, ratings.first_line + row, "rating", "0", "missing") for row in zero_rows.tolist()]
    stars = np.where(ratings.rating == 0, np.nan, ratings.rating)
    all_faults = sorted([*ratings.faults, *faults], key=lambda fault: fault.row)
    return dataclasses.replace(ratings, rating=stars, faults=tuple(all_faults))


def _with_possible_times(data: Dataset) -> tuple[Dataset, CleanStep]:
    """The data in which times that cannot be are unknown, and a step of the report with their lines."""
    ratings = data.ratings
    text_of = {fault.row: (fault.line, fault.value) for fault in ratings.faults if fault.column == "timestamp"}
    if ratings.timestamp is None:
        return data, CleanStep(UNUSABLE_TIMES, "changed", 0)
    seconds = ratings.timestamp
    is_impossible = (seconds != NO_TIME) & ((seconds < 0) | (seconds > int(time.time()) + _DAY))
    for row in np.flatnonzero(is_impossible).tolist():
        text_of.setdefault(row, (ratings.first_line + row, str(seconds[row])))
    faults = tuple(fault for fault in ratings.faults if fault.column != "timestamp")
    possible = dataclasses.replace(ratings, timestamp=np.where(is_impossible, NO_TIME, seconds), faults=faults)
    examples = tuple(f"line {line}: {text!r}" for line, text in sorted(text_of.values())[:_EXAMPLES])
    return dataclasses.replace(data, ratings=possible), CleanStep(UNUSABLE_TIMES, "changed", len(text_of), examples)


def _latest_times(ratings: Ratings) -> dict[int | str, int]:
    """The latest known time of each movie."""
    if ratings.timestamp is None:
        return {}
    rows = np.argsort(ratings.timestamp, kind="stable")
    rows = rows[ratings.timestamp[rows] != NO_TIME]
    return dict(zip(ratings.item_id[rows].tolist(), ratings.timestamp[rows].tolist(), strict=True))


def _with_seen_counted(person: OwnRatings, ratings: Ratings, n_unrated: int) -> OwnRatings:
    """The report with the movies seen counted as kept, not as dropped."""
    seen_step = CleanStep(SEEN, "kept", len(person.seen))
    faults = [fault for fault in ratings.faults if fault.kind == "missing" and fault.column in ("user_id", "item_id")]
    examples = tuple(f"line {fault.line}: no {fault.column}" for fault in faults[:_EXAMPLES])
    steps = [
        dataclasses.replace(step, count=step.count - n_unrated, examples=examples) if step.name == MISSING else step
        for step in person.report.steps
        if step.name not in (SAME_MOVIE, NO_METADATA, UNKNOWN_TIMES)  # the file has no catalogue; times come last
    ]
    repeated_step = CleanStep(AGAIN, "dropped", n_unrated - len(person.seen))
    report = CleanReport(
        person.report.rows_in, person.report.rows_out + len(person.seen), (*steps, seen_step, repeated_step)
    )
    return dataclasses.replace(person, report=report)


def _to_scale(person: OwnRatings, scale: RatingScale) -> OwnRatings:
    low_items = [item for item, stars in person.stars.items() if stars < scale.low]
    values = np.array(list(person.stars.values()), dtype=np.float64)
    n_between = int(np.count_nonzero(~scale.contains(np.maximum(values, scale.low)))) if len(values) else 0
    steps = (
        *person.report.steps,
        CleanStep(RAISED, "changed", len(low_items), tuple(f"movie {item}" for item in low_items[:_EXAMPLES])),
        CleanStep(BETWEEN, "kept", n_between),
    )
    stars = {item: max(value, scale.low) for item, value in person.stars.items()}
    return dataclasses.replace(person, stars=stars, report=dataclasses.replace(person.report, steps=steps))


def _known_items(person: OwnRatings, items: IdIndex, ratings: Ratings, path: Path) -> OwnRatings:
    """The movies in the bundle, by its ids; the others are dropped and counted."""
    stars = {_bundle_id(items, item): value for item, value in person.stars.items() if item in items}
    seen = tuple(_bundle_id(items, item) for item in person.seen if item in items)
    all_items = [*person.stars, *person.seen]
    if all_items and not stars and not seen:
        raise DataFormatError(
            path,
            f"none of its {counted(len(all_items), 'movie')} is in the bundle",
            column="item_id",
            value=str(all_items[0]),
            hint="import an export first: reelgraph import",
        )
    unknown = {item for item in all_items if item not in items}
    line_of = {item: ratings.first_line + row for row, item in reversed(list(enumerate(ratings.item_id.tolist())))}
    first_unknown = sorted(unknown, key=lambda item: line_of[item])[:_EXAMPLES]
    examples = tuple(f"line {line_of[item]}: movie {item}" for item in first_unknown)
    step = CleanStep(UNKNOWN, "dropped", len(unknown), examples)
    report = CleanReport(person.report.rows_in, len(stars) + len(seen), (*person.report.steps, step))
    times = {_bundle_id(items, item): time for item, time in person.timestamps.items() if item in items}
    return OwnRatings(stars, seen, report, times)


def _with_unknown_times_counted(person: OwnRatings) -> OwnRatings:
    """The report with the movies that have no time, where others have one."""
    n_unknown = len(person.stars) + len(person.seen) - len(person.timestamps) if person.timestamps else 0
    steps = (*person.report.steps, CleanStep(UNKNOWN_TIMES, "kept", n_unknown))
    return dataclasses.replace(person, report=dataclasses.replace(person.report, steps=steps))


def _bundle_id(items: IdIndex, item: int | str) -> int | str:
    bundle_id: int | str = items.id(items.row(item))
    return bundle_id
