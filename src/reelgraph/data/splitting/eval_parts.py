"""Evaluation parts from labelled edges, and the check that nothing leaks between them."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph.core import AnyArray, BoolArray, EvalPart, IntArray, Interactions, Matrix, Split
from reelgraph.core.errors import ConfigError, LeakError

_SPLIT_AGAIN = "split again with reelgraph.split: it gives each rating one role"
_TRAIN_ONLY = "fit on split.train only, and give that as train"
_TABLE_BYTES = 64 * 2**20
_IN_TIME = "split with reelgraph.Temporal, and fit on split.train only"


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
        ConfigError: a rating is in it twice, or the candidates are no item rows.
        LeakError: an item to be found was seen or folded in; or an item was folded in but might still be ranked.

    Cost: O(entries).
    """
    for what, matrix in (("target", part.target), ("history", part.history)):
        if not matrix.has_canonical_format:
            raise ConfigError(f"{name}: {what}", "holds a rating twice, or its item rows are not ascending")
    rows, n_items = part.candidates, part.target.shape[1]
    if rows is not None and len(part) and not (len(rows) and rows[0] >= 0 and rows[-1] < n_items and _rising(rows)):
        raise ConfigError(f"{name}: candidates", f"expected item rows from 0 to {n_items - 1}, ascending, each once")
    target, seen, history = (_pattern(matrix) for matrix in (part.target, part.seen, part.history))
    for what, known in (("seen", seen), ("history", history)):
        row, item = target.multiply(known).nonzero()
        if len(row):
            raise _shared(f"{name}: target and {what}", len(row), part.users[row[0]], item[0], _SPLIT_AGAIN)
    if history.multiply(seen).nnz < history.nnz:
        raise LeakError(
            f"{name}: a rating of the history is not marked as seen, so it could be recommended again", _SPLIT_AGAIN
        )


def check_train(part: EvalPart, train: Interactions, name: str = "part") -> None:
    """Check that a model learnt nothing of what it is asked.

    Args:
        part: the part; ``part.users`` are user rows of ``train``, -1 where unknown.
        train: all edges that the model learnt from.
        name: what to call the part in the error.

    Raises:
        LeakError: a target is an edge of ``train``.

    Cost: O((edges + targets) log targets), O(edges) where a byte for each pair of user and item is not too much.
    """
    keys = train.user_row.astype(np.int64) * train.n_items + train.item_row
    _forbid(pair_keys(part.target, part.users), keys, f"{name}: target and train", train.n_items, _TRAIN_ONLY)


def check_split(split: Split) -> None:
    """Check that no target of a split can be known from what comes before it.

    Args:
        split: any split.

    Raises:
        LeakError: a target is also in train, in the history, in ``seen`` or in the other part; or, in a temporal
            split, something known is not older than everything asked or than the cut; or train holds ratings of a
            held-out person (strong generalisation) or of a held-out item (cold items).

    Cost: O(n log n) in the edges.
    """
    for name, part in (("valid", split.valid), ("test", split.test)):
        check_part(part, name)
        check_train(part, split.train, name)
        if split.spec.kind == "strong":
            _forbid_rows(split.train.user_row, part.users, f"{name}: train holds ratings of its held-out people")
        if split.spec.kind == "cold-items" and part.candidates is not None and len(part):
            _forbid_rows(split.train.item_row, part.candidates, f"{name}: train holds ratings of its held-out items")
    targets = [pair_keys(part.target, part.users) for part in (split.valid, split.test)]
    _forbid(targets[0], targets[1], "targets of valid and test", split.train.n_items, _SPLIT_AGAIN)
    if split.spec.kind == "temporal":
        _check_times(split)


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


def _check_times(split: Split) -> None:
    for name, part in (("valid", split.valid), ("test", split.test)):
        if split.train.timestamp is None or part.history_time is None or part.target_time is None:
            raise LeakError(f"{name}: a temporal split without times cannot be checked", _IN_TIME)
        known = {"train": split.train.timestamp, "its history": part.history_time.data}
        limits = {}
        if len(part):
            limits["the first target is of"] = part.target_time.data.min()
        # Without validation people train may hold the stretch between the cuts (join_valid), but never the last one.
        if len(part) or name == "test":
            limits["the cut is at"] = split.spec.settings.get(f"{name}_from", np.inf)
        for limit, first in limits.items():
            for what, times in known.items():
                if len(times) and times.max() >= first:
                    raise LeakError(f"{name}: {what} reaches to {times.max()}, {limit} {first}", _IN_TIME)


def _rows(chosen: IntArray | BoolArray) -> IntArray:
    return np.flatnonzero(chosen) if chosen.dtype == np.bool_ else np.unique(chosen).astype(np.int64)


def _rising(rows: IntArray) -> bool:
    return bool((np.diff(rows) > 0).all())


def _pattern(matrix: Matrix) -> Matrix:
    return Matrix((np.ones(matrix.nnz, np.bool_), matrix.indices, matrix.indptr), shape=matrix.shape)


def _forbid(one: IntArray, other: IntArray, what: str, n_items: int, hint: str) -> None:
    """Refuse keys, ``user * n_items + item``, that both hold."""
    fewer, more = sorted((one, other), key=len)
    if len(fewer) == 0:
        return
    if fewer.max() - fewer.min() <= _TABLE_BYTES:
        shared = more[np.isin(more, fewer, kind="table")]
    else:
        asked, known = more, np.sort(fewer)
        if (more[1:] >= more[:-1]).all():  # then the short list is searched for, not the long one
            asked, known = known, more
        shared = asked[known[np.minimum(np.searchsorted(known, asked), len(known) - 1)] == asked]
    if len(shared):
        raise _shared(what, len(shared), *divmod(int(shared[0]), n_items), hint)


def _shared(what: str, count: int, user: int, item: int, hint: str) -> LeakError:
    return LeakError(f"{what} share {count} ratings, such as user row {user}, item row {item}", hint)


def _forbid_rows(rows: IntArray, held_out: IntArray, what: str) -> None:
    found = rows[np.isin(rows, held_out)]
    if len(found):
        raise LeakError(f"{what}: {len(found)}, such as of row {found[0]}", _TRAIN_ONLY)
