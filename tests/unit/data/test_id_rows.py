"""Rows of ids by counting: the same as by sorting."""

from __future__ import annotations

import numpy as np
import pytest

from reelgraph.data import id_rows as module
from reelgraph.data.id_rows import distinct_ids, id_rows

RNG = np.random.default_rng(2)
IDS = {
    "small": RNG.integers(1, 50, 300).astype(np.int32),
    "from 0, int64": RNG.integers(0, 9, 30),
    "negative": RNG.integers(-20, 20, 100),
    "far from 0": RNG.integers(10**12, 10**12 + 40, 200),
    "a range too large for a table": RNG.integers(-(2**62), 2**62, 200),
    "text": RNG.choice(["b", "a", "cc"], 40),
    "one": np.array([7]),
    "none": np.empty(0, np.int64),
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_rows_and_ids_are_those_of_a_sort(ids: np.ndarray) -> None:
    expected, expected_row = np.unique(ids, return_inverse=True)
    distinct, row = id_rows(ids)
    assert distinct.tolist() == distinct_ids(ids).tolist() == expected.tolist()
    assert row.tolist() == expected_row.tolist()
    assert row.dtype == np.int32
    assert distinct.dtype.kind == "U" or distinct.dtype == np.int64


def test_a_range_beyond_the_table_is_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SMALL_RANGE", 4)
    ids = np.array([3, 90, 3, 5], np.int32)
    assert id_rows(ids)[0].tolist() == [3, 5, 90]
    assert id_rows(ids)[1].tolist() == [0, 2, 0, 1]
