"""Build the evaluation parts of a split from its edges."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph.core import BoolArray, EvalPart, IntArray, Interactions, Matrix, Split
from reelgraph.core.errors import ConfigError
from reelgraph.core.pair_order import row_starts


class Histories:
    """What each user may be known by: stars, times and places in the data, as CSR matrices with one pattern.

    Args:
        stars: ``(n_users, n_items)`` CSR; its items ascend within each row.
        times: the same with times, or None where they are not known.
        positions: the same with the places in the data; None where these are in order of users and items, or the times
            are not known.
    """

    def __init__(self, stars: Matrix, times: Matrix | None, positions: Matrix | None = None) -> None:
        self.stars, self.times, self.positions = stars, times, positions
        self._taken: tuple[IntArray, Histories] | None = None

    @classmethod
    def of(cls, edges: Interactions) -> Histories:
        """All ratings of ``edges``, one row for each user; arrays are shared with ``edges`` where they are in order."""
        times = edges.times()
        return cls(edges.matrix(), times, None if times is None else edges.positions())

    def of_users(self, users: IntArray) -> Histories:
        """The rows of ``users``, ``(m,)`` strictly ascending, for any number of parts with the same people.

        The arrays are these ones, not copies, if nobody else has a rating.
        """
        if len(users) == self.stars.shape[0]:
            return self
        if self._taken is None or not np.array_equal(self._taken[0], users):
            self._taken = users, self._rows(users)
        return self._taken[1]

    def _rows(self, users: IntArray) -> Histories:
        counts = np.diff(self.stars.indptr)[users]
        indptr = np.concatenate([np.zeros(1, counts.dtype), np.cumsum(counts, dtype=counts.dtype)])
        shape = (len(users), self.stars.shape[1])
        is_all = indptr[-1] == self.stars.nnz
        stars = self.stars if is_all else self.stars[users]

        def of_pattern(matrix: Matrix | None) -> Matrix | None:
            if matrix is None:
                return None
            data = matrix.data if is_all else matrix[users].data
            return Matrix((data, stars.indices, indptr), shape=shape)

        return Histories(
            Matrix((stars.data, stars.indices, indptr), shape=shape),
            of_pattern(self.times),
            of_pattern(self.positions),
        )


def eval_part(
    interactions: Interactions,
    target: IntArray | BoolArray,
    history: IntArray | BoolArray | Histories,
    extra_seen: IntArray | BoolArray | None = None,
    candidates: IntArray | None = None,
) -> EvalPart:
    """Build the evaluation part of the people with a ``target`` edge.

    Args:
        interactions: the edges.
        target: edges held back, as positions or as a mask ``(n_edges,)``.
        history: edges that may be folded in, or their matrices; those of people without a target are ignored.
        extra_seen: edges that are neither folded in nor ranked; None for none.
        candidates: ``(n_candidates,)`` item rows that may be ranked, or ``(n_items,)`` bool; None for all.

    Returns:
        People by ascending user row; with times where ``interactions`` has them.

    Raises:
        ConfigError: a position is given twice.

    Cost: O(n) in the edges, and one sort where they are not in canonical order. Histories of all users are shared.
    """
    targets = _edges(interactions, target)
    users = np.flatnonzero(np.diff(row_starts(targets.user_row, interactions.n_users)))
    if not isinstance(history, Histories):
        history = Histories.of(_edges(interactions, history))
    folded_in, held_back = history.of_users(users), Histories.of(targets).of_users(users)
    seen = folded_in.stars
    if extra_seen is not None:
        seen = _union(seen, _edges(interactions, extra_seen).matrix()[users])
    return EvalPart(
        users=users,
        history=folded_in.stars,
        target=held_back.stars,
        seen=Matrix((np.ones(seen.nnz, np.int8), seen.indices, seen.indptr), shape=seen.shape),
        history_time=folded_in.times,
        target_time=held_back.times,
        candidates=None if candidates is None else _item_rows(candidates),
        user_index=interactions.users,
        item_index=interactions.items,
        feedback=interactions.feedback,
        history_position=folded_in.positions,
        target_position=held_back.positions,
    )


def without_test(split: Split) -> Split:
    """The split with an empty test part: no people, histories, targets, candidates or time of the cut.

    The choice of models and settings should see no more than this.

    Args:
        split: any split.
    """
    test = dataclasses.replace(split.test.take(np.empty(0, np.int64)), candidates=None)
    settings = {key: value for key, value in split.spec.settings.items() if key != "test_from"}
    return dataclasses.replace(split, test=test, spec=dataclasses.replace(split.spec, settings=settings))


def _edges(interactions: Interactions, edges: IntArray | BoolArray) -> Interactions:
    """The edges at ``edges``, positions or a mask, in the order of ``interactions``."""
    if edges.dtype != np.bool_:
        mask = np.zeros(len(interactions), np.bool_)
        mask[edges] = True
        if np.count_nonzero(mask) < len(edges):
            raise ConfigError("edges", "a rating is in the part twice: a position is given twice")
        edges = mask
    return interactions.take(edges)


def _union(first: Matrix, second: Matrix) -> Matrix:
    """The entries that one of two matrices has, as a pattern."""
    return Matrix(pattern(first) + pattern(second))


def pattern(matrix: Matrix) -> Matrix:
    """The same entries, all True."""
    return Matrix((np.ones(matrix.nnz, np.bool_), matrix.indices, matrix.indptr), shape=matrix.shape)


def _item_rows(candidates: IntArray | BoolArray) -> IntArray:
    if candidates.dtype == np.bool_:
        return np.flatnonzero(candidates)
    return np.unique(candidates).astype(np.int64)
