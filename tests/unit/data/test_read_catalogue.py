"""A table of movies on its own: every row that does not become a movie is accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reelgraph.core import IdIndex
from reelgraph.data import read_catalogue

ITEMS = IdIndex(np.array([1, 2]), "item")


def test_rows_without_a_readable_id_and_rows_of_one_movie_are_told(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    path.write_text("movieId,title,genres\n9,Dawn (2030),\n9,,Drama\nx,Noon (2030),Drama\n8,Night,Comedy\n")
    movies, notes = read_catalogue(path, ITEMS)
    assert movies.item_id.tolist() == [8, 9]
    assert movies.title.tolist() == ["Night", "Dawn (2030)"]
    assert movies.genres == (("Comedy",), ("Drama",))
    assert notes == (
        "rows of movies.csv without a number as id, not read: 1",
        "rows of movies.csv with the id of an earlier row, read for what that one leaves empty: 1",
    )


def test_titles_that_are_numbers_are_not_read_and_this_is_told(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    path.write_text("movieId,title\n8,300\n9,1917\n")
    movies, notes = read_catalogue(path, ITEMS)
    assert movies.title.tolist() == ["8", "9"]
    assert notes == ("only ids of movies.csv were read: its titles are numbers, or differ between rows of one id",)
