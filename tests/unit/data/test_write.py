"""Ratings written for other programs: what is written is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import reelgraph as rg
from reelgraph.core import NO_TIME
from reelgraph.core.errors import ConfigError, DataFormatError

FORMATS = ("inter", "parquet", "csv", "tsv")
STARS = {"user": [1, 1, 2, 3], "item": [10, 20, 10, 30], "rating": [5.0, 3.5, 4.0, 0.5], "timestamp": [9, 8, 7, 6]}


def rows(data: rg.Dataset) -> list[tuple[Any, ...]]:
    ratings = data.ratings
    times = np.full(len(ratings), NO_TIME) if ratings.timestamp is None else ratings.timestamp
    columns = (ratings.user_id, ratings.item_id, ratings.rating, times)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize(
    ("table", "feedback"),
    [
        (STARS, "explicit"),
        ({**STARS, "user": ["a", "b,c", 'd"e', "f'"], "item": ["x y", "é", "七", "z"]}, "explicit"),
        ({name: values for name, values in STARS.items() if name != "timestamp"}, "explicit"),
        ({"user": [1, 1, 2], "item": [10, 20, 10]}, "implicit"),
        ({"user": [1, 1, 2], "item": [10, 20, 10], "plays": [3, 1, 12]}, "counts"),
    ],
    ids=["stars", "text ids", "no times", "views", "counts"],
)
def test_what_is_written_is_read_back(tmp_path: Path, ending: str, table: dict[str, Any], feedback: str) -> None:
    data = rg.from_frame(table)
    assert data.ratings.feedback == feedback
    path = tmp_path / f"ratings.{ending}"
    assert rg.write_ratings(data, path) == ()
    again = rg.read(path)
    assert rows(again) == rows(data)
    assert again.ratings.feedback == feedback
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_rating_without_a_time_stays_without_one(tmp_path: Path, ending: str) -> None:
    data = rg.from_frame(pl.DataFrame({**STARS, "timestamp": [900_000_000, None, 900_000_002, 900_000_003]}))
    assert data.ratings.timestamp is not None
    assert data.ratings.timestamp.tolist()[1] == NO_TIME
    rg.write_ratings(data, tmp_path / f"ratings.{ending}")
    assert rows(rg.read(tmp_path / f"ratings.{ending}")) == rows(data)


def test_recbole_files_are_as_its_manual_says(tmp_path: Path) -> None:
    titles = {"title": ["Heat (1995)", "Alien", "Heat (1995)", "M"], "year": [1995, 1979, 1995, 0]}
    genres = {"genres": ["Action|Crime", "Science Fiction", "Action|Crime", ""]}
    data = rg.from_frame({**STARS, **titles, **genres})
    notes = rg.write_ratings(data, tmp_path / "films.inter")
    assert notes == ("genres of several words are written with underscores: Science Fiction",)
    assert (tmp_path / "films.inter").read_text().splitlines()[:2] == [
        "user_id:token\titem_id:token\trating:float\ttimestamp:float",
        "1\t10\t5.0\t9",
    ]
    assert (tmp_path / "films.item").read_text().splitlines()[:3] == [
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq",
        "10\tHeat (1995)\t1995\tAction Crime",
        "20\tAlien\t1979\tScience_Fiction",
    ]
    again = rg.read(tmp_path)
    assert again.catalogue.title.tolist() == data.catalogue.title.tolist()
    assert again.catalogue.year.tolist() == data.catalogue.year.tolist()
    assert again.catalogue.genres[0] == ("Action", "Crime")


def test_titles_that_are_not_kept_are_told(tmp_path: Path) -> None:
    data = rg.from_frame({**STARS, "title": ["Heat", "Alien", "Heat", "M"]})
    (note,) = rg.write_ratings(data, tmp_path / "ratings.csv")
    assert note == "titles and genres of 3 movies are not in a table of ratings; a name in .inter keeps them"


def test_what_cannot_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    data = rg.from_frame(STARS)
    with pytest.raises(ConfigError, match=r"ratings.xls: is of an unknown kind; give a name that ends in .inter"):
        rg.write_ratings(data, tmp_path / "ratings.xls")
    tabbed = rg.from_frame({**STARS, "user": ["a\tb", "c", "d", "e"]})
    with pytest.raises(DataFormatError, match="ids without tabs and line ends"):
        rg.write_ratings(tabbed, tmp_path / "ratings.inter")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        rg.write_ratings(data, tmp_path / "file" / "ratings.csv")
    (tmp_path / "bad.csv").write_text("user_id,item_id,rating\n1,10,5\n1,20,five\n")
    with pytest.raises(DataFormatError, match="1 row that could be read"):
        rg.write_ratings(rg.read(tmp_path / "bad.csv"), tmp_path / "ratings.csv")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bad.csv", "file"]


@pytest.mark.parametrize("table", [STARS, {**STARS, "title": ["Heat", "Alien", "Heat", "M"]}], ids=["ids", "titles"])
def test_an_item_file_of_another_form_is_not_replaced(tmp_path: Path, table: dict[str, Any]) -> None:
    data = rg.from_frame(table)
    item = tmp_path / "u.item"
    item.write_text("1|Toy Story (1995)|01-Jan-1995\n")
    with pytest.raises(ConfigError, match=r"u\.item: is there and is no file of RecBole's"):
        rg.write_ratings(data, tmp_path / "u.inter")
    assert [path.name for path in tmp_path.iterdir()] == ["u.item"]
    assert item.read_text() == "1|Toy Story (1995)|01-Jan-1995\n"
    rg.write_ratings(data, tmp_path / "u.csv")
    item.write_text("item_id:token\tmovie_title:token_seq\n10\tM\n")
    rg.write_ratings(data, tmp_path / "u.inter")
    assert (tmp_path / "u.inter").is_file()
