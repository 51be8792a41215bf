"""Checks that no target of an evaluation can be known from the training data or the histories."""

from __future__ import annotations

import numpy as np

from reelgraph.core import EvalPart, IntArray, Interactions, Matrix, Split
from reelgraph.core.errors import ConfigError, LeakError

_SPLIT_AGAIN = "split again with reelgraph.split: it gives each rating one role"
_TRAIN_ONLY = "fit on split.train only, and give that as train"
_IN_TIME = "split with reelgraph.Temporal, and fit on split.train only"
_TABLE_BYTES = 64 * 2**20


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
