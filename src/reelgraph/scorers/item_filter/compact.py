"""Scores by an item-item matrix in little room, exact to explain, and exact to extend and forget on the head."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import AnyArray, BoolArray, Contributions, FloatArray, IntArray, Matrix, single_row
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.item_filter.compact_weights import CompactWeights, HeadWeights, compact_weights
from reelgraph.scorers.item_filter.inverse_updates import require_times, update_people
from reelgraph.scorers.item_filter.low_pass import low_pass
from reelgraph.scorers.products import products
from reelgraph.scorers.serialisable import SerialisableScorer

_TAIL_BLOCK = 512  # columns of the tail taken together


@dataclass(frozen=True)
class CompactFilterScorer(SerialisableScorer):
    r"""Scores are ``v W`` as for `ItemFilterScorer`, with :math:`W = L R' + S`: two thin matrices and a sparse one.

    The head are the most rated items: only what a person rated of them adds to a score. The weights among them come
    from :math:`C = A^{-1}` on the head. The tail, all others, has a column of its own in W, the regression of the item
    on the head. With C kept, people can be put in and taken out of it exactly, see `ItemFilterScorer`, and W is made
    anew from it; the columns of the tail stay as they are until the next fit.

    Args:
        left: ``(n_head, rank)`` float16, L.
        right: ``(n_items, rank)`` float16, R.
        indptr: ``(n_items + 1,)`` int64, of S in CSR: row j is what item j adds to others.
        indices: ``(nnz,)`` int32, of S.
        data: ``(nnz,)`` float16, of S.
        head: ``(n_head,)`` int32, item rows, ascending.
        inverse: ``(n_head (n_head + 1) / 2,)`` float32, rows of the lower triangle of C; empty where it was not kept.
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

    Source: as `ItemFilterScorer`.
    """

    kind: ClassVar[str] = "compact-filter"
    compared_arrays: ClassVar[tuple[str, ...]] = ("inverse",)  # the others follow from it, with rounding of their own
    left: AnyArray
    right: AnyArray
    indptr: IntArray
    indices: IntArray
    data: AnyArray
    head: IntArray
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
    low_pass_cutoff: int = 128

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.right)

    @cached_property
    def _row_of_item(self) -> IntArray:
        """The row of each item in L; -1 for the tail, ``(n_items,)``."""
        row_of_item = np.full(self.n_items, -1)
        row_of_item[self.head] = np.arange(len(self.head))
        return row_of_item

    @cached_property
    def _is_target(self) -> BoolArray:
        """The items of the tail that have a column in W, ``(n_items,)``."""
        is_target: BoolArray = np.any(self.right != 0, axis=1)
        is_target[self.head] = False
        return is_target

    @cached_property
    def _item_left(self) -> FloatArray:
        """L with a row of zeros for each item of the tail, ``(n_items, rank)`` float32."""
        left = np.zeros((self.n_items, self.left.shape[1]), np.float32)
        left[self.head] = self.left
        return left

    @cached_property
    def _right(self) -> FloatArray:
        return np.ascontiguousarray(self.right, np.float32)

    @cached_property
    def _data(self) -> FloatArray:
        return self.data.astype(np.float32)

    @cached_property
    def _sparse(self) -> Matrix:
        return Matrix((self._data, self.indices, self.indptr), shape=(self.n_items, self.n_items))

    def score(self, history: Matrix) -> FloatArray:
        """Scores for each of the ``(batch, n_items)`` histories, float32.

        Cost: O(batch * n_items * rank + ratings * weights_per_item).
        """
        values = entries(history.data, self.rating_power, self.unit_stars)
        user_vectors = np.empty((history.shape[0], self.left.shape[1]))
        kernels.sums(history.indptr, history.indices, values, self._item_left, user_vectors)
        scores = products(user_vectors, self._right)
        kernels.add_sparse_scores(
            history.indptr, history.indices, values, self.indptr, self.indices, self._data, scores
        )
        return scores

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each movie of a history adds to the scores of ``items``, see `ItemFilterScorer.contributions`."""
        values = entries(history.data, self.rating_power, self.unit_stars)
        weights = self._right[items].astype(np.float64) @ self._item_left[history.indices].astype(np.float64).T
        weights += self._sparse[history.indices][:, items].toarray().T
        return Contributions(weights * values)

    def item_effects(self, items: IntArray, stars: float, targets: IntArray) -> FloatArray:
        """What a rating of ``stars`` for each of ``items`` adds to the scores of ``targets``, ``(items, targets)``."""
        ratings = single_row(np.full(len(items), stars, np.float32), items, self.n_items)
        return self.contributions(ratings, targets).ratings.T

    def learns_from(self, items: IntArray) -> BoolArray:
        """True for the items of the head, ``(n,)``."""
        return self._row_of_item[items] >= 0

    def item_vectors(self) -> FloatArray:
        """``(n_items, rank - 1)`` float32: R without its first column, which is popularity."""
        return self._right[:, 1:] if self.right.shape[1] > 1 else self._right

    def refit_settings(self) -> tuple[str, dict[str, Any]] | None:
        """Settings of a graph-filter of this form with the same number of items in the head."""
        names = (
            "user_weight", "ridge", "dropout", "session_weight", "time_scale", "rating_power", "feature_weight",
            "closed_form", "low_pass_weight", "low_pass_cutoff", "weights_per_item",
        )  # fmt: skip
        settings = {name: getattr(self, name) for name in names}
        form = {"form": "head", "head_items": len(self.head), "factors": self.left.shape[1]}
        return "graph-filter", settings | form | {"choose": False}

    @property
    def kept_until_next_fit(self) -> str:
        """The columns of the tail, which :meth:`without` leaves as they are."""
        n_targets = int(self._is_target.sum())
        return (
            f"what speaks for the {n_targets:,} movies beyond its {len(self.head):,} most rated ones"
            if n_targets
            else ""
        )

    def without(self, history: Matrix, times: Matrix | None = None) -> CompactFilterScorer:
        """The scorer as if these people's ratings of the head had never been in: equal to a refit on the same head.

        Arguments, errors and cost as for `ItemFilterScorer.without`, with the head in place of all items.
        """
        return self._updated(history, times, -1.0)

    def including(self, history: Matrix, times: Matrix | None = None) -> CompactFilterScorer:
        """The scorer as if these new people's ratings of the head had been in; the inverse of :meth:`without`."""
        return self._updated(history, times, 1.0)

    def _updated(self, history: Matrix, times: Matrix | None, sign: float) -> CompactFilterScorer:
        if not len(self.inverse):
            raise CapabilityError(
                "this graph-filter was saved without what single people can be taken out of it with",
                "it changes at the next fit",
            )
        require_times(self, times)
        inverse = np.empty((len(self.head), len(self.head)), np.float32)
        kernels.unpack(self.inverse, inverse)
        update_people(inverse, self._row_of_item, history, times, sign, self)
        weights = compact_weights(
            self.n_items,
            self.head,
            HeadWeights(inverse, self.closed_form, self._low_pass(inverse)),
            self._tail_columns(),
            self.left.shape[1],
            self.weights_per_item,
        )
        packed = np.empty_like(self.inverse)
        kernels.pack(inverse, packed)
        return dataclasses.replace(self, **fields_of(weights), inverse=packed)

    def _low_pass(self, inverse: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        return low_pass(inverse, self.low_pass_cutoff, self.low_pass_weight) if self.low_pass_weight else None

    def _tail_columns(self) -> Iterator[tuple[IntArray, FloatArray]]:
        """The columns of the tail as they are, for `compact_weights`."""
        tail = np.flatnonzero(self._is_target)
        columns, left = self._sparse.tocsc(), self.left.astype(np.float32)
        for start in range(0, len(tail), _TAIL_BLOCK):
            item_rows = tail[start : start + _TAIL_BLOCK]
            yield item_rows, self._right[item_rows] @ left.T + columns[:, item_rows][self.head].toarray().T


def fields_of(weights: CompactWeights) -> dict[str, Any]:
    """The weights as fields of a `CompactFilterScorer`."""
    return {field.name: getattr(weights, field.name) for field in dataclasses.fields(weights)}
