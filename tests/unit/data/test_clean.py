"""Cleaning: hand-worked tables, and a file with 100 planted faults of known kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelgraph.core import RatingScale
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data import CleanRules, clean, from_frame, index, read
from reelgraph.data.clean_steps import (
    BAD_IDS,
    BAD_RATINGS,
    BAD_TIMES,
    FEW_ITEM,
    FEW_USER,
    MISSING,
    NO_METADATA,
    OFF_SCALE,
    OFF_STEP,
    REPEATED_PAIRS,
    REPEATED_ROWS,
    SAME_MOVIE,
    STEPS,
    UNKNOWN_TIMES,
    WRONG_FIELDS,
)

HEADER = "userId,movieId,rating,timestamp\n"
START = 1_000_000_000
PLANTED = {
    WRONG_FIELDS: 8, MISSING: 12, BAD_IDS: 5, BAD_RATINGS: 10, OFF_SCALE: 9, OFF_STEP: 7, BAD_TIMES: 11,
    UNKNOWN_TIMES: 3,
    REPEATED_ROWS: 11, REPEATED_PAIRS: 13, SAME_MOVIE: 4, NO_METADATA: 7,
}  # fmt: skip


def _good(row: int) -> list[str]:
    """Row r: user 1 + r // 40, movie 1 + r % 40, so no pair comes twice."""
    stars = 0.5 + 0.5 * ((row * 7) % 10)
    return [str(1 + row // 40), str(1 + row % 40), f"{stars:g}", str(START + row)]


def _cycle(count: int, *edits: dict[int, str]) -> list[dict[int, str]]:
    return [edits[n % len(edits)] for n in range(count)]


def _planted_rows() -> list[str]:
    """2,000 good rows, of which 65 are spoilt in their place, 24 that repeat others, and 7 of unknown movies."""
    rows = [_good(row) for row in range(2000)]
    edits = [
        *_cycle(PLANTED[MISSING], {0: ""}, {1: ""}, {2: ""}, {2: "NaN"}),
        *_cycle(PLANTED[BAD_IDS], {0: "x9"}, {1: "tt1"}),
        *_cycle(PLANTED[BAD_RATINGS], {2: "abc"}, {2: "five"}, {2: "inf"}),
        *_cycle(PLANTED[OFF_SCALE], {2: "0"}, {2: "5.5"}, {2: "-1"}, {2: "99"}),
        *_cycle(PLANTED[OFF_STEP], {2: "3.7"}, {2: "2.25"}),
        *_cycle(PLANTED[UNKNOWN_TIMES], {3: ""}),
        *_cycle(PLANTED[BAD_TIMES], {3: "noon"}, {3: "-5"}, {3: "12"}, {3: "99999999999"}),
    ]
    for n, edit in enumerate(edits):
        for column, value in edit.items():
            rows[3 + 17 * n][column] = value
    for n in range(PLANTED[WRONG_FIELDS]):
        rows[10 + 17 * n] = [rows[10 + 17 * n][:3], [*_good(0), "extra"], [], ["7"]][n % 4]
    same_row = [_good(1500 + n) for n in range(PLANTED[REPEATED_ROWS])]
    newer = [[*_good(1600 + n)[:2], "0.5", str(START + 5000)] for n in range(6)]
    older = [[*_good(1700 + n)[:2], "0.5", str(START - 5000)] for n in range(PLANTED[REPEATED_PAIRS] - 6)]
    strange = [["1", str(900 + n), "3", str(START)] for n in range(PLANTED[NO_METADATA])]
    return [",".join(row) + "\n" for row in [*rows, *same_row, *newer, *older, *strange]]


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    (tmp_path / "ratings.csv").write_text(HEADER + "".join(_planted_rows()))
    movies = [f"{n},Movie {n} (1999),Drama\n" for n in [*range(1, 41), 1, 2, 2, 40]]
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n" + "".join(movies))
    return tmp_path


def test_one_hundred_planted_faults_are_counted_by_kind(planted: Path) -> None:
    data, report = clean(read(planted))
    counts = {step.name: step.count for step in report.steps if step.count}
    assert counts == PLANTED
    assert sum(counts.values()) == 100
    assert tuple(step.name for step in report.steps) == STEPS
    assert report.rows_in == 2000 + 24 + 7
    assert report.rows_in - report.dropped == report.rows_out == len(data.ratings)
    assert all(len(step.examples) == min(step.count, 5) for step in report.steps)


def test_what_is_left_is_ready_to_index(planted: Path) -> None:
    raw = read(planted)
    with pytest.raises(DataFormatError, match=r"reelgraph\.clean"):
        index(raw.ratings)
    data, report = clean(raw)
    assert len(index(data.ratings)) == report.rows_out
    assert len(np.unique(data.catalogue.item_id)) == len(data.catalogue) == 47
    assert data.catalogue.title[0] == "Movie 1 (1999)"
    assert data.catalogue.title[-1] == "906"
    again, second = clean(data)
    assert (second.dropped, second.rows_out) == (0, len(again.ratings))


def test_examples_name_the_line(planted: Path) -> None:
    report = clean(read(planted))[1]
    examples = {step.name: step.examples for step in report.steps}
    assert examples[MISSING][0] == "line 5: no user_id"
    assert examples[WRONG_FIELDS][0].startswith("line 12: '1,11,")
    assert examples[BAD_RATINGS][0].endswith("rating 'abc'")
    assert "time" in examples[OFF_SCALE][0]
    assert "is kept" in examples[REPEATED_PAIRS][0]
    assert examples[NO_METADATA][0] == "movie 900"


def _frame(*rows: tuple[object, object, float, int]) -> dict[str, list[object]]:
    columns = ("user_id", "item_id", "rating", "timestamp")
    return {name: [row[n] for row in rows] for n, name in enumerate(columns)}


STARS = RatingScale(1, 5, 1)


def test_the_latest_of_a_pair_counts_whatever_its_place() -> None:
    frame = _frame((1, 7, 5, START + 9), (2, 7, 3, START), (1, 7, 2, START + 3), (2, 7, 4, START))
    data, report = clean(from_frame(frame, scale=STARS))
    assert data.ratings.rating.tolist() == [5, 4]  # the later time; the later row among equal times
    assert report.count(REPEATED_PAIRS) == 2
    assert report.count(REPEATED_ROWS) == 0


def test_without_times_the_last_row_counts() -> None:
    frame = {"user": ["a", "a", "b", "a"], "item": ["x", "x", "x", "x"], "rating": [1, 2, 3, 2]}
    data, report = clean(from_frame(frame, scale=STARS))
    assert data.ratings.user_id.tolist() == ["a", "b"]
    assert data.ratings.rating.tolist() == [2, 3]
    assert (report.count(REPEATED_ROWS), report.count(REPEATED_PAIRS)) == (1, 1)


def test_time_rules() -> None:
    frame = _frame((1, 1, 5, 10), (1, 2, 5, START), (1, 3, 5, START + 100))
    assert clean(from_frame(frame))[1].count(BAD_TIMES) == 1
    assert clean(from_frame(frame), CleanRules(earliest=0))[1].count(BAD_TIMES) == 0
    assert clean(from_frame(frame), CleanRules(latest=START))[1].count(BAD_TIMES) == 2


def test_k_core_goes_on_until_all_have_enough() -> None:
    # u3 has one rating; without it i3 has one; without that u2 has one; u1 and u4 keep i1 and i2.
    pairs = [(1, 1), (1, 2), (4, 1), (4, 2), (2, 3), (2, 1), (3, 3)]
    frame = _frame(*[(u, i, 3, START) for u, i in pairs])
    data, report = clean(from_frame(frame), CleanRules(min_user_ratings=2, min_item_ratings=2))
    assert list(zip(data.ratings.user_id.tolist(), data.ratings.item_id.tolist(), strict=True)) == pairs[:4]
    assert (report.count(FEW_USER), report.count(FEW_ITEM)) == (2, 1)


def test_k_core_is_off_by_default() -> None:
    assert clean(from_frame(_frame((1, 1, 3, START))))[1].rows_out == 1


def test_nothing_may_be_left() -> None:
    data, report = clean(from_frame(_frame((1, 1, 3, START))), CleanRules(min_user_ratings=2))
    assert (len(data.ratings), report.rows_out, report.dropped) == (0, 0, 1)
    with pytest.raises(DataFormatError, match="found none"):
        index(data.ratings)


@pytest.mark.parametrize(
    ("times", "advice"),
    [
        ([9 * 10**9, 9 * 10**9 + 5], "or set rg.CleanRules(latest=9000000005)"),
        ([-3_000_000_000, -3_000_000_005], "times before 1970 cannot be kept"),
        ([100_000_000, 100_000_005], "or set rg.CleanRules(earliest=0)"),
    ],
)
def test_the_advice_for_impossible_times_helps(times: list[int], advice: str) -> None:
    frame = {"user": [1, 2], "item": [10, 20], "rating": [4, 5], "timestamp": times}
    with pytest.raises(DataFormatError, match="impossible timestamps 2") as refused:
        clean(from_frame(frame))
    assert advice in str(refused.value)
    assert ("earliest=0" in str(refused.value)) == ("earliest=0" in advice)
    frame = {"user": [1, 2, 3], "item": [10, 20, 30], "rating": [4, 5, 3], "timestamp": [*times, 10**9]}
    (note,) = (note for note in clean(from_frame(frame))[1].notes if note.startswith("WARNING"))
    assert note.endswith(advice)


def test_the_advice_for_times_that_are_mostly_unreadable_helps() -> None:
    times = ["noon", "1000000001", "99999999999", "1000000000", "dusk"]
    frame = {"user": range(5), "item": range(5), "rating": [1, 2, 3, 4, 5], "timestamp": times}
    (note,) = (note for note in clean(from_frame(frame))[1].notes if note.startswith("WARNING"))
    assert note.endswith("or write them as Unix seconds or as dates such as 2024-01-25")


@pytest.mark.parametrize("rule", [{"min_user_ratings": 0}, {"earliest": -1}, {"latest": "now"}])
def test_rules_are_checked(rule: dict[str, int]) -> None:
    with pytest.raises(ConfigError):
        CleanRules(**rule)
