"""Dates as services write them; the seconds were worked out by hand from 2020-04-03 = day 18,355 since 1970."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelgraph import import_export
from reelgraph.data.readers import times as dates
from tests.unit.importers.services import known_catalogue

DAY = 18_355 * 86_400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-04-03", DAY),
        ("2020-04-03 01:02:03", DAY + 3723),
        ("2020-04-03T01:02:03.000Z", DAY + 3723),
        ("2020-04-03T02:02:03+01:00", DAY + 3723),
        ("4/3/20", DAY),
        ("04/03/2020", DAY),
        ("Fri Apr  3 00:00:00 2020", DAY),
        ("3 April 2020", DAY),
        ("Apr 3, 2020", DAY),
        ("2020/4/3", DAY),
        (str(DAY), DAY),
        (f"{DAY}000", DAY),
        ("", None),
        ("yesterday", None),
        ("13/13/2020", None),
        ("2020-02-30", None),
        ("0000-00-00", None),
        ("9" * 400, None),
    ],
)
def test_known_dates(text: str, expected: int | None) -> None:
    assert dates.parse_seconds(text) == expected


def test_the_column_tells_whether_the_day_comes_first() -> None:
    assert dates.parse_seconds("3.4.2020", day_first=True) == DAY
    assert dates.is_day_first(["3/4/20", "25/12/19"]) is True
    assert dates.is_day_first(["3/4/20", "12/25/19"]) is False
    assert dates.is_day_first(["3/4/20", "2020-12-25"]) is None
    assert dates.is_ambiguous(["3/4/20"])
    assert not dates.is_ambiguous(["3/4/20", "12/25/19"])
    assert not dates.is_ambiguous(["2020-12-25", ""])


def test_times_that_cannot_be_are_unknown_and_said_to_be(tmp_path: Path) -> None:
    rows = ["title,year,rating,date", "The Matrix,1999,5,1000000000", "Amelie,2001,4,x", "Seven,1995,4,0000-00-00"]
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    imported = import_export(tmp_path / "mine.csv", known_catalogue())
    assert imported.timestamps == {2571: 1_000_000_000}
    assert [note for note in imported.notes if "times" in note] == [
        f"times that cannot be read, taken as unknown: {tmp_path / 'mine.csv'}, line 3: 'x'"
    ]
    (tmp_path / "mine.csv").write_text("\n".join([*rows[:2], "Amelie,2001,4,2999-01-01", "Seven,1995,4,1965-03-02"]))
    imported = import_export(tmp_path / "mine.csv", known_catalogue())
    assert imported.timestamps == {2571: 1_000_000_000}
    assert "2 times before 1970 or in the future, taken as unknown" in imported.notes
