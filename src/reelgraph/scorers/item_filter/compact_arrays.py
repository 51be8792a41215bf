"""The arrays of a compact item filter, and what follows from them alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from reelgraph.core import AnyArray, BoolArray, FloatArray, IntArray, Matrix
from reelgraph.scorers.serialisable import SerialisableScorer


@dataclass(frozen=True)
class CompactFilterArrays(SerialisableScorer):
    r"""The fields of `CompactFilterScorer`, which says what they are for.

    Args:
        left: ``(n_head, rank)`` int8, L by row.
        left_scale: ``(n_head,)`` float32.
        right: ``(n_items, rank)`` int8, R by row.
        right_scale: ``(n_items,)`` float32.
        indptr: ``(n_items + 1,)`` int64, of S in CSR: row j is what item j adds to others.
        indices: ``(nnz,)`` uint16 or int32, of S.
        data: ``(nnz,)`` int8, of S by row.
        data_scale: ``(n_items,)`` float32.
        head: ``(n_head,)`` int32, item rows, ascending.
        vectors: ``(n_items, dim)`` float16, see :meth:`item_vectors`; empty where R serves.
        inverse: ``(n_head (n_head + 1) / 2,)`` float64 or float32, rows of the lower triangle of C; empty where it was
            not kept.
        weights_per_item: entries of S that were kept of each item.
        closed_form: :math:`\omega`.
        user_weight: exponent of the weights of people.
        dropout: p.
        session_weight: weight of the time kernel, 0 where the data had no times.
        time_scale: :math:`\tau`, seconds.
        rating_power: :math:`\rho`.
        unit_stars: :math:`r_1`, stars that count 1.
        ridge: used for C, for comparison with a refit.
        feature_weight: likewise.
        low_pass_weight: of the low-pass filter of C, see `low_pass`; it is updated with C.
        low_pass_cutoff: directions that pass it.
        later_weight: :math:`\beta`, of the part of what is rated later.
        later: ``(n_head, n_head)`` of the precision of C, T of that part; empty where there is none or C was not kept.
        graph: A, as C is kept; empty where C was not kept, and in bundles of earlier versions, which change more slowly
            until the first change of many people.
        directions: ``(n_head, k)`` float16, of the low pass, to go on from after a change; empty where there is none,
            or A was not kept.
    """

    left: AnyArray
    left_scale: FloatArray
    right: AnyArray
    right_scale: FloatArray
    indptr: IntArray
    indices: AnyArray
    data: AnyArray
    data_scale: FloatArray
    head: IntArray
    vectors: AnyArray
    inverse: FloatArray
    weights_per_item: int
    closed_form: float
    user_weight: float
    dropout: float
    session_weight: float
    time_scale: float
    rating_power: float
    unit_stars: float
    ridge: float
    feature_weight: float
    low_pass_weight: float = 0.0
    low_pass_cutoff: int = 192
    later_weight: float = 0.0
    later: FloatArray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    graph: FloatArray = field(default_factory=lambda: np.empty(0, np.float32))
    directions: AnyArray = field(default_factory=lambda: np.empty((0, 0), np.float16))

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.right)

    @cached_property
    def row_of_item(self) -> IntArray:
        """The row of each item in L; -1 for the tail, ``(n_items,)``."""
        row_of_item = np.full(self.n_items, -1)
        row_of_item[self.head] = np.arange(len(self.head))
        return row_of_item

    @cached_property
    def is_target(self) -> BoolArray:
        """The items of the tail that have a column in W, ``(n_items,)``."""
        is_target: BoolArray = self.right_scale > 0
        is_target[self.head] = False
        return is_target

    @cached_property
    def sparse(self) -> Matrix:
        """S in units of the scale of its rows."""
        arrays = self.data.astype(np.float32), self.indices.astype(np.int32), self.indptr
        return Matrix(arrays, shape=(self.n_items, self.n_items))
