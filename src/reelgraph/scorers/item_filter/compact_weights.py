"""An item-item matrix in little room: a product of two thin matrices, and the largest entries of what is left."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import linalg, sparse

from reelgraph.core import AnyArray, FloatArray, IntArray
from reelgraph.scorers.quantised import QuantisedVectors

_BLOCK = 256  # rows taken together
_ITERATIONS = 4  # of subspace iteration, each one product with W and one with its transpose
_EXTRA_DIRECTIONS = 16  # carried along with the leading ones, which converge faster so
_LEVELS = 127  # of an 8-bit number, on each side of 0


@dataclass(frozen=True)
class HeadWeights:
    r"""W on the head, never written out: :math:`\omega (I - C \, diag(1 / diag \, C)) + L R' + E + \beta C T`.

    Args:
        n_items: number of items of the head, n.
        inverse: C, ``(n, n)``, the whole symmetric matrix; None for no closed form.
        closed_form: :math:`\omega`.
        low_pass: L and R, ``(n, k)`` float32 each; None for none.
        polynomial: E, ``(n, n)`` float32; None for none.
        later: T, ``(n, n)`` of the precision of C, see `add_rated_later
            <reelgraph.scorers.later_ratings.add_rated_later>`; None for none.
        later_weight: :math:`\beta`.
    """

    n_items: int
    inverse: FloatArray | None
    closed_form: float
    low_pass: tuple[FloatArray, FloatArray] | None = None
    polynomial: FloatArray | None = None
    later: FloatArray | None = None
    later_weight: float = 0.0

    @cached_property
    def _scale(self) -> FloatArray:
        assert self.inverse is not None
        scale: FloatArray = np.float32(self.closed_form) / np.diag(self.inverse).astype(np.float32)
        return scale

    @cached_property
    def _single_later(self) -> FloatArray:
        assert self.later is not None
        return self.later.astype(np.float32, copy=False)

    def rows(self, start: int, stop: int) -> FloatArray:
        """Rows ``start`` to ``stop`` of W, ``(stop - start, n)`` float32."""
        block = np.zeros((stop - start, self.n_items), np.float32)
        if self.inverse is not None:
            np.multiply(self.inverse[start:stop], -self._scale, out=block, casting="same_kind")
            in_block = np.arange(stop - start)
            block[in_block, start + in_block] = 0.0
        if self.low_pass is not None:
            block += self.low_pass[0][start:stop] @ self.low_pass[1].T
        if self.polynomial is not None:
            block += self.polynomial[start:stop]
        if self.later is not None and self.inverse is not None:
            rows = self.inverse[start:stop].astype(np.float32, copy=False)
            block += np.float32(self.later_weight) * (rows @ self._single_later)
        return block

    def product(self, block: FloatArray) -> FloatArray:
        """``W @ block``, ``(n, k)`` float32."""
        result = np.zeros_like(block)
        if self.inverse is not None:
            result += np.float32(self.closed_form) * block - self._inverse_product(block * self._scale[:, None])
        if self.low_pass is not None:
            result += self.low_pass[0] @ (self.low_pass[1].T @ block)
        if self.polynomial is not None:
            result += self.polynomial @ block
        if self.later is not None:
            result += self._inverse_product(np.float32(self.later_weight) * (self._single_later @ block))
        return result

    def transposed_product(self, block: FloatArray) -> FloatArray:
        """``W' @ block``, ``(n, k)`` float32."""
        result = np.zeros_like(block)
        if self.inverse is not None:
            result += np.float32(self.closed_form) * block - self._inverse_product(block) * self._scale[:, None]
        if self.low_pass is not None:
            result += self.low_pass[1] @ (self.low_pass[0].T @ block)
        if self.polynomial is not None:
            result += self.polynomial.T @ block
        if self.later is not None:
            result += np.float32(self.later_weight) * (self._single_later.T @ self._inverse_product(block))
        return result

    def _inverse_product(self, block: FloatArray) -> FloatArray:
        assert self.inverse is not None
        return _product(self.inverse, block)

    def leading(self, rank: int, start: FloatArray | None = None) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The leading singular triplets of W: ``(n, rank)``, ``(rank,)`` and ``(n, rank)`` float32.

        By block subspace iteration from a fixed start, so that the same matrix has the same answer; or in one step on
        from the right ones of a matrix much like it.

        Args:
            rank: as many.
            start: ``(n, k)`` float32, the right ones of the other matrix, of any length; None for a fixed start.

        Cost: some ten products with W; two with a start.
        """
        n_directions = min(rank + _EXTRA_DIRECTIONS, self.n_items)
        block = np.random.default_rng(0).normal(size=(self.n_items, n_directions)).astype(np.float32)
        if start is not None:
            block = np.hstack([start, block[:, : max(n_directions - start.shape[1], 0)]])
            basis = _orthonormal(self.product(block))
            right, values, left_t = linalg.svd(self.transposed_product(basis), full_matrices=False, check_finite=False)
            return basis @ left_t[:rank].T, values[:rank], right[:, :rank]
        for _ in range(_ITERATIONS):
            block = _orthonormal(self.transposed_product(_orthonormal(self.product(block))))
        left, values, right_t = linalg.svd(self.product(block), full_matrices=False, check_finite=False)
        return left[:, :rank], values[:rank], block @ right_t[:rank].T


def _product(matrix: FloatArray, block: FloatArray) -> FloatArray:
    product: FloatArray = matrix @ block.astype(matrix.dtype, copy=False)
    return product.astype(np.float32, copy=False)


def _orthonormal(block: FloatArray) -> FloatArray:
    basis: FloatArray = linalg.qr(block, mode="economic", check_finite=False)[0]
    return basis


@dataclass(frozen=True)
class CompactWeights:
    """W of the whole catalogue as ``left right' + S`` with S sparse, each row as 8-bit numbers with a scale.

    Args:
        left: ``(n_head, rank)`` int8, in units of its row's scale.
        left_scale: ``(n_head,)`` float32.
        right: ``(n_items, rank)`` int8; zeros for items that are neither of the head nor a target of it.
        right_scale: ``(n_items,)`` float32.
        indptr: ``(n_items + 1,)`` int64, of S in CSR.
        indices: ``(nnz,)`` uint16 where all rows of items fit in it, else int32, of S.
        data: ``(nnz,)`` int8, of S.
        data_scale: ``(n_items,)`` float32, of the rows of S.
    """

    left: AnyArray
    left_scale: FloatArray
    right: AnyArray
    right_scale: FloatArray
    indptr: IntArray
    indices: AnyArray
    data: AnyArray
    data_scale: FloatArray


def compact_weights(
    n_items: int,
    head: IntArray,
    weights: HeadWeights,
    tail_columns: Iterable[tuple[IntArray, FloatArray]],
    rank: int,
    n_kept: int,
    similar_right: FloatArray | None = None,
) -> CompactWeights:
    """The best product of two thin matrices of W on the head, and the largest entries of the rest, by absolute value.

    The rest is what the 8-bit product leaves, so the largest errors of rounding are among its entries.

    Args:
        n_items: of the whole catalogue.
        head: ``(n_head,)`` item rows, ascending.
        weights: W on the head.
        tail_columns: columns of W for items of the tail, some at a time: item rows, ``(b,)``, and weights,
            ``(b, n_head)`` float32.
        rank: of the product, at most.
        n_kept: entries of the rest that are kept of each row of the head, and of each column of the tail.
        similar_right: the right matrix, on the head, of weights much like these; see `HeadWeights.leading`.

    Cost: O(n_head^2 (rank + n_kept)), some ten products with W among them; two with a start.
    """
    left, values, right = weights.leading(rank, similar_right)
    root = np.sqrt(values)
    left8 = QuantisedVectors.of(left * root)
    right8, right_scale = np.zeros((n_items, len(values)), np.int8), np.zeros(n_items, np.float32)
    head_right8 = QuantisedVectors.of(right * root)
    right8[head], right_scale[head] = head_right8.codes, head_right8.step
    left32, head_right = left8.vectors(), head_right8.vectors()
    entries = []
    for start in range(0, len(head), _BLOCK):
        stop = min(start + _BLOCK, len(head))
        rest = weights.rows(start, stop) - left32[start:stop] @ head_right.T
        row, column, data = _largest(rest, n_kept)
        entries.append((head[row + start], head[column], data))
    to_coefficients = left / np.where(root > 0, root, np.inf)
    for item_rows, columns in tail_columns:
        tail8 = QuantisedVectors.of(columns @ to_coefficients)
        right8[item_rows], right_scale[item_rows] = tail8.codes, tail8.step
        item, row, data = _largest(columns - tail8.vectors() @ left32.T, n_kept)
        entries.append((head[row], item_rows[item], data))
    rows, item_columns, data = (np.concatenate([part[place] for part in entries]) for place in range(3))
    matrix = sparse.coo_array((data, (rows, item_columns)), shape=(n_items, n_items)).tocsr()
    data_scale = np.zeros(n_items, np.float32)
    np.maximum.at(data_scale, rows, np.abs(data) / np.float32(_LEVELS))
    scale_of_entry = np.repeat(np.where(data_scale > 0, data_scale, 1.0), np.diff(matrix.indptr))
    index_type = np.uint16 if n_items <= np.iinfo(np.uint16).max + 1 else np.int32
    return CompactWeights(
        left8.codes, left8.step, right8, right_scale,
        matrix.indptr.astype(np.int64), matrix.indices.astype(index_type),
        np.rint(matrix.data / scale_of_entry).astype(np.int8), data_scale,
    )  # fmt: skip


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


def fields_of(weights: CompactWeights) -> dict[str, Any]:
    """The weights as fields of a `CompactFilterScorer`."""
    return {field.name: getattr(weights, field.name) for field in dataclasses.fields(weights)}
