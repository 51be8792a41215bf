"""Ratings as edges between user and item rows, and their splits."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reelgraph.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, Matrix, freeze, read_only
from reelgraph.core.display import Displayed, Table, counted
from reelgraph.core.errors import CapabilityError
from reelgraph.core.history_order import ranks_in_time
from reelgraph.core.id_index import IdIndex
from reelgraph.core.pair_order import pair_order, row_starts
from reelgraph.core.rating_scale import Feedback, RatingScale, check_feedback


@dataclass(frozen=True, repr=False)
class Interactions(Displayed):
    """Ratings by row: each is one edge of the user-item graph.

    Args:
        users: the user ids; ``n_users`` rows.
        items: the item ids; ``n_items`` rows.
        user_row: ``(n,)`` int32.
        item_row: ``(n,)`` int32; each (user, item) pair occurs once.
        rating: ``(n,)`` float32: stars, 1 for each view, or counts above 0.
        timestamp: ``(n,)`` int64, Unix seconds UTC, or None.
        scale: the scale of the stars; None exactly if the feedback is not explicit.
        feedback: ``explicit`` (stars), ``implicit`` (views) or ``counts``.

    Raises:
        ConfigError: the feedback is unknown, or the scale does not go with it.
    """

    users: IdIndex
    items: IdIndex
    user_row: IntArray
    item_row: IntArray
    rating: FloatArray
    timestamp: IntArray | None
    scale: RatingScale | None
    feedback: Feedback = "explicit"

    def __post_init__(self) -> None:
        check_feedback(self.feedback, self.scale)
        freeze(self)

    def __len__(self) -> int:
        return len(self.rating)

    @property
    def n_users(self) -> int:
        """Number of users, including those without an edge."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """Number of items, including those without an edge."""
        return len(self.items)

    def take(self, edges: IntArray | BoolArray) -> Interactions:
        """The edges at ``edges`` (positions or a mask); the user and item indexes stay the same."""
        time = None if self.timestamp is None else self.timestamp[edges]
        return dataclasses.replace(
            self,
            user_row=self.user_row[edges],
            item_row=self.item_row[edges],
            rating=self.rating[edges],
            timestamp=time,
        )

    @cached_property
    def order(self) -> IntArray | None:
        """Positions of the edges by ascending user row and item row, ``(n,)``; None where they are in that order.

        Cost: O(n) where they are in order, else O(n log n), once.
        """
        return pair_order(self.user_row, self.item_row, self.n_users, self.n_items)

    def matrix(self) -> Matrix:
        """Ratings as CSR, ``(n_users, n_items)`` float32: stars, ones or counts; its arrays are read-only.

        Cost: O(n) after the first sort; where the edges are in order, the arrays are those of the edges, not copies.
        """
        return self._csr(self.rating.astype(np.float32, copy=False))

    def times(self) -> Matrix | None:
        """Times as CSR with the sparsity pattern of :meth:`matrix`, int64 Unix seconds, or None; read-only, too."""
        return None if self.timestamp is None else self._csr(self.timestamp.astype(np.int64, copy=False))

    def positions(self) -> Matrix | None:
        """The place of each rating in the data, int32 as CSR with the pattern of :meth:`matrix`; None in that order."""
        return None if self.order is None else Matrix((self.order, *self._pattern), shape=(self.n_users, self.n_items))

    def ranks_in_time(self) -> Matrix | None:
        """The place of each rating in its person's order by time, 0 the oldest, or None without times; read-only.

        Ratings of the same second are in the order of the data.

        Returns:
            CSR with the sparsity pattern of :meth:`matrix`, int32.

        Cost: O(n log n), at each call.
        """
        times = self.times()
        return None if times is None else ranks_in_time(times, self.positions())

    def _display(self) -> Table:
        return Table(
            f"Interactions: {counted(len(self), 'rating')} of "
            f"{counted(self.n_items, 'item')} by {counted(self.n_users, 'user')}"
        )

    @cached_property
    def _pattern(self) -> tuple[IntArray, IntArray]:
        """``indices`` and ``indptr`` of the matrices."""
        indices = self.item_row if self.order is None else self.item_row[self.order]
        return read_only(indices), read_only(row_starts(self.user_row, self.n_users, is_sorted=self.order is None))

    def _csr(self, values: AnyArray) -> Matrix:
        # Not coo.tocsr(): that would silently sum duplicates.
        values = read_only(values if self.order is None else values[self.order])
        return Matrix((values, *self._pattern), shape=(self.n_users, self.n_items))


def require_stars(train: Interactions, model: str) -> RatingScale:
    """The scale of the ratings that ``model`` learns to predict.

    Raises:
        CapabilityError: the data have no stars.
    """
    if train.scale is None:
        raise CapabilityError(
            f"nothing to predict: the data have no stars ({train.feedback} feedback), and {model} predicts stars",
            "take a model that ranks, such as graph-filter",
        )
    return train.scale
