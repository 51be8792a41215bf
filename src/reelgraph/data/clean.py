"""`clean`: drop or correct invalid ratings, in steps that are counted."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import Field

from reelgraph.core import (
    NO_TIME,
    BoolArray,
    Catalogue,
    CleanReport,
    CleanStep,
    Dataset,
    IntArray,
    Ratings,
    config,
)
from reelgraph.core.argument_checks import require_type
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.core.pair_order import is_ascending
from reelgraph.data.clean_steps import (
    BAD_IDS,
    BAD_RATINGS,
    BAD_TIMES,
    FEW_ITEM,
    FEW_USER,
    MISSING,
    NO_METADATA,
    NOT_VIEWS,
    OFF_SCALE,
    OFF_STEP,
    REPEATED_PAIRS,
    REPEATED_ROWS,
    SAME_MOVIE,
    UNKNOWN_TIMES,
    WRONG_FIELDS,
)
from reelgraph.data.dropped_ratings import advice_on_times, dropped_notes, require_rows
from reelgraph.data.id_rows import distinct_ids
from reelgraph.data.k_core import codes_of, rows_below_minimum
from reelgraph.data.readers.files import NOT_UTF8

_UNITS = {"explicit": "stars", "implicit": "views", "counts": "times"}
_EXAMPLES = 5
_DAY = 86_400


@dataclass(frozen=True)
class CleanRules:
    """The rules of `clean`.

    Args:
        earliest: Unix seconds UTC; an earlier time is impossible. The default is 1990-01-01, before the web. Set it to
            0 for times with another origin.
        latest: Unix seconds UTC; a later time is impossible. One day from now when None.
        min_user_ratings: users with fewer ratings are dropped repeatedly until none is left (k-core); 1 keeps all.
        min_item_ratings: the same for movies.

    Raises:
        ConfigError: a value is out of range.
    """

    earliest: Annotated[int, Field(ge=0)] = 631_152_000
    latest: Annotated[int, Field(ge=0)] | None = None
    min_user_ratings: Annotated[int, Field(ge=1)] = 1
    min_item_ratings: Annotated[int, Field(ge=1)] = 1

    def __post_init__(self) -> None:
        config.validate(self)


@runs_after_fork
def clean(data: Dataset, rules: CleanRules | None = None) -> tuple[Dataset, CleanReport]:
    """Clean ratings and catalogue; the report has every step, including those that find nothing.

    The steps are those of `STEPS <reelgraph.data.clean_steps.STEPS>`, in this order: unreadable rows (wrong number of
    fields, missing values, ids or ratings that are not numbers), ratings off the scale or off its step, impossible
    times (unreadable, too early or in the future), unknown times (missing; the ratings are kept), repeated rows (the
    first is kept), repeated (user, movie) pairs (the latest is kept, or the last row if times are equal or missing;
    counts are added up), lines not in UTF-8 (read as latin-1), movie ids repeated in the catalogue (the first is kept),
    rated movies without metadata (kept, with their id as title), and the k-core if the rules require one. Data without
    stars have one step more: dislikes and zeros, which are no views.

    Args:
        data: from ``read``.
        rules: the rules; the defaults when None.

    Returns:
        The clean data set, with rows in the order of the source, and the report, in which rows in minus dropped rows
        are rows out; its notes warn if more than half are dropped. The data set may be empty if the rules require
        a k-core.

    Raises:
        DataFormatError: all ratings are dropped, or most are off the scale; names the reason, an example, and what to
            do.

    Cost: O(n), about 0.3 s for a million ratings.

    Examples:
        >>> import reelgraph as rg
        >>> data, report = rg.clean(rg.from_frame({"user": [1, 1], "item": [10, 10], "rating": [4, 5]}))
        >>> report.count("repeated (user, movie) pairs"), data.ratings.rating
        (1, array([5.], dtype=float32))
    """
    require_type("clean", "data", data, Dataset)
    require_type("clean", "rules", rules, CleanRules, optional=True)
    cleaned, report = clean_rows(data, rules or CleanRules())
    require_rows(report, data.ratings.source)
    return cleaned, report


def clean_rows(data: Dataset, rules: CleanRules) -> tuple[Dataset, CleanReport]:
    """The same as `clean`, but all ratings may be dropped."""
    cleaning = _Cleaning(data.ratings)
    _drop_faults(cleaning)
    _drop_off_scale(cleaning)
    _drop_times(cleaning, rules)
    _drop_repeats(cleaning)
    notes_by_name = {note.name: note for note in data.notes}
    cleaning.steps.append(notes_by_name.get(NOT_UTF8, CleanStep(NOT_UTF8, "changed", 0)))
    catalogue = _clean_catalogue(data.catalogue, cleaning)
    _drop_below_minimum(cleaning, rules)
    ratings = dataclasses.replace(data.ratings, rating=cleaning.rating, faults=())
    if not cleaning.is_kept.all():
        ratings = ratings.take(np.flatnonzero(cleaning.is_kept))
    report = CleanReport(len(data.ratings), len(ratings), tuple(cleaning.steps), ratings.notes)
    report = dataclasses.replace(report, notes=tuple(dict.fromkeys(report.notes + dropped_notes(report))))
    ratings = dataclasses.replace(ratings, notes=report.notes)
    return dataclasses.replace(data, ratings=ratings, catalogue=catalogue), report


class _Cleaning:
    """The rows kept and the steps done so far."""

    def __init__(self, ratings: Ratings) -> None:
        self.ratings, self.rating = ratings, ratings.rating
        self.is_kept = np.ones(len(ratings), bool)
        self.steps: list[CleanStep] = []
        self._line = {fault.row: fault.line for fault in ratings.faults}

    def drop(
        self, name: str, rows: BoolArray | IntArray, describe: Callable[[int], str] | None = None, advice: str = ""
    ) -> None:
        if rows.dtype == np.bool_:
            dropped = np.flatnonzero(rows & self.is_kept) if rows.any() else np.empty(0, np.int64)
        else:
            dropped = np.unique(rows[self.is_kept[rows]])
        self.is_kept[dropped] = False
        examples = tuple(
            f"line {self.line(row)}: {(describe or self.row)(row)}" for row in dropped[:_EXAMPLES].tolist()
        )
        self.steps.append(CleanStep(name, "dropped", len(dropped), examples, advice))

    def line(self, row: int) -> int:
        return self._line.get(row, self.ratings.first_line + row)

    def row(self, row: int) -> str:
        ratings = self.ratings
        value = f"{ratings.rating[row]:g} {_UNITS[ratings.feedback]}"
        text = f"user {ratings.user_id[row]}, movie {ratings.item_id[row]}, {value}"
        if ratings.timestamp is None:
            return text
        return f"{text}, time {'unknown' if ratings.timestamp[row] == NO_TIME else ratings.timestamp[row]}"


def _drop_faults(cleaning: _Cleaning) -> None:
    fault_at = {fault.row: fault for fault in cleaning.ratings.faults}

    def rows_with(kind: str, *columns: str) -> IntArray:
        rows = [
            fault.row for fault in fault_at.values() if fault.kind == kind and (not columns or fault.column in columns)
        ]
        return np.array(rows, dtype=np.int64)

    def describe(row: int) -> str:
        fault = fault_at.get(row)
        return cleaning.row(row) if fault is None else f"{fault.column} {fault.value!r}"

    keys = ("user_id", "item_id")
    cleaning.drop(WRONG_FIELDS, rows_with("wrong number of fields"), lambda row: repr(fault_at[row].value[:80]))
    cleaning.drop(MISSING, rows_with("missing", *keys, "rating"), lambda row: f"no {fault_at[row].column}")
    cleaning.drop(BAD_IDS, rows_with("not a number", *keys), describe)
    # Ratings from other code may be NaN without a fault.
    is_unreadable = ~np.isfinite(cleaning.ratings.rating)
    not_finite = np.flatnonzero(is_unreadable) if is_unreadable.any() else np.empty(0, np.int64)
    unreadable = np.union1d(rows_with("not a number", "rating"), not_finite)
    cleaning.drop(BAD_RATINGS, unreadable.astype(np.int64), describe)


def _drop_off_scale(cleaning: _Cleaning) -> None:
    ratings, scale = cleaning.ratings, cleaning.ratings.scale
    if scale is None:
        cleaning.drop(NOT_VIEWS, ratings.rating == 0)
        cleaning.drop(OFF_SCALE, ~ratings.is_valid())
        cleaning.drop(OFF_STEP, np.empty(0, np.int64))
        return
    is_off = ~ratings.is_valid() & cleaning.is_kept
    rows = np.flatnonzero(is_off) if is_off.any() else np.empty(0, np.int64)
    stars = ratings.rating[rows]
    is_outside = (stars < scale.low - 1e-9) | (stars > scale.high + 1e-9)
    cleaning.drop(OFF_SCALE, rows[is_outside])
    cleaning.drop(OFF_STEP, rows[~is_outside])


def _drop_times(cleaning: _Cleaning, rules: CleanRules) -> None:
    seconds = cleaning.ratings.timestamp
    if seconds is None:
        cleaning.drop(BAD_TIMES, np.empty(0, np.int64))
        cleaning.steps.append(CleanStep(UNKNOWN_TIMES, "kept", 0))
        return
    latest = int(time.time()) + _DAY if rules.latest is None else rules.latest
    is_invalid = (seconds < rules.earliest) | (seconds > latest)
    is_unknown = seconds == NO_TIME
    is_invalid &= ~is_unknown
    fault_at = {fault.row: fault for fault in cleaning.ratings.faults if fault.column == "timestamp"}
    is_invalid[list(fault_at)] = True

    def describe(row: int) -> str:
        if row in fault_at:
            return f"timestamp {fault_at[row].value!r}"
        value = int(seconds[row])
        if not 0 <= value < 253_402_300_800:  # the year 10,000 is beyond the range of datetime
            return f"timestamp {value}"
        return f"timestamp {value} ({datetime.fromtimestamp(value, UTC):%Y-%m-%d})"

    rows = np.flatnonzero(is_invalid & cleaning.is_kept) if is_invalid.any() else np.empty(0, np.int64)
    dropped = seconds[rows[~np.isin(rows, list(fault_at))]]
    n_negative, n_future = int(np.count_nonzero(dropped < 0)), int(np.count_nonzero(dropped > latest))
    n_unreadable, n_early = len(rows) - len(dropped), len(dropped) - n_negative - n_future
    is_mostly_future = n_future > max(n_unreadable, n_negative, n_early)
    last = int(dropped.max()) if is_mostly_future else None
    cleaning.drop(BAD_TIMES, is_invalid, describe, advice_on_times(n_unreadable, n_negative, n_early, last))
    unknown = np.flatnonzero(cleaning.is_kept & is_unknown) if is_unknown.any() else np.empty(0, np.int64)
    examples = tuple(f"line {cleaning.line(row)}: {cleaning.row(row)}" for row in unknown[:_EXAMPLES].tolist())
    cleaning.steps.append(CleanStep(UNKNOWN_TIMES, "kept", len(unknown), examples))


def _drop_repeats(cleaning: _Cleaning) -> None:
    ratings = cleaning.ratings
    kept_rows = np.arange(len(ratings)) if cleaning.is_kept.all() else np.flatnonzero(cleaning.is_kept)
    row = _rows_of_repeated_pairs(ratings, kept_rows)
    seconds = np.zeros(len(row), np.int64) if ratings.timestamp is None else ratings.timestamp[row]
    frame = pl.DataFrame(
        {
            "row": row,
            "user": ratings.user_id[row],
            "item": ratings.item_id[row],
            "stars": ratings.rating[row],
            "time": seconds,
        }
    )
    repeated = frame.filter(~pl.struct("user", "item", "stars", "time").is_first_distinct())["row"].to_numpy()
    cleaning.drop(REPEATED_ROWS, repeated)
    frame = frame.filter(~pl.col("row").is_in(repeated)).sort("user", "item", "time", "row")
    if ratings.feedback == "counts":
        totals = frame.group_by("user", "item").agg(pl.col("row").last(), pl.col("stars").sum())
        cleaning.rating = ratings.rating.copy()
        cleaning.rating[totals["row"].to_numpy()] = totals["stars"].to_numpy()
    latest_row = {(user, item): row for row, user, item in frame.select("row", "user", "item").iter_rows()}
    outdated = frame.filter(~pl.struct("user", "item").is_last_distinct())["row"].sort().to_numpy()

    def describe(row: int) -> str:
        latest = latest_row[ratings.user_id[row].item(), ratings.item_id[row].item()]
        outcome = "has the sum" if ratings.feedback == "counts" else "is kept"
        return f"{cleaning.row(row)}; line {cleaning.line(latest)} {outcome}"

    cleaning.drop(REPEATED_PAIRS, outdated, describe)


def _rows_of_repeated_pairs(ratings: Ratings, rows: IntArray) -> IntArray:
    """The rows, ascending, whose (user, movie) pair occurs more than once; only these few need a closer look."""
    if len(rows) == 0:
        return rows
    is_all = len(rows) == len(ratings)
    user_id, item_id = (ids if is_all else ids[rows] for ids in (ratings.user_id, ratings.item_id))
    if user_id.dtype.kind == item_id.dtype.kind == "i" and is_ascending(user_id, item_id, strictly=True):
        return rows[:0]  # in order of users and movies, as the files of MovieLens are
    item_code = codes_of(item_id)
    pair_code = codes_of(user_id).astype(np.int64) * (int(item_code.max()) + 1) + item_code
    sorted_pairs = np.sort(pair_code)
    repeated = sorted_pairs[1:][sorted_pairs[1:] == sorted_pairs[:-1]]
    return rows[np.isin(pair_code, repeated)] if len(repeated) else rows[:0]


def _clean_catalogue(catalogue: Catalogue, cleaning: _Cleaning) -> Catalogue:
    first_rows = np.sort(np.unique(catalogue.item_id, return_index=True)[1])
    repeated_rows = np.setdiff1d(np.arange(len(catalogue)), first_rows)
    examples = [f"movie {catalogue.item_id[row]}: {catalogue.title[row]}" for row in repeated_rows[:_EXAMPLES].tolist()]
    cleaning.steps.append(CleanStep(SAME_MOVIE, "changed", len(repeated_rows), tuple(examples)))
    item_id = cleaning.ratings.item_id
    rated = distinct_ids(item_id if cleaning.is_kept.all() else item_id[cleaning.is_kept])
    unknown = np.setdiff1d(rated, catalogue.item_id[first_rows])
    is_untitled = catalogue.title == catalogue.item_id.astype(str)
    # If no movie has a title, there is no metadata file, and nothing is missing from it.
    untitled = unknown[:0] if is_untitled.all() else np.intersect1d(rated, catalogue.item_id[is_untitled])
    without_metadata = np.union1d(unknown, untitled)
    movies = tuple(f"movie {item}" for item in without_metadata[:_EXAMPLES].tolist())
    cleaning.steps.append(CleanStep(NO_METADATA, "kept", len(without_metadata), movies))
    if len(repeated_rows) == 0 and len(unknown) == 0:
        return catalogue
    return catalogue.aligned(np.concatenate([catalogue.item_id[first_rows], unknown]))


def _drop_below_minimum(cleaning: _Cleaning, rules: CleanRules) -> None:
    ratings = cleaning.ratings
    few_user, few_item = rows_below_minimum(
        ratings.user_id, ratings.item_id, cleaning.is_kept, rules.min_user_ratings, rules.min_item_ratings
    )
    cleaning.drop(FEW_USER, few_user)
    cleaning.drop(FEW_ITEM, few_item)
