"""Views, counts and stars in arrays, sparse matrices and lists of items a line."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import reelgraph as rg
from reelgraph.core.errors import DataFormatError
from tests.unit.data.implicit_tables import TIMES, facts, write


def item_lists(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    write(folder / "train.txt", ["0 10 11 12", "1 10 ", "2 11 13"])
    write(folder / "test.txt", ["0 13", "1 11 12", "2"])
    return folder


def test_item_lists_of_two_files(tmp_path: Path) -> None:
    data = rg.read(item_lists(tmp_path / "gowalla"))
    assert (data.name, *facts(data)) == ("item lists", "implicit", [1.0] * 9)
    assert data.ratings.user_id.tolist() == [0, 0, 0, 1, 2, 2, 0, 1, 1]
    assert data.ratings.item_id.tolist() == [10, 11, 12, 10, 11, 13, 13, 11, 12]
    assert "rows in this order: train.txt 6, test.txt 3" in data.ratings.notes
    assert data.catalogue.item_id.tolist() == [10, 11, 12, 13]


def test_the_shipped_split_of_item_lists(tmp_path: Path) -> None:
    folder = item_lists(tmp_path / "gowalla")
    train, test = (rg.read(folder / name) for name in ("train.txt", "test.txt"))
    assert (len(train.ratings), len(test.ratings)) == (6, 3)
    parts = rg.split_of_tables(train.ratings, test.ratings)
    assert parts.train.feedback == parts.test.feedback == "implicit"
    assert parts.test.target.nnz == 3
    assert parts.train.item_row.tolist() == [0, 1, 2, 0, 1, 3]


def test_item_lists_of_one_length(tmp_path: Path) -> None:
    """Four numbers a line could be a table, were it not for the other file."""
    write(tmp_path / "train.txt", ["0 1 2 3", "1 4 5 6"])
    write(tmp_path / "test.txt", ["0 5", "1 9"])
    assert facts(rg.read(tmp_path)) == ("implicit", [1.0] * 8)
    assert len(rg.read(tmp_path / "train.txt").ratings) == 6
    write(tmp_path / "test.txt", ["0 5 4 1000000000", "1 9 3 1000000060"])
    with pytest.raises(DataFormatError, match=r"found test\.txt, train\.txt"):
        rg.read(tmp_path)


def test_item_lists_in_a_zip(tmp_path: Path) -> None:
    folder = item_lists(tmp_path / "lists")
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as archive:
        for name in ("train.txt", "test.txt"):
            archive.write(folder / name, f"lists/{name}")
    assert facts(rg.read(tmp_path / "lists.zip")) == ("implicit", [1.0] * 9)


def test_a_line_of_an_item_list_that_is_none(tmp_path: Path) -> None:
    folder = item_lists(tmp_path / "lists")
    write(folder / "test.txt", ["0 13", "1 eleven 12"])
    with pytest.raises(DataFormatError, match=r"test\.txt, line 2.*1 eleven 12.*a user and the items"):
        rg.read(folder)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil"])
def test_sparse_matrix_of_views(form: str) -> None:
    matrix = sparse.coo_array(([1, 1, 1], ([0, 0, 2], [1, 3, 0])), shape=(3, 5)).asformat(form)
    data = rg.read(matrix)
    assert facts(data) == ("implicit", [1.0] * 3)
    assert sorted(zip(data.ratings.user_id.tolist(), data.ratings.item_id.tolist(), strict=True)) == [
        (0, 1),
        (0, 3),
        (2, 0),
    ]


def test_sparse_matrix_of_booleans_of_counts_and_of_stars() -> None:
    def matrix(values: Any) -> Any:
        return sparse.csr_matrix((np.array(values), ([0, 0, 1, 1, 2, 2], [0, 1, 0, 2, 1, 2])), shape=(3, 3))

    assert facts(rg.read(matrix([True] * 6))) == ("implicit", [1.0] * 6)
    assert facts(rg.read(matrix([1, 1, 2, 1, 60, 1]))) == ("counts", [1.0, 1.0, 2.0, 1.0, 60.0, 1.0])
    stars = rg.read(matrix([1, 5, 3, 4, 5, 2])).ratings
    assert (stars.feedback, stars.scale) == ("explicit", rg.RatingScale(1, 5, 1))


def test_array_of_pairs() -> None:
    data = rg.read(np.array([[1, 10], [1, 20], [2, 10]]))
    assert facts(data) == ("implicit", [1.0] * 3)
    assert data.ratings.item_id.tolist() == [10, 20, 10]


def test_array_of_triples_and_of_four_columns() -> None:
    triples = rg.read(np.array([[1, 10, 5.0], [1, 20, 3.0], [2, 10, 4.0]])).ratings
    assert (triples.feedback, triples.rating.tolist(), triples.user_id.dtype.kind) == ("explicit", [5, 3, 4], "i")
    timed = rg.read(np.array([[1, 10, TIMES[0]], [2, 10, TIMES[1]]])).ratings
    assert (timed.feedback, timed.rating.tolist()) == ("implicit", [1, 1])
    assert timed.timestamp is not None
    assert timed.timestamp.tolist() == TIMES[:2]
    four = rg.read(np.array([[1, 10, 1, TIMES[0]], [2, 10, 1, TIMES[1]]])).ratings
    assert (four.feedback, four.timestamp is None) == ("implicit", False)


def test_list_of_rows_and_structured_array() -> None:
    rows = [("ann", "heat", 5), ("bob", "heat", 4), ("bob", "big", 2)]
    ratings = rg.read(rows).ratings
    assert (ratings.user_id.tolist(), ratings.rating.tolist()) == (["ann", "bob", "bob"], [5, 4, 2])
    assert facts(rg.read([row[:2] for row in rows])) == ("implicit", [1.0] * 3)
    structured = np.array([(1, 10), (2, 20)], dtype=[("user", "i8"), ("item", "i8")])
    assert facts(rg.read(structured)) == ("implicit", [1.0] * 2)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (np.zeros((4, 9)), r"shape \(4, 9\).*transpose it"),
        (np.zeros((9, 9)), r"shape \(9, 9\).*scipy\.sparse\.csr_array"),
        (np.zeros(4), r"shape \(4,\)"),
        ([("ann", "heat"), ("bob",)], r"lengths \[1, 2\]"),
    ],
    ids=["transposed", "dense", "vector", "ragged"],
)
def test_arrays_of_other_shapes(source: Any, problem: str) -> None:
    with pytest.raises(DataFormatError, match=problem):
        rg.read(source)


def test_a_number_of_an_item_list_that_fits_no_integer_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "test.txt", ["0 1", "1 2"])
    write(tmp_path / "train.txt", ["0 1 2 3", "1 4 999999999999999999"])
    assert 999_999_999_999_999_999 in rg.read(tmp_path).ratings.item_id
    write(tmp_path / "train.txt", ["0 1 2 3", "1 4 9999999999999999999"])
    with pytest.raises(DataFormatError, match=r"train\.txt, line 2.*at most 18 digits"):
        rg.read(tmp_path)
