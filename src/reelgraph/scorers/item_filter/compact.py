"""Scores by an item-item matrix in little room, exact to explain, and exact to extend and forget on the head."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import AnyArray, BoolArray, Contributions, FloatArray, IntArray, Matrix, single_row
from reelgraph.core.abilities import TimedRatings
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.dot_products import dot_products
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.item_filter.compact_arrays import CompactFilterArrays
from reelgraph.scorers.item_filter.compact_update import changed_fields
from reelgraph.scorers.item_filter.inverse_updates import PeopleChange
from reelgraph.scorers.later_ratings import SAME_SCALE
from reelgraph.scorers.quantised import QuantisedVectors


@dataclass(frozen=True)
class CompactFilterScorer(CompactFilterArrays):
    r"""Scores are ``v W`` as for `ItemFilterScorer`, with :math:`W = L R' + S`: two thin matrices and a sparse one.

    Each row of the three is kept as 8-bit numbers with a scale, see `CompactWeights
    <reelgraph.scorers.item_filter.compact_weights.CompactWeights>`. The head are the most rated items, or all: only
    what a person rated of them adds to a score. The weights among them come from :math:`C = A^{-1}` on the head. The
    tail, all others, has a column of its own in W, the regression of the item on the head. With C kept, people can be
    put in and taken out of it exactly, see `ItemFilterScorer`, and W is made anew from it; the columns of the tail stay
    as they are until the next fit.

    Args: those of `CompactFilterArrays <reelgraph.scorers.item_filter.compact_arrays.CompactFilterArrays>`.

    Source: as `ItemFilterScorer`.
    """

    kind: ClassVar[str] = "compact-filter"
    # The others follow, with rounding of their own.
    compared_arrays: ClassVar[tuple[str, ...]] = ("inverse", "later", "graph")
    forgetting_arrays: ClassVar[tuple[str, ...]] = ("inverse", "later", "graph", "directions")

    def score(self, history: Matrix) -> FloatArray:
        """Scores for each of the ``(batch, n_items)`` histories, float32.

        Cost: O(batch * n_items * rank + ratings * weights_per_item).
        """
        return self.score_entries(history, self._entries(history))

    def score_entries(self, history: Matrix, values: FloatArray) -> FloatArray:
        """The scores where v holds ``values``, ``(nnz,)`` float64, at the movies of the histories."""
        rows = self.row_of_item[history.indices]
        left_values = np.where(rows >= 0, values * self.left_scale[rows], 0.0)
        user_vectors = np.empty((history.shape[0], self.left.shape[1]))
        kernels.sums(history.indptr, np.maximum(rows, 0), left_values, self.left, user_vectors)
        scores = self._times_right(user_vectors)
        kernels.add_sparse_scores(
            history.indptr, history.indices, values * self.data_scale[history.indices],
            self.indptr, self.indices, self.data, scores,
        )  # fmt: skip
        return scores

    def _times_right(self, user_vectors: FloatArray) -> FloatArray:
        """The products with R, ``(batch, n_items)`` float32; 0 for the far tail, whose rows of R have no scale."""
        item_rows, right = self._scaled_right
        scores = dot_products(user_vectors, right)
        scores *= self.right_scale[item_rows]
        if len(item_rows) == self.n_items:
            return scores
        of_all = np.zeros((len(scores), self.n_items), np.float32)
        of_all[:, item_rows] = scores
        return of_all

    @cached_property
    def _scaled_right(self) -> tuple[IntArray, AnyArray]:
        """Rows of the items whose row of R is not 0, and these rows of R."""
        item_rows = np.flatnonzero(self.right_scale)
        return item_rows, self.right if len(item_rows) == self.n_items else self.right[item_rows]

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each movie of a history adds to the scores of ``items``, see `ItemFilterScorer.contributions`."""
        return Contributions(self.entry_shares(history, self._entries(history), items))

    def entry_shares(self, history: Matrix, values: FloatArray, items: IntArray) -> FloatArray:
        """What each of ``values``, see :meth:`score_entries`, adds to the scores of ``items``, ``(items, nnz)``."""
        rows = self.row_of_item[history.indices]
        left_values = np.where(rows >= 0, values * self.left_scale[rows], 0.0)
        weights = self.right[items].astype(np.float64) @ self.left[np.maximum(rows, 0)].astype(np.float64).T
        shares = weights * self.right_scale[items, None] * left_values
        in_sparse = self.sparse[history.indices][:, items].toarray().T
        of_sparse: FloatArray = in_sparse * (values * self.data_scale[history.indices])
        return shares + of_sparse

    def _entries(self, history: Matrix) -> FloatArray:
        return entries(history.data, self.rating_power, self.unit_stars)

    def item_effects(self, items: IntArray, stars: float, targets: IntArray) -> FloatArray:
        """What a rating of ``stars`` for each of ``items`` adds to the scores of ``targets``, ``(items, targets)``."""
        ratings = single_row(np.full(len(items), stars, np.float32), items, self.n_items)
        return self.contributions(ratings, targets).ratings.T

    def learns_from(self, items: IntArray) -> BoolArray:
        """True for the items of the head, ``(n,)``."""
        return self.row_of_item[items] >= 0

    def item_vectors(self) -> FloatArray:
        """``(n_items, dim)`` float32: those of `ItemFilterScorer`, or R without its first column, popularity."""
        if len(self.vectors):
            return self.vectors.astype(np.float32)
        right = self.right.astype(np.float32) * self.right_scale[:, None]
        return right[:, 1:] if right.shape[1] > 1 else right

    def refit_settings(self) -> tuple[str, dict[str, Any]] | None:
        """Settings of a graph-filter of this form with the same number of items in the head."""
        names = (
            "user_weight", "ridge", "dropout", "session_weight", "time_scale", "rating_power", "feature_weight",
            "closed_form", "low_pass_weight", "low_pass_cutoff", "later_weight", "weights_per_item",
        )  # fmt: skip
        settings = {name: getattr(self, name) for name in names} | {"factors": self.left.shape[1], "later_scale": 1.0}
        n_head = len(self.head)
        form = {"form": "dense"} if self.is_dense else {"form": "head", "head_items": n_head}
        return "graph-filter", settings | form | {"choose": False, "exact_updates": bool(len(self.inverse))}

    @property
    def kept_until_next_fit(self) -> str:
        """The columns of the tail, which :meth:`without` leaves as they are."""
        n_targets = int(self.is_target.sum())
        return (
            f"what speaks for the {counted(n_targets, 'movie')} beyond its {len(self.head):,} most rated ones"
            if n_targets
            else ""
        )

    @property
    def fitted_items(self) -> IntArray:
        """Rows of the items of the head, ascending."""
        return self.head

    @property
    def held_fixed(self) -> str:
        """What updates keep and a new fit measures or chooses again: which items are the head, and the scale of T."""
        n_head = len(self.head)
        parts = [f"the same {counted(n_head, 'movie')} in its head"] if n_head < self.n_items else []
        return " and ".join([*parts, *([SAME_SCALE] if self.later_weight else [])])

    @property
    def is_dense(self) -> bool:
        """Whether the inverse is that of all items, in double precision."""
        return len(self.head) == self.n_items and self.inverse.dtype == np.float64

    def with_new_items(self, similarity: Matrix, seed: int) -> CompactFilterScorer:
        """The scorer with more items: columns of W that are means of those of the items like them, and no rows."""
        n_new, n_items = similarity.shape
        right = QuantisedVectors.of(similarity @ (self.right.astype(np.float32) * self.right_scale[:, None]))
        columns = Matrix(self.sparse @ similarity.T)  # in units of the scales of the rows of S, as it is itself
        wider = Matrix((columns.data, columns.indices + n_items, columns.indptr), shape=(n_items, n_items + n_new))
        own = Matrix((self.sparse.data, self.sparse.indices, self.indptr), shape=wider.shape)
        joined = Matrix(own + wider)
        joined.sort_indices()
        index_type = np.uint16 if n_items + n_new <= np.iinfo(np.uint16).max + 1 else np.int32
        return dataclasses.replace(
            self,
            right=np.concatenate([self.right, right.codes]),
            right_scale=np.concatenate([self.right_scale, right.step]),
            indptr=np.concatenate([joined.indptr, np.full(n_new, joined.nnz)]).astype(np.int64),
            indices=joined.indices.astype(index_type),
            data=np.rint(joined.data).astype(np.int8),
            data_scale=np.concatenate([self.data_scale, np.zeros(n_new, np.float32)]),
            vectors=np.concatenate([self.vectors, (similarity @ self.vectors.astype(np.float32)).astype(np.float16)])
            if len(self.vectors)
            else self.vectors,
        )

    @property
    def update_obstacle(self) -> str:
        """Why nobody can be taken out or put in before the next fit; "" where they can."""
        if len(self.inverse):
            return ""
        return (
            "it was saved without what single people can be taken out of it with, so it changes at the next fit; "
            "trained with --keep-forgetting it would change at once"
        )

    def without_forgetting(self) -> CompactFilterScorer:
        """The scorer without what only forgetting and extending need."""
        arrays = self.arrays()
        names = self.forgetting_arrays
        empty: dict[str, Any] = {name: np.empty((0,) * arrays[name].ndim, arrays[name].dtype) for name in names}
        return dataclasses.replace(self, **empty)

    def without(self, history: Matrix, times: Matrix | None = None) -> CompactFilterScorer:
        """The scorer as if these people's ratings of the head had never been in: equal to a refit on the same head.

        With what is rated later it is one with the same scale of it, too, see :attr:`held_fixed`.

        Arguments, errors and cost as for `ItemFilterScorer.without`, with the head in place of all items.
        """
        return self._updated(PeopleChange(history, times, -1.0))

    def including(self, history: Matrix, times: Matrix | None = None) -> CompactFilterScorer:
        """The scorer as if these new people's ratings of the head had been in; the inverse of :meth:`without`."""
        return self._updated(PeopleChange(history, times, 1.0))

    def replacing(self, before: TimedRatings, after: TimedRatings) -> CompactFilterScorer:
        """The scorer as if people had had other ratings in the training data, see `SupportsReplacement`."""
        return self._updated(PeopleChange(*before, -1.0), PeopleChange(*after, 1.0))

    def _updated(self, *changes: PeopleChange) -> CompactFilterScorer:
        if self.update_obstacle:
            raise CapabilityError(self.update_obstacle)
        return dataclasses.replace(self, **changed_fields(self, changes))
