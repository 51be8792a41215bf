"""Counts and sums by item, against the same of all ratings at once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelgraph.bundle import item_statistics
from reelgraph.bundle.item_statistics import ItemStatistics
from reelgraph.core import Matrix


def test_by_hand() -> None:
    history = Matrix(np.array([[5, 0, 3], [4, 1, 0], [0, 0, 0]], np.float32))
    found = ItemStatistics.of(history, np.array([True, False, True, True]), liked_from=4.0)
    assert found.counts.tolist() == [2, 1, 1]
    assert found.train_counts.tolist() == [2, 1, 0]
    assert found.liked_counts.tolist() == [2, 0, 0]
    assert found.star_totals.tolist() == [9, 1, 3]
    assert (found.n_users, found.mean) == (2, 3.25)
    assert ItemStatistics.of(history, None, 4.0).train_counts.tolist() == []


def test_of_nothing() -> None:
    found = ItemStatistics.of(Matrix((0, 3), dtype=np.float32), None, 4.0)
    assert (found.counts.tolist(), found.n_users, found.mean) == ([0, 0, 0], 0, 0.0)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_blocks_add_up(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_statistics, "_BLOCK", block)
    rng = np.random.default_rng(3)
    dense = rng.integers(0, 6, (40, 3)).astype(np.float32)
    history = sparse.csr_array(dense)
    is_train = rng.random(history.nnz) < 0.7
    found = ItemStatistics.of(history, is_train, 4.0)
    in_train = sparse.csr_array((is_train.astype(int), history.indices, history.indptr), shape=dense.shape).toarray()
    np.testing.assert_array_equal(found.counts, (dense > 0).sum(axis=0))
    np.testing.assert_array_equal(found.train_counts, in_train.sum(axis=0))
    np.testing.assert_array_equal(found.liked_counts, (dense >= 4).sum(axis=0))
    np.testing.assert_allclose(found.star_totals, dense.sum(axis=0))
    assert found.mean == pytest.approx(dense[dense > 0].mean())
