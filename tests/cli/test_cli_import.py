"""``reelgraph import`` and what follows it: the file it writes is read by recommend, the doubtful are settled."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_cli_bad_input import refused, tree

Shell = Callable[..., Any]
HEAD = "Date,Name,Year,Letterboxd URI"
RATINGS = """2021-01-01,Toy Story,1995,u1,4.5
2021-01-01,The Matrix,1999,u2,5
2021-01-01,Amelie,2001,u3,2
2021-01-01,Film 9,1991,u4,3
2021-01-01,Nobody Made It,2015,u5,3
"""


def lines_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Three films rated and known, one doubtful (a film of another year), one missing."""
    path = tmp_path / "letterboxd-someone.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("ratings.csv", f"{HEAD},Rating\n{RATINGS}")
        made.writestr("watched.csv", f"{HEAD}\n2021-01-01,Heat,1995,u6\n2021-01-01,Toy Story,1995,u1\n")
        made.writestr("watchlist.csv", f"{HEAD}\n2021-01-01,Face/Off :cat:,1997,u7\n2021-01-01,[rec],2007,u8\n")
    return path


def test_from_the_export_to_the_list(shell: Shell, trained: Path, export: Path, tmp_path: Path) -> None:
    mine, wishes, doubtful = tmp_path / "mine.csv", tmp_path / "wishes.txt", tmp_path / "doubtful.csv"
    answer = shell("import", export, "--bundle", trained, "--out", mine, "--watchlist", wishes, "--doubtful", doubtful)
    assert answer.code == 0, answer.err
    assert "letterboxd: 9 rows" in answer.out
    assert "not in the catalogue: Nobody Made It (2015)" in answer.out
    assert "Film 9 (1991)" in answer.out
    rows = {row["item_id"]: row for row in lines_of(mine)}
    assert {key: row["rating"] for key, row in rows.items()} == {"1": "4.5", "6": "5", "3": "2", "2": ""}
    assert wishes.read_text() == "5\n4\n"

    listed = shell("recommend", trained, "--ratings", mine, "-k", 30, "--json")
    assert listed.code == 0
    assert {line["item_id"] for line in listed.value["items"]} == set(range(1, 25)) - {1, 2, 3, 6}
    wished = shell("recommend", trained, "--ratings", mine, "--include", wishes, "--json").value
    assert {line["item_id"] for line in wished["items"]} == {4, 5}

    open_ = lines_of(doubtful)
    assert [(row["title"], row["year"], row["item_id"]) for row in open_] == [("Film 9", "1991", "")]
    assert open_[0]["candidates"] == "9: Film 9 (1989)"
    text = doubtful.read_text()
    doubtful.write_text(text.replace("Film 9,1991,,", "Film 9,1991,9,"))
    again = shell("import", export, "--bundle", trained, "--out", mine, "--confirm", doubtful, "--json")
    assert again.code == 0, again.err
    assert again.value["films"] == {"matched": 7, "doubtful": 0, "missing": 1}
    assert "9,3," in mine.read_text()
    doubtful.write_text(text.replace("Film 9,1991,,", "Film 9,1991,-,"))
    none = shell("import", export, "--bundle", trained, "--out", mine, "--confirm", doubtful, "--json").value
    assert none["films"] == {"matched": 6, "doubtful": 0, "missing": 2}


def test_json_report(shell: Shell, trained: Path, export: Path, tmp_path: Path) -> None:
    value = shell("import", export, "--bundle", trained, "--out", tmp_path / "mine.csv", "--json").value
    assert (value["service"], value["rows"], value["rated"], value["seen"], value["watchlist"]) == (
        "letterboxd",
        9,
        3,
        1,
        2,
    )
    assert value["repeated"] == 1
    assert [film["title"] for film in value["missing"]] == ["Nobody Made It"]
    assert value["doubtful"][0]["candidates"]
    assert value["missing"][0]["where"].endswith("ratings.csv, line 6")


def test_picks_for_letterboxd(shell: Shell, trained: Path, tmp_path: Path) -> None:
    picks = tmp_path / "picks.csv"
    answer = shell("recommend", trained, "--user", 1, "-k", 30, "--letterboxd", picks, "--json")
    rows = lines_of(picks)
    assert list(rows[0]) == ["tmdbID", "imdbID", "Title", "Year"]
    assert len(rows) == len(answer.value["items"])
    by_id = {1: "Toy Story", 6: "The Matrix", 3: "Amélie", 4: "[rec]", 7: "七人の侍"}
    for line, row in zip(answer.value["items"], rows, strict=True):
        assert row["Title"] == by_id.get(line["item_id"], row["Title"])
        assert row["Year"] == str(line["year"])


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (["none.zip", "--bundle", "B", "--out", "m.csv"], "B is not a bundle"),
        (["none.zip", "--out", "m.csv"], "Missing option '--bundle'"),
        (["none.zip", "--bundle", "B"], "Missing option '--out'"),
        (["e.csv", "--bundle", "B", "--out", "e.csv"], r"e\.csv: is named twice"),
        (["e.csv", "--bundle", "B", "--out", "m.csv", "--watchlist", "m.csv"], r"m\.csv: is named twice"),
        (["e.csv", "--bundle", "B", "--out", "."], "is a folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_words_are_refused(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], pattern: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(shell("import", *words), pattern)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_when_something_is_wrong(shell: Shell, trained: Path, export: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("what was there\n")
    confirm = tmp_path / "c.csv"
    words = ["--bundle", trained, "--out", mine, "--watchlist", tmp_path / "w.txt"]
    (tmp_path / "cut.zip").write_bytes(export.read_bytes()[:-40])
    confirm.write_text("title,year,item_id\nNever Heard Of,1999,3\n")
    before = tree(tmp_path)
    refused(shell("import", tmp_path / "cut.zip", *words), r"cut\.zip")
    refused(shell("import", tmp_path / "none.zip", *words), r"none\.zip: no such file")
    refused(shell("import", export, *words, "--confirm", confirm), "no movie 'Never Heard Of' of 1999 in the export")
    refused(shell("import", export, *words, "--confirm", tmp_path / "d.csv"), r"d\.csv: no such file")
    assert tree(tmp_path) == before
    confirm.write_text("title,year\nToy Story,1995\n")
    refused(shell("import", export, *words, "--confirm", confirm), r"c\.csv.*item_id")
    confirm.write_text("title,year,item_id\nToy Story,1995,999\n")
    refused(shell("import", export, *words, "--confirm", confirm), "unknown item '999'")
    assert mine.read_text() == "what was there\n"
    assert not os.path.lexists(tmp_path / "w.txt")


def listed(answer: Any) -> list[int]:
    return [line["item_id"] for line in answer.value["items"]]


def test_own_files_of_any_form_are_imported_where_ratings_are_read(
    shell: Shell, trained: Path, export: Path, tmp_path: Path
) -> None:
    by_id, by_title, out_of_ten = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"
    by_id.write_text("item_id,rating\n1,4.5\n6,5\n3,2\n2,\n")
    by_title.write_text("title,year,rating\nToy Story,1995,9\nThe Matrix,1999,10\nAmelie,2001,4\nHeat,1995,\n")
    out_of_ten.write_text("item_id,rating\n1,9\n6,10\n3,4\n2,0\n")
    expected = shell("recommend", trained, "--ratings", by_id, "-k", 9, "--json")
    assert expected.code == 0
    for path in (by_title, out_of_ten):
        answer = shell("recommend", trained, "--ratings", path, "-k", 9, "--json")
        assert answer.code == 0, answer.err
        assert listed(answer) == listed(expected)
    for text in ("item_id\n1\n6\n", "1\n6\n", "item_id,timestamp\n1,1700000000\n6,1700000000\n"):
        (tmp_path / "seen.csv").write_text(text)
        answer = shell("recommend", trained, "--ratings", tmp_path / "seen.csv", "-k", 30, "--json")
        assert answer.code == 0, answer.err
        assert not {1, 6} & set(listed(answer))
    answer = shell("recommend", trained, "--ratings", by_title, "--json")
    assert "plain: 4 rows; rated 3, seen without a rating 1" in answer.err
    assert "ratings are out of 10: divided by 2 to make stars" in answer.err
    answer = shell("recommend", trained, "--ratings", out_of_ten, "--json")
    assert "converted to that of the bundle: out of 10, multiplied by 0.5" in answer.err
    answer = shell("recommend", trained, "--ratings", export, "-k", 30, "--json")
    assert answer.code == 0
    assert not {1, 2, 3, 6} & set(listed(answer))
    assert "not in the catalogue: 1: Nobody Made It (2015)" in answer.err
    explained = shell("explain", trained, "--ratings", by_title, "--item", "Toy Story (1995)", "--json")
    assert explained.code == 0, explained.err


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        ("a,b\n1,2\n", "item_id and rating"),
        ("item_id,rating\n900,5\n901,4\n", "none of its 2 movies is in the bundle"),
        ("title,year,rating\nNobody,2020,5\n", "none of its 1 row is a rating or a view of a movie of the bundle"),
        ("title,year,joy\nHeat,1995,5\n", "--columns rating=joy.*in `reelgraph import`, whose --out file"),
        ("profile,title,rating\nann,Heat,5\nben,Heat,1\n", "--profile NAME; in `reelgraph import`, whose --out file"),
        ("%PDF-1.7", "this is a PDF document"),
    ],
)
def test_own_files_without_a_movie_are_refused(
    shell: Shell, trained: Path, tmp_path: Path, content: str, pattern: str
) -> None:
    (tmp_path / "mine.csv").write_text(content)
    refused(shell("recommend", trained, "--ratings", tmp_path / "mine.csv"), pattern)


def test_columns_scale_and_profile_of_a_file(shell: Shell, trained: Path, tmp_path: Path) -> None:
    mine, own = tmp_path / "mine.csv", tmp_path / "own.csv"
    own.write_text("which,who,joy\nToy Story (1995),ann,7\nHeat (1995),ben,3\nThe Matrix (1999),ann,4\n")
    words = ["import", own, "--bundle", trained, "--out", mine]
    refused(shell(*words, "--columns", "name=which"), "name: unknown column role")
    refused(shell(*words, "--columns", "title=what"), "no column 'what'; the file has which, who, joy")
    columns = ["--columns", "title=which,rating=joy,user=who"]
    refused(shell(*words, *columns), "found 2 profiles: ann, ben")
    answer = shell(*words, *columns, "--scale", "1:7", "--profile", "Ann", "--json")
    assert answer.code == 0, answer.err
    assert {row["item_id"]: row["rating"] for row in lines_of(mine)} == {"1": "5", "6": "3"}
    assert answer.value["set_aside"] == {"rows of other profiles": 1}
    refused(shell(*words, *columns, "--scale", "7"), "expected LOW:HIGH")
