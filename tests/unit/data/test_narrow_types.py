"""Columns are as narrow as their values allow, and no value changes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from reelgraph.data import from_frame
from reelgraph.data.readers.narrow_types import narrow, narrow_series

CASES = [
    (np.array([1, 2**31 - 1, -(2**31)]), np.int32),
    (np.array([1, 2**31]), np.int64),
    (np.array([-(2**31) - 1]), np.int64),
    (np.array([], np.int64), np.int64),
    (np.array([0.5, 5.0, -2.25]), np.float32),
    (np.array([4.3]), np.float64),
    (np.array([2.0**24 + 1]), np.float64),
    (np.array([1e300]), np.float64),
]


@pytest.mark.parametrize(("values", "dtype"), CASES)
def test_width_follows_the_values(values: np.ndarray, dtype: type) -> None:
    for narrowed in (narrow(values), narrow_series(pl.Series(values)).to_numpy()):
        assert narrowed.dtype == dtype
        np.testing.assert_array_equal(narrowed, values)


def test_missing_ratings_and_text_are_kept() -> None:
    assert narrow(np.array([0.5, np.nan])).dtype == np.float32
    assert np.isnan(narrow(np.array([0.5, np.nan]))[1])
    assert narrow(np.array(["a"])).tolist() == ["a"]


def test_the_same_ratings_have_one_hash_and_tables_of_64_bits() -> None:
    columns = {"user": [1, 2], "item": [10, 20], "rating": [4.0, 4.5]}
    data = from_frame(columns)
    assert (data.ratings.user_id.dtype, data.ratings.rating.dtype) == (np.int32, np.float32)
    # The hash from when all ids were int64 and all ratings float64.
    assert data.sha256 == "9ca729db8db145cd7999a2ba1e8ef738a098969505880ad89a445d6374fef2f4"
    assert data.to_polars().schema == {"user_id": pl.Int64, "item_id": pl.Int64, "rating": pl.Float64}
