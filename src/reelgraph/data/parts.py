"""Evaluation parts from labelled edges, and the check that nothing leaks between them."""

from __future__ import annotations

import numpy as np

from reelgraph.errors import LeakError
from reelgraph.types import AnyArray, BoolArray, EvalPart, IntArray, Interactions, Matrix, Split


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
        candidates: ``(n_candidates,)`` item rows that may be ranked; None for all.

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
        candidates=None if candidates is None else np.sort(candidates).astype(np.int64),
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


def pair_keys(matrix: Matrix, users: IntArray | None = None) -> IntArray:
    """One int64 for each entry: ``user * n_items + item``, ascending within a row.

    Args:
        matrix: ``(n, n_items)`` CSR.
        users: ``(n,)`` the number of each row; the row's own place when None.
    """
    numbers = np.arange(matrix.shape[0], dtype=np.int64) if users is None else users.astype(np.int64)
    return np.repeat(numbers, np.diff(matrix.indptr)) * matrix.shape[1] + matrix.indices


def check_part(part: EvalPart, name: str = "part") -> None:
    """Check one part for itself.

    Args:
        part: the part.
        name: what to call it in the error.

    Raises:
        LeakError: an item to be found was seen or folded in; or an item was folded in but might still be ranked.
    """
    target, seen, history = pair_keys(part.target), pair_keys(part.seen), pair_keys(part.history)
    _forbid(target, seen, f"{name}: target and seen")
    _forbid(target, history, f"{name}: target and history")
    if not np.isin(history, seen, assume_unique=True).all():
        raise LeakError(f"{name}: a rating of the history is not marked as seen, so it could be recommended again")


def check_split(split: Split) -> None:
    """Check that no target of a split can be known from what comes before it.

    Args:
        split: any split.

    Raises:
        LeakError: a target is also in train, in the history, in ``seen`` or in the other part; or, in a temporal
            split, something known is not older than everything asked.

    Cost: O(n log n) in the edges.
    """
    train = split.train.user_row.astype(np.int64) * split.train.n_items + split.train.item_row
    targets = {}
    for name, part in (("valid", split.valid), ("test", split.test)):
        check_part(part, name)
        targets[name] = pair_keys(part.target, part.users)
        _forbid(targets[name], train, f"{name}: target and train")
    _forbid(targets["valid"], targets["test"], "targets of valid and test")
    if split.spec.kind == "temporal":
        _check_times(split)


def _check_times(split: Split) -> None:
    for name, part in (("valid", split.valid), ("test", split.test)):
        if split.train.timestamp is None or part.history_time is None or part.target_time is None:
            raise LeakError(f"{name}: a temporal split without times cannot be checked")
        if len(part) == 0:
            continue
        first = part.target_time.data.min()
        known = {"train": split.train.timestamp, "its history": part.history_time.data}
        for what, times in known.items():
            if len(times) and times.max() >= first:
                raise LeakError(f"{name}: {what} reaches to {times.max()}, the first target is of {first}")


def _forbid(one: IntArray, other: IntArray, what: str) -> None:
    shared = np.intersect1d(one, other, assume_unique=True)
    if len(shared):
        raise LeakError(f"{what} share {len(shared)} ratings")
