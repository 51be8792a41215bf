"""The nearest movies by features are those of a full stable sort of every row."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelgraph.core import FloatArray, Matrix
from reelgraph.models import content_based
from reelgraph.models.content_based import nearest_by_features


def by_full_sort(features: Matrix, neighbour_rows: FloatArray, neighbours: int, power: float) -> FloatArray:
    """Rows of powers of cosines, all but the first ``neighbours`` of a stable descending sort set to 0."""
    length = np.sqrt(np.diff(features.indptr))
    units = Matrix(sparse.diags_array(1.0 / np.maximum(length, 1.0)) @ features.astype(np.float64))
    cosine = (units @ Matrix(units[neighbour_rows].T)).toarray()
    cosine[neighbour_rows, np.arange(len(neighbour_rows))] = 0.0
    out = np.zeros((features.shape[0], features.shape[0]))
    for row, values in enumerate(cosine):
        best = np.argsort(-values, kind="stable")[:neighbours]
        out[row, neighbour_rows[best]] = values[best] ** power
    return out


@pytest.mark.parametrize("neighbours", [1, 7, 30, 200])
@pytest.mark.parametrize("block_bytes", [1, 5_000, 64 * 2**20])
def test_the_nearest_are_those_of_a_full_stable_sort(
    monkeypatch: pytest.MonkeyPatch, neighbours: int, block_bytes: int
) -> None:
    monkeypatch.setattr(content_based, "_BLOCK_BYTES", block_bytes)
    draw = np.random.default_rng(neighbours)
    features = Matrix(
        sparse.csr_array((draw.random((90, 6)) < 0.3).astype(np.float32))
    )  # many equal cosines, and zeros
    neighbour_rows = np.flatnonzero(draw.random(90) < 0.7)
    nearest = nearest_by_features(features, neighbour_rows, neighbours, 3.0)
    expected = by_full_sort(features, neighbour_rows, neighbours, 3.0)
    np.testing.assert_array_equal(nearest.toarray(), expected)
    assert nearest.nnz == np.count_nonzero(expected)
    assert nearest.has_sorted_indices


def test_no_movie_may_be_a_neighbour() -> None:
    features = Matrix(np.ones((3, 2), np.float32))
    assert nearest_by_features(features, np.zeros(0, np.int64), 2, 3.0).nnz == 0
