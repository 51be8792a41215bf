import numpy as np
import torch
from scipy import sparse

from reelgraph.core import Matrix
from reelgraph.train import SparseOperator


def random_matrix() -> Matrix:
    return Matrix(sparse.random_array((7, 5), density=0.4, format="csr", rng=np.random.default_rng(0)))


def test_product_and_gradient_equal_the_dense_ones() -> None:
    matrix = random_matrix()
    operator, dense = SparseOperator.of(matrix), torch.from_numpy(matrix.toarray()).double()
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(7, 3, dtype=torch.float64)
    y = operator(x)
    torch.testing.assert_close(y, dense @ x, rtol=1e-6, atol=1e-7)
    (y * weight).sum().backward()
    torch.testing.assert_close(x.grad, dense.T @ weight, rtol=1e-6, atol=1e-7)


def test_transposed_product_equals_the_dense_one() -> None:
    matrix = random_matrix()
    operator, dense = SparseOperator.of(matrix), torch.from_numpy(matrix.toarray()).float()
    x = torch.randn(7, 2)
    torch.testing.assert_close(operator.T(x), dense.T @ x)
    torch.testing.assert_close(operator.T.T(x[:5]), dense @ x[:5])


def test_thinned_drops_the_same_entries_both_ways_and_scales_the_rest() -> None:
    matrix = random_matrix()
    thin = SparseOperator.of(matrix).thinned(0.5, torch.Generator().manual_seed(1))
    forward, back = thin(torch.eye(5)), thin.T(torch.eye(7))
    torch.testing.assert_close(forward, back.T)
    kept = forward.numpy() != 0
    assert 0 < kept.sum() < matrix.nnz
    np.testing.assert_allclose(forward.numpy()[kept], 2 * matrix.toarray()[kept], rtol=1e-6)


def test_empty_rows_give_zeros() -> None:
    operator = SparseOperator.of(Matrix((3, 2), dtype=np.float32))
    torch.testing.assert_close(operator(torch.ones(2, 4)), torch.zeros(3, 4))
