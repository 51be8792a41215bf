"""A table of movies on its own: every row that does not become a movie is accounted for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from reelgraph.core import IdIndex
from reelgraph.core.errors import DataFormatError
from reelgraph.data import clean, read, read_catalogue

ITEMS = IdIndex(np.array([1, 2]), "item")


def test_rows_without_a_readable_id_are_told(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    path.write_text("movieId,title,genres\n9,Dawn (2030),Drama\nx,Noon (2030),Drama\n8,Night,Comedy\n")
    movies, notes = read_catalogue(path, ITEMS)
    assert movies.item_id.tolist() == [8, 9]
    assert movies.title.tolist() == ["Night", "Dawn (2030)"]
    assert movies.genres == (("Comedy",), ("Drama",))
    assert notes == ("rows of movies.csv without a number as id, not read: 1",)


@pytest.mark.parametrize("second", ["Dawn (2030),Drama", "Dusk (2031),Comedy", ",Drama"])
@pytest.mark.parametrize("first", ["Dawn (2030)", '"Dawn, or\nnot (2030)"'])
def test_an_id_in_two_rows_is_refused_with_its_lines(tmp_path: Path, first: str, second: str) -> None:
    path = tmp_path / "movies.csv"
    path.write_text(f"movieId,title,genres\n9,{first},Drama\nx,Noon (2030)\nx,Night,\n9,{second}\n8,Night,Comedy\n")
    line = 5 + first.count("\n")
    message = f"movies.csv, line {line}, column 'movieId': found '9', expected one row for each movie (line 2 has this"
    with pytest.raises(DataFormatError, match=re.escape(message)):
        read_catalogue(path, ITEMS)


def test_an_id_in_two_rows_of_parquet_is_refused_with_their_numbers(tmp_path: Path) -> None:
    pl.DataFrame({"movieId": [9, None, 9], "title": ["Dawn", "Noon", "Dusk"]}).write_parquet(tmp_path / "m.parquet")
    with pytest.raises(DataFormatError, match="line 3, column 'movieId': found '9'.*line 1 has this id, too"):
        read_catalogue(tmp_path / "m.parquet", ITEMS)


def test_titles_that_are_numbers_are_not_read_and_this_is_told(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    path.write_text("movieId,title\n8,300\n9,1917\n")
    movies, notes = read_catalogue(path, ITEMS)
    assert movies.title.tolist() == ["8", "9"]
    assert notes == ("only ids of movies.csv were read: its titles are numbers, or differ between rows of one id",)


def test_minus_one_is_an_id_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    path.write_text("movieId,title\n-1,Dusk (1931)\n,Nobody's (1932)\n2,Noon (1933)\n")
    movies, notes = read_catalogue(path, ITEMS)
    assert movies.item_id.tolist() == [-1, 2]
    assert movies.title.tolist() == ["Dusk (1931)", "Noon (1933)"]
    assert notes == ("rows of movies.csv without a number as id, not read: 1",)


def test_minus_one_may_have_rated_and_be_rated(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("user,item,rating\n-1,-1,5\n-1,2,3\n7,2,4\n")
    (tmp_path / "items.csv").write_text("item,title\n-1,Dusk (1931)\n2,Noon (1933)\n")
    (tmp_path / "users.csv").write_text("user,gender\n-1,F\n7,M\n")
    data, report = clean(read(tmp_path))
    assert report.rows_out == 3
    assert data.ratings.user_id.tolist() == [-1, -1, 7]
    assert data.ratings.item_id.tolist() == [-1, 2, 2]
    assert data.catalogue.title.tolist() == ["Dusk (1931)", "Noon (1933)"]
    assert data.profiles is not None
    assert data.profiles.user_id.tolist() == [-1, 7]
    assert data.profiles.gender.tolist() == ["F", "M"]


def test_rows_of_people_that_are_not_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("user,item,rating\n1,1,5\n2,1,3\n")
    (tmp_path / "items.csv").write_text("item,title\n1,Dawn (1930)\n")
    (tmp_path / "users.csv").write_text("user,gender\n1,F\n,M\nx,M\n2\n1,M\n")
    data = read(tmp_path)
    assert data.profiles is not None
    assert (data.profiles.user_id.tolist(), data.profiles.gender.tolist()) == ([1], ["M"])
    assert [note for note in data.ratings.notes if "users.csv" in note] == [
        "rows of users.csv with the wrong number of fields, not read: 1",
        "rows of users.csv without a number as id, not read: 2",
        "rows of users.csv replaced by a later row with the same id: 1",
    ]
    (tmp_path / "users.csv").write_text("name,gender\nAnn,F\n")
    data = read(tmp_path)
    assert data.profiles is None
    assert "users.csv was not read: it has no column user_id (or user, uid, id)" in data.ratings.notes


def test_a_fraction_is_no_id(tmp_path: Path) -> None:
    path = tmp_path / "movies.parquet"
    pl.DataFrame({"movieId": [2.0, 2.5, None], "title": ["Noon", "Half past", "Nobody's"]}).write_parquet(path)
    movies, notes = read_catalogue(path, ITEMS)
    assert (movies.item_id.tolist(), movies.title.tolist()) == ([2], ["Noon"])
    assert notes == ("rows of movies.parquet without a number as id, not read: 2",)


def test_without_known_ids_the_error_says_what_an_id_is(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    path.write_text("movieId,title\nx,Noon\n")
    with pytest.raises(DataFormatError, match="an id is a number"):
        read_catalogue(path, IdIndex(np.empty(0, np.int64), "item"))
