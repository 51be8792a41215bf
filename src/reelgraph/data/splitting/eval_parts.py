"""Build the evaluation parts of a split from its edges."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph.core import AnyArray, BoolArray, EvalPart, IntArray, Interactions, Matrix, Split


def eval_part(
    interactions: Interactions,
    target: IntArray | BoolArray,
    history: IntArray | BoolArray,
    extra_seen: IntArray | BoolArray | None = None,
    candidates: IntArray | None = None,
) -> EvalPart:
    """Build the evaluation part of the people with a ``target`` edge.

    Args:
        interactions: the edges.
        target: edges held back, as positions or as a mask ``(n_edges,)``.
        history: edges that may be folded in; those of people without a target are ignored.
        extra_seen: edges that are neither folded in nor ranked; None for none.
        candidates: ``(n_candidates,)`` item rows that may be ranked, or ``(n_items,)`` bool; None for all.

    Returns:
        People by ascending user row; with times where ``interactions`` has them.

    Cost: O(n log n) in the edges used.
    """
    targets = interactions.take(target)
    users = np.unique(targets.user_row).astype(np.int64)
    part_row = np.full(interactions.n_users, -1, np.int32)
    part_row[users] = np.arange(len(users), dtype=np.int32)
    folded_in = _of_part(interactions.take(history), part_row)
    seen_row, seen_item = part_row[folded_in.user_row], folded_in.item_row
    if extra_seen is not None:
        unranked = _of_part(interactions.take(extra_seen), part_row)
        seen_row = np.concatenate([seen_row, part_row[unranked.user_row]])
        seen_item = np.concatenate([seen_item, unranked.item_row])
    shape = (len(users), interactions.n_items)
    return EvalPart(
        users=users,
        history=_csr(folded_in.rating, part_row[folded_in.user_row], folded_in.item_row, shape),
        target=_csr(targets.rating, part_row[targets.user_row], targets.item_row, shape),
        seen=_csr(np.ones(len(seen_item), np.int8), seen_row, seen_item, shape),
        history_time=_times(folded_in, part_row, shape),
        target_time=_times(targets, part_row, shape),
        candidates=None if candidates is None else _item_rows(candidates),
        user_index=interactions.users,
        item_index=interactions.items,
        feedback=interactions.feedback,
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


def _of_part(edges: Interactions, part_row: IntArray) -> Interactions:
    """The edges of the people in the part."""
    return edges.take(part_row[edges.user_row] >= 0)


def _times(edges: Interactions, part_row: IntArray, shape: tuple[int, int]) -> Matrix | None:
    return None if edges.timestamp is None else _csr(edges.timestamp, part_row[edges.user_row], edges.item_row, shape)


def _csr(values: AnyArray, row: IntArray, column: IntArray, shape: tuple[int, int]) -> Matrix:
    order = np.argsort(row.astype(np.int64) * shape[1] + column, kind="stable")
    indptr = np.zeros(shape[0] + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=shape[0]), out=indptr[1:])
    return Matrix((values[order], column[order], indptr), shape=shape)


def _item_rows(candidates: IntArray | BoolArray) -> IntArray:
    if candidates.dtype == np.bool_:
        return np.flatnonzero(candidates)
    return np.unique(candidates).astype(np.int64)
