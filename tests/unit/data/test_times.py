"""Times in every common notation; the seconds were worked out by hand from 2024-01-25 = day 19,747 since 1970."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import reelgraph as rg

NO_TIME = -1
from reelgraph.data.readers import times

DAY = 19_747 * 86_400  # Thursday, 25 January 2024
TIME = DAY + 13 * 3600 + 45 * 60 + 6  # 13:45:06 UTC
MINUTE = TIME - 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-25T13:45:06Z", TIME),
        ("2024-01-25T13:45:06.1234567890Z", TIME),
        ("2024-01-25t13:45:06z", TIME),
        ("2024-01-25 14:45:06+01:00", TIME),
        ("2024-01-25 14:45:06 +0100", TIME),
        ("2024-01-25T08:45:06-0500", TIME),
        ("2024-01-25T14:45:06+01", TIME),
        ("2024-01-25 13:45:06,5", TIME),
        ("2024-01-25 13:45", MINUTE),
        ("2024-01-25T14:45+01:00", MINUTE),
        ("2024-01-25 13:45:06 UTC", TIME),
        ("2024-01-25 13:45:06 GMT", TIME),
        ("2024-01-25 08:45:06 EST", TIME),
        ("2024-01-25T14:45:06+01:00[Europe/Paris]", TIME),
        ("25 Jan 2024 14:45:06 CET", TIME),
        ("2024-01-25 13:45:06 XYZ", None),
        ("2024-02", DAY + 7 * 86_400),
        ("2024-01-25", DAY),
        ("20240125", DAY),
        ("20240125T134506Z", TIME),
        ("20240125134506", TIME),
        ("2024/1/25", DAY),
        ("2024.01.25", DAY),
        ("25.01.2024", DAY),
        ("25.1.24", DAY),
        ("25.01.2024 13:45:06", TIME),
        ("25/01/2024, 13:45", MINUTE),
        ("01/25/2024 1:45 PM", MINUTE),
        ("1/25/24 12:00 AM", DAY),
        ("25-01-2024", DAY),
        ("25 Jan 2024", DAY),
        ("25-Jan-2024", DAY),
        ("January 25, 2024", DAY),
        ("Jan 25, 2024 13:45:06", TIME),
        ("Thu Jan 25 13:45:06 2024", TIME),
        ("Thu Jan 25 13:45:06 +0000 2024", TIME),
        ("Thu, 25 Jan 2024 13:45:06 GMT", TIME),
        ("25. Januar 2024", DAY),
        ("25 janvier 2024", DAY),
        ("25 de enero de 2024", DAY),
        (f"{TIME}", TIME),
        (f"{TIME}.75", TIME),
        (f"{TIME}123", TIME),
        (f"{TIME}123456", TIME),
        (f"{TIME}123456789", TIME),
        ("1995-01-25", 9_155 * 86_400),
        ("25.01.95", 9_155 * 86_400),
        ("061.2024", None),
        ("-2024125", None),
        ("yesterday", None),
        ("25.13.2024", None),
        ("2024-02-30", None),
        ("", None),
    ],
)
def test_one_time(text: str, expected: int | None) -> None:
    assert times.parse_seconds(text, day_first=text.startswith("25")) == expected


COLUMNS = {
    "iso with offsets": (["2024-01-25T14:45:06+01:00", "2024-01-25T08:45:06-0500"], [TIME, TIME]),
    "days first, told by one row": (["03/04/2024", "25/01/2024"], [DAY + 69 * 86_400, DAY]),
    "months first, told by one row": (["04/03/2024", "01/25/2024"], [DAY + 69 * 86_400, DAY]),
    "two digits of the year": (["25.01.24", "03.04.24"], [DAY, DAY + 69 * 86_400]),
    "dots alone put the day first": (["03.04.2024", "01.02.2024"], [DAY + 69 * 86_400, DAY + 7 * 86_400]),
    "compact days": (["20240125", "20240403"], [DAY, DAY + 69 * 86_400]),
    "milliseconds": ([f"{TIME}000", f"{DAY}000"], [TIME, DAY]),
    "microseconds": ([f"{TIME}000000", f"{DAY}000000"], [TIME, DAY]),
    "nanoseconds": ([f"{TIME}000000000", f"{DAY}000000000"], [TIME, DAY]),
    "minutes only": (["2024-01-25T13:45", "2024-01-25 00:00"], [MINUTE, DAY]),
    "years": (["2023", "2024"], [DAY - 389 * 86_400, DAY - 24 * 86_400]),
    "names of months": (["25 Jan 2024", "3 April 2024"], [DAY, DAY + 69 * 86_400]),
    "days of a spreadsheet": (["45316", "45385"], [DAY, DAY + 69 * 86_400]),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("source", ["file", "frame", "pandas"])
def test_the_same_column_in_every_source(name: str, source: str, tmp_path: Path) -> None:
    texts, expected = COLUMNS[name]
    table = {"user": ["ann", "bob"], "item": ["heat", "big"], "rating": [5, 4], "timestamp": texts}
    if source == "file":
        path = tmp_path / "table.csv"
        pl.DataFrame(table).write_csv(path)
        data = rg.read(path)
    else:
        frame = pl.DataFrame(table)
        data = rg.from_frame(frame if source == "frame" else frame.to_pandas(use_pyarrow_extension_array=False))
    assert data.ratings.timestamp is not None
    assert data.ratings.timestamp.tolist() == expected
    assert data.ratings.faults == ()


def test_numbers_of_days_in_a_frame() -> None:
    data = rg.from_frame({"user": [1, 2], "item": [1, 2], "rating": [5, 4], "date": [20240125, 20240403]})
    assert data.ratings.timestamp is not None
    assert data.ratings.timestamp.tolist() == [DAY, DAY + 69 * 86_400]


def test_an_order_that_nothing_tells_is_noted() -> None:
    data = rg.from_frame({"user": [1, 2], "item": [1, 2], "rating": [5, 4], "date": ["04/03/2024", "01/02/2024"]})
    assert data.ratings.timestamp is not None
    assert data.ratings.timestamp.tolist()[0] == DAY + 69 * 86_400  # the month first
    assert times.AMBIGUOUS_DATES in data.ratings.notes


def test_a_missing_time_keeps_the_rating() -> None:
    table = {
        "user": [1, 1, 2, 2, 3], "item": [1, 2, 1, 2, 1], "rating": [5, 4, 3, 5, 4],
        "timestamp": [TIME, None, TIME, TIME, float("nan")],
    }  # fmt: skip
    data, report = rg.clean(rg.from_frame(table))
    assert (report.rows_out, report.count("unknown times")) == (5, 2)
    assert data.ratings.timestamp is not None
    assert data.ratings.timestamp.tolist() == [TIME, NO_TIME, TIME, TIME, NO_TIME]
    assert rg.clean(data)[1].rows_out == 5  # cleaning twice changes nothing
    assert rg.describe(data)["first"] == "2024-01-25"
    split = rg.split(rg.index(data.ratings), rg.Temporal(train=0.6, valid=0.2), seed=0)
    assert (split.train.timestamp == NO_TIME).sum() == 2  # an unknown time is never taken for a late one
