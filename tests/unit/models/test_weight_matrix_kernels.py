"""The loops of the item filters on matrices larger than their blocks, against numpy."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from reelgraph.core import Matrix
from reelgraph.scorers import weight_matrix_kernels


def test_scores_are_the_product_with_the_history_whatever_its_length() -> None:
    """1,030 columns are more than a block; histories of 0 to 17 ratings are whole eights and what is left."""
    draw, n_items = np.random.default_rng(0), 1030
    history = np.zeros((18, n_items))
    for person in range(18):
        history[person, draw.permutation(n_items)[:person]] = draw.integers(1, 6, person)
    rated = Matrix(history)
    matrix = draw.normal(size=(n_items, n_items)).astype(np.float32)
    out = np.full((18, n_items), 9.0, np.float32)
    weight_matrix_kernels.scores(rated.indptr, rated.indices, rated.data.astype(np.float64), matrix, out)
    assert_allclose(out, history @ matrix.astype(np.float64), rtol=1e-6, atol=1e-5)

    thin, sums = matrix[:, :3].copy(), np.full((18, 3), 9.0)
    weight_matrix_kernels.sums(rated.indptr, rated.indices, rated.data.astype(np.float64), thin, sums)
    assert_allclose(sums, history @ thin.astype(np.float64), rtol=1e-12, atol=1e-12)


def test_products_of_people_and_items_are_exact_sums() -> None:
    draw = np.random.default_rng(1)
    people, items = draw.normal(size=(3, 4)), draw.normal(size=(260, 4)).astype(np.float32)  # 256 rows are a block
    out = np.full((3, 260), 9.0, np.float32)
    weight_matrix_kernels.dot_products(people, items, out)
    assert_allclose(out, people @ items.T.astype(np.float64), rtol=1e-6, atol=1e-6)


def test_a_packed_triangle_is_the_whole_matrix_again() -> None:
    n = 70  # 64 rows are a tile
    lower = np.tril(np.random.default_rng(2).normal(size=(n, n)))
    upper_is_not_read = lower + np.triu(np.full((n, n), 9.0), 1)
    packed, full = np.empty(n * (n + 1) // 2), np.full((n, n), 9.0)
    weight_matrix_kernels.pack(upper_is_not_read, packed)
    assert_array_equal(packed, lower[np.tril_indices(n)])
    weight_matrix_kernels.unpack(packed, full)
    assert_array_equal(full, lower + np.tril(lower, -1).T)


def test_the_autoencoder_divides_by_the_diagonal_of_the_column() -> None:
    n, draw = 70, np.random.default_rng(3)
    root = draw.normal(size=(n, n))
    inverse = root @ root.T + np.eye(n)
    out = np.full((n, n), 9.0, np.float32)
    weight_matrix_kernels.autoencoder(np.tril(inverse), 2.0, out)
    expected = -2.0 * inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0.0)
    assert_allclose(out, expected, rtol=1e-6)
