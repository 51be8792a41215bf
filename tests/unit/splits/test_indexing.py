import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reelgraph.core import Ratings, RatingScale, RowFault
from reelgraph.core.errors import DataFormatError
from reelgraph.data.indexing import index

SCALE = RatingScale(0.5, 5.0, 0.5)


def ratings(users: list, items: list, stars: list[float], times: list[int] | None = None, **more: object) -> Ratings:
    time = None if times is None else np.array(times)
    return Ratings(np.array(users), np.array(items), np.array(stars, dtype=float), time, SCALE, "films.csv", **more)


def test_rows_follow_the_ids_and_edges_the_file() -> None:
    indexed = index(ratings([30, 10, 30], [7, 7, 2], [4, 3.5, 1], [5, 6, 7]))
    assert_array_equal(indexed.users.ids, [10, 30])
    assert_array_equal(indexed.items.ids, [2, 7])
    assert_array_equal(indexed.user_row, [1, 0, 1])
    assert_array_equal(indexed.item_row, [1, 1, 0])
    assert_array_equal(indexed.rating, [4, 3.5, 1])
    assert_array_equal(indexed.timestamp, [5, 6, 7])
    assert (indexed.user_row.dtype, indexed.rating.dtype, indexed.timestamp.dtype) == (np.int32, np.float32, np.int64)
    assert_array_equal(indexed.matrix().toarray(), [[0, 3.5], [1, 4]])


def test_text_ids_work_alike() -> None:
    indexed = index(ratings(["b", "a"], ["x", "x"], [1, 2]))
    assert indexed.users.ids.tolist() == ["a", "b"]
    assert indexed.timestamp is None


def test_a_floor_takes_the_rows_of_those_who_lose_everything() -> None:
    indexed = index(ratings([1, 1, 2, 3], [5, 6, 5, 7], [3, 2, 5, 1]), min_rating=3)
    assert indexed.users.ids.tolist() == [1, 2]
    assert indexed.items.ids.tolist() == [5]
    assert_array_equal(indexed.user_row, [0, 1])
    assert_array_equal(indexed.item_row, [0, 0])


@pytest.mark.parametrize(("floor", "message"), [(None, "at least one rating"), (4.5, "of at least 4.5 stars")])
def test_nothing_to_index_is_an_error(floor: float | None, message: str) -> None:
    rows = ratings([], [], []) if floor is None else ratings([1], [1], [4])
    with pytest.raises(DataFormatError, match=rf"films\.csv: expected .*{message}, found none"):
        index(rows, min_rating=floor)


@pytest.mark.parametrize("bad", [np.nan, 5.5, 0.0, 3.25])
def test_a_rating_off_the_scale_is_refused_by_line(bad: float) -> None:
    with pytest.raises(
        DataFormatError, match=r"line 3, column 'rating': found .*0\.5 to 5 in steps of 0\.5.*reelgraph\.clean"
    ):
        index(ratings([1, 2], [1, 1], [4, bad], first_line=2))


def test_a_fault_of_the_reader_is_refused_by_line_and_value() -> None:
    fault = RowFault(row=0, line=1234, column="rating", value="abc", kind="not a number")
    with pytest.raises(DataFormatError, match=r"line 1234, column 'rating': found 'abc'.*reelgraph\.clean"):
        index(ratings([1], [1], [np.nan], faults=(fault,)))


def test_a_repeated_pair_is_refused_where_it_comes_again() -> None:
    with pytest.raises(DataFormatError, match=r"line 4, .*'2, 8'.*pair once.*reelgraph\.clean"):
        index(ratings([2, 1, 2, 2], [8, 8, 9, 8], [4, 3, 1, 5]))
