"""Evaluation parts from labelled edges, and the check that nothing leaks between them."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph.core import AnyArray, BoolArray, EvalPart, IntArray, Interactions, Matrix, Split


def eval_part(
    inter: Interactions,
    target: IntArray | BoolArray,
    history: IntArray | BoolArray,
    extra_seen: IntArray | BoolArray | None = None,
    candidates: IntArray | None = None,
) -> EvalPart:
    """The part in which the people with a ``target`` edge are asked.

    Args:
        inter: the edges.
        target: edges held back, as numbers or as a mask ``(n_edges,)``.
        history: edges that may be folded in; those of people without a target are passed over.
        extra_seen: edges that are neither folded in nor ranked; None for none.
        candidates: ``(n_candidates,)`` item rows that may be ranked, or ``(n_items,)`` bool; None for all.

    Returns:
        People by ascending user row; times where ``inter`` has them.

    Cost: O(n log n) in the edges taken.
    """
    wanted = inter.take(target)
    users = np.unique(wanted.user_row).astype(np.int64)
    place = np.full(inter.n_users, -1, np.int32)
    place[users] = np.arange(len(users), dtype=np.int32)
    past = _of(inter.take(history), place)
    seen_place, seen_item = place[past.user_row], past.item_row
    if extra_seen is not None:
        more = _of(inter.take(extra_seen), place)
        seen_place = np.concatenate([seen_place, place[more.user_row]])
        seen_item = np.concatenate([seen_item, more.item_row])
    shape = (len(users), inter.n_items)
    return EvalPart(
        users=users,
        history=_csr(past.rating, place[past.user_row], past.item_row, shape),
        target=_csr(wanted.rating, place[wanted.user_row], wanted.item_row, shape),
        seen=_csr(np.ones(len(seen_item), np.int8), seen_place, seen_item, shape),
        history_time=_times(past, place, shape),
        target_time=_times(wanted, place, shape),
        candidates=None if candidates is None else _rows(candidates),
    )


def _of(edges: Interactions, place: IntArray) -> Interactions:
    return edges.take(place[edges.user_row] >= 0)


def _times(edges: Interactions, place: IntArray, shape: tuple[int, int]) -> Matrix | None:
    return None if edges.timestamp is None else _csr(edges.timestamp, place[edges.user_row], edges.item_row, shape)


def _csr(values: AnyArray, row: IntArray, column: IntArray, shape: tuple[int, int]) -> Matrix:
    order = np.argsort(row.astype(np.int64) * shape[1] + column, kind="stable")
    indptr = np.zeros(shape[0] + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=shape[0]), out=indptr[1:])
    return Matrix((values[order], column[order], indptr), shape=shape)


def without_test(split: Split) -> Split:
    """The split without its test: people, histories, targets, candidates and cut in time are gone.

    It is all that a choice of settings may see.

    Args:
        split: any split.
    """
    none = slice(0, 0)
    part = split.test
    removed = dataclasses.replace(
        part,
        users=part.users[none],
        history=part.history[none],
        target=part.target[none],
        seen=part.seen[none],
        history_time=None if part.history_time is None else part.history_time[none],
        target_time=None if part.target_time is None else part.target_time[none],
        candidates=None,
    )
    settings = {key: value for key, value in split.spec.settings.items() if key != "test_from"}
    return dataclasses.replace(split, test=removed, spec=dataclasses.replace(split.spec, settings=settings))


def _rows(chosen: IntArray | BoolArray) -> IntArray:
    return np.flatnonzero(chosen) if chosen.dtype == np.bool_ else np.unique(chosen).astype(np.int64)
