"""One person's file: what was rated, what was seen, and a report that adds up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelgraph.core import IdIndex, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data import read_person
from reelgraph.data.clean_steps import UNKNOWN_TIMES
from reelgraph.data.own_ratings import AGAIN, BETWEEN, RAISED, SEEN, UNKNOWN, UNUSABLE_TIMES

WHOLE = RatingScale(1.0, 5.0, 1.0)
HALF = RatingScale(0.5, 5.0, 0.5)
ITEMS = IdIndex(np.arange(1, 10), "item")


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text)
    return path


def test_known_file_with_everything_in_it(tmp_path: Path) -> None:
    rows = [
        "item_id,rating,timestamp",
        "1,4.5,1600000000",
        "2,,1600000000",  # seen
        "3,0,",  # seen: 0 is what services write for none
        "4,0.5,",
        "1,3,1500000000",  # the earlier rating of movie 1
        "99,5,",  # not in the bundle
        "4,,",  # rated above: one movie, not two
        ",5,",  # no id
        "5,5.5,",  # off the scale
    ]
    person = read_person(write(tmp_path, "\n".join(rows)), WHOLE, ITEMS)
    assert person.stars == {1: 4.5, 4: 1.0}
    assert person.seen == (2, 3)
    assert person.timestamps == {1: 1_600_000_000, 2: 1_600_000_000}
    report = person.report
    counts = {step.name: step.count for step in report.steps if step.count}
    assert counts == {
        "missing values": 1,
        "ratings off the scale": 1,
        "repeated (user, movie) pairs": 1,
        SEEN: 2,
        AGAIN: 1,
        RAISED: 1,
        UNKNOWN: 1,
        BETWEEN: 1,
        UNKNOWN_TIMES: 2,  # of movies 3 and 4
    }
    assert report.rows_in == 9
    assert report.rows_in - report.dropped == report.rows_out == 4
    assert next(step.examples for step in report.steps if step.name == UNKNOWN) == ("line 7: movie 99",)


def test_half_stars_stay_on_a_scale_of_whole_stars(tmp_path: Path) -> None:
    path = write(tmp_path, "item_id,rating\n1,3.5\n2,4\n3,0.5\n")
    whole = read_person(path, WHOLE)
    assert whole.stars == {1: 3.5, 2: 4.0, 3: 1.0}
    assert (whole.report.count(BETWEEN), whole.report.count(RAISED)) == (1, 1)
    half = read_person(path, HALF)
    assert half.stars == {1: 3.5, 2: 4.0, 3: 0.5}
    assert (half.report.count(BETWEEN), half.report.count(RAISED)) == (0, 0)


@pytest.mark.parametrize("first", [1_600_000_000, 10_000_000])
def test_the_latest_rating_counts_whatever_the_order_and_the_year(tmp_path: Path, first: int) -> None:
    person = read_person(write(tmp_path, f"item_id,rating,timestamp\n1,5,{first + 9}\n1,2,{first}\n"), HALF)
    assert person.stars == {1: 5.0}


@pytest.mark.parametrize("bad", ["x", "-5", "99999999999", "2021-03-04"])
@pytest.mark.parametrize("stars", ["4", "", "0"])
def test_one_unusable_time_leaves_the_others(tmp_path: Path, bad: str, stars: str) -> None:
    rows = ["1,5,1000000000", "2,4,1000000100", f"3,{stars},{bad}", "4,3,1000000050", "5,,1000000070", "6,4,"]
    person = read_person(write(tmp_path, "\n".join(["item_id,rating,timestamp", *rows])), HALF, ITEMS)
    assert person.timestamps == {1: 10**9, 2: 10**9 + 100, 4: 10**9 + 50, 5: 10**9 + 70}
    assert set(person.stars) | set(person.seen) == {1, 2, 3, 4, 5, 6}
    steps = {step.name: step for step in person.report.steps}
    assert (steps[UNUSABLE_TIMES].count, steps[UNUSABLE_TIMES].action) == (1, "changed")
    assert steps[UNUSABLE_TIMES].examples == (f"line 4: '{bad}'",)
    assert (steps[UNKNOWN_TIMES].count, person.report.dropped) == (2, 0)  # of movies 3 and 6


def test_a_rating_of_known_time_is_newer_than_one_of_unknown_time(tmp_path: Path) -> None:
    rows = "item_id,rating,timestamp\n1,5,1000000000\n1,2,x\n1,3,\n"
    person = read_person(write(tmp_path, rows), HALF)
    assert (person.stars, person.timestamps) == ({1: 5.0}, {1: 10**9})


def test_a_file_mostly_of_movies_seen_is_read_and_one_mostly_unreadable_is_not(tmp_path: Path) -> None:
    person = read_person(write(tmp_path, "item_id,rating\n1,5\n2,\n3,\n4,\n"), HALF, ITEMS)
    assert (person.stars, person.seen) == ({1: 5.0}, (2, 3, 4))
    with pytest.raises(DataFormatError, match="cannot be read"):
        read_person(write(tmp_path, "item_id,rating\n1,5\n2,good\n3,bad\n"), HALF, ITEMS)


def test_ids_are_those_of_the_bundle(tmp_path: Path) -> None:
    person = read_person(write(tmp_path, "item_id,rating\n1,5\ntt7,4\n2,\n"), HALF, ITEMS)
    assert person.stars == {1: 5.0}
    assert person.seen == (2,)
