"""An item-item matrix in little room: a product of two thin matrices, and the largest entries of what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from reelgraph.core import AnyArray, FloatArray, IntArray

_BLOCK = 256  # rows taken together
_ITERATIONS = 4  # of subspace iteration, each one product with W and one with its transpose
_EXTRA_DIRECTIONS = 16  # carried along with the leading ones, which converge faster so


@dataclass(frozen=True)
class HeadWeights:
    r"""W on the head, never written out: :math:`\omega (I - C \, diag(1 / diag \, C)) + L R'`.

    Args:
        inverse: C, ``(n, n)``, the whole symmetric matrix.
        closed_form: :math:`\omega`.
        low_pass: L and R, ``(n, k)`` float32 each; None for none.
    """

    inverse: FloatArray
    closed_form: float
    low_pass: tuple[FloatArray, FloatArray] | None = None

    @property
    def n_items(self) -> int:
        """Number of items of the head."""
        return len(self.inverse)

    @property
    def _scale(self) -> FloatArray:
        scale: FloatArray = (self.closed_form / np.diag(self.inverse)).astype(np.float32)
        return scale

    def rows(self, start: int, stop: int) -> FloatArray:
        """Rows ``start`` to ``stop`` of W, ``(stop - start, n)`` float32."""
        block = self.inverse[start:stop].astype(np.float32) * -self._scale
        in_block = np.arange(stop - start)
        block[in_block, start + in_block] = 0.0
        return block if self.low_pass is None else block + self.low_pass[0][start:stop] @ self.low_pass[1].T

    def product(self, block: FloatArray) -> FloatArray:
        """``W @ block``, ``(n, k)`` float32."""
        scaled = block * self._scale[:, None]
        result: FloatArray = np.float32(self.closed_form) * block - self.inverse @ scaled
        if self.low_pass is not None:
            result += self.low_pass[0] @ (self.low_pass[1].T @ block)
        return result

    def transposed_product(self, block: FloatArray) -> FloatArray:
        """``W' @ block``, ``(n, k)`` float32."""
        result: FloatArray = np.float32(self.closed_form) * block - (self.inverse @ block) * self._scale[:, None]
        if self.low_pass is not None:
            result += self.low_pass[1] @ (self.low_pass[0].T @ block)
        return result

    def leading(self, rank: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The leading singular triplets of W: ``(n, rank)``, ``(rank,)`` and ``(n, rank)`` float32.

        By block subspace iteration from a fixed start, so that the same matrix has the same answer.

        Cost: some ten products with W.
        """
        n_directions = min(rank + _EXTRA_DIRECTIONS, self.n_items)
        block = np.random.default_rng(0).normal(size=(self.n_items, n_directions)).astype(np.float32)
        for _ in range(_ITERATIONS):
            block = _orthonormal(self.transposed_product(_orthonormal(self.product(block))))
        left, values, right_t = linalg.svd(self.product(block), full_matrices=False, check_finite=False)
        return left[:, :rank], values[:rank], block @ right_t[:rank].T


def _orthonormal(block: FloatArray) -> FloatArray:
    basis: FloatArray = linalg.qr(block, mode="economic", check_finite=False)[0]
    return basis


@dataclass(frozen=True)
class CompactWeights:
    """W of the whole catalogue as ``left right' + S`` with S sparse.

    Args:
        left: ``(n_head, rank)`` float16.
        right: ``(n_items, rank)`` float16; zeros for items that are neither of the head nor a target of it.
        indptr: ``(n_items + 1,)`` int64, of S in CSR.
        indices: ``(nnz,)`` int32, of S.
        data: ``(nnz,)`` float16, of S.
    """

    left: AnyArray
    right: AnyArray
    indptr: IntArray
    indices: IntArray
    data: AnyArray


def compact_weights(
    n_items: int,
    head: IntArray,
    weights: HeadWeights,
    tail_columns: Iterable[tuple[IntArray, FloatArray]],
    rank: int,
    n_kept: int,
) -> CompactWeights:
    """The best product of two thin matrices of W on the head, and the largest entries of the rest, by absolute value.

    Args:
        n_items: of the whole catalogue.
        head: ``(n_head,)`` item rows, ascending.
        weights: W on the head.
        tail_columns: columns of W for items of the tail, some at a time: item rows, ``(b,)``, and weights,
            ``(b, n_head)`` float32.
        rank: of the product, at most.
        n_kept: entries of the rest that are kept of each row of the head, and of each column of the tail.

    Cost: O(n_head^2 (rank + n_kept)), some ten products with W among them.
    """
    left, values, right = weights.leading(rank)
    root = np.sqrt(values)
    left16, right16 = (left * root).astype(np.float16), np.zeros((n_items, len(values)), np.float16)
    right16[head] = (right * root).astype(np.float16)
    left32, head_right = left16.astype(np.float32), right16[head].astype(np.float32)
    entries = []
    for start in range(0, len(head), _BLOCK):
        stop = min(start + _BLOCK, len(head))
        rest = weights.rows(start, stop) - left32[start:stop] @ head_right.T
        row, column, data = _largest(rest, n_kept)
        entries.append((head[row + start], head[column], data))
    to_coefficients = left / np.where(root > 0, root, np.inf)
    for item_rows, columns in tail_columns:
        right16[item_rows] = (columns @ to_coefficients).astype(np.float16)
        item, row, data = _largest(columns - right16[item_rows].astype(np.float32) @ left32.T, n_kept)
        entries.append((head[row], item_rows[item], data))
    rows, item_columns, data = (np.concatenate([part[place] for part in entries]) for place in range(3))
    matrix = sparse.coo_array((data, (rows, item_columns)), shape=(n_items, n_items)).tocsr()
    return CompactWeights(
        left16, right16, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float16)
    )


def _largest(block: FloatArray, n_kept: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Rows, columns and values of the ``n_kept`` largest entries of each row, by absolute value, without zeros."""
    n_columns = block.shape[1]
    if n_kept < n_columns:
        chosen = np.sort(np.argpartition(-np.abs(block), n_kept - 1, axis=1)[:, :n_kept], axis=1)
    else:
        chosen = np.tile(np.arange(n_columns), (len(block), 1))
    values = np.take_along_axis(block, chosen, axis=1)
    row, place = np.nonzero(values)
    return row, chosen[row, place], values[row, place]
