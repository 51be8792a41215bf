"""Checks that no target of an evaluation can be known from the training data or the histories."""

from __future__ import annotations

import numpy as np

from reelgraph.core import EvalPart, IntArray, Interactions, Matrix, Split
from reelgraph.core.argument_checks import require_type
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.data.splitting.eval_parts import pattern

_SPLIT_AGAIN = "split with reelgraph.split, which gives each rating one role"
_TRAIN_ONLY = "fit on split.train only, and pass it as train"
_SPLIT_LAST = "split with reelgraph.LeaveLastOut, LastN or LastVisits"
_SPLIT_SUCCESSIVE = "split with reelgraph.Successive"
_SPLIT_BY_TIME = "split with reelgraph.Temporal, and fit on split.train only"
_LOOKUP_TABLE_BYTES = 64 * 2**20


def pair_keys(matrix: Matrix, users: IntArray | None = None) -> IntArray:
    """One int64 key per entry: ``user * n_items + item``, ascending within a row.

    Args:
        matrix: ``(n, n_items)`` CSR.
        users: ``(n,)`` user row of each matrix row; the position of the row when None.
    """
    row_users = np.arange(matrix.shape[0], dtype=np.int64) if users is None else users.astype(np.int64)
    return np.repeat(row_users, np.diff(matrix.indptr)) * matrix.shape[1] + matrix.indices


def check_part(part: EvalPart, name: str = "part") -> None:
    """Check that a part is consistent.

    Args:
        part: the part.
        name: its name in the error.

    Raises:
        ConfigError: a rating is in it twice, or the candidates are not item rows.
        LeakError: a target was seen or folded in, or an item of the history is not marked as seen.

    Cost: O(entries).
    """
    for matrix_name, matrix in (("target", part.target), ("history", part.history)):
        if not matrix.has_canonical_format:
            raise ConfigError(f"{name}: {matrix_name}", "a rating occurs twice, or the item rows are not ascending")
    rows, n_items = part.candidates, part.target.shape[1]
    if (
        rows is not None
        and len(part)
        and not (len(rows) and rows[0] >= 0 and rows[-1] < n_items and _is_strictly_ascending(rows))
    ):
        raise ConfigError(f"{name}: candidates", f"expected item rows from 0 to {n_items - 1}, strictly ascending")
    target, seen, history = (pattern(matrix) for matrix in (part.target, part.seen, part.history))
    is_history_seen = _same_entries(part.history, part.seen) or history.multiply(seen).nnz == history.nnz
    for matrix_name, known_entries in (("seen", seen), ("history", history)):
        if matrix_name == "history" and is_history_seen:
            continue  # no target is in what is seen, and so none in the history
        row, item = target.multiply(known_entries).nonzero()
        if len(row):
            raise _overlap_error(
                f"{name}: target and {matrix_name}", len(row), part.users[row[0]], item[0], _SPLIT_AGAIN
            )
    if not is_history_seen:
        raise LeakError(
            f"{name}: an item of the history is not marked as seen, so it could be recommended again", _SPLIT_AGAIN
        )


def check_train(part: EvalPart, train: Interactions, name: str = "part") -> None:
    """Check that no target of a part is in the training data.

    Args:
        part: the part; ``part.users`` are user rows of ``train``, -1 where unknown.
        train: all edges that the model was fitted on.
        name: the name of the part in the error.

    Raises:
        LeakError: a target is an edge of ``train``.

    Cost: O(edges + targets) where the edges of ``train`` are in canonical order, else O((edges + targets) log targets).
    """
    if len(part) and part.users[0] >= 0 and part.users[-1] < train.n_users and train.order is None:
        rated, shape = train.matrix(), part.target.shape
        if shape[1] == rated.shape[1] and _is_strictly_ascending(part.users):
            known_entries = pattern(rated if len(part) == train.n_users else rated[part.users])
            if pattern(part.target).multiply(known_entries).nnz == 0:
                return
    keys = train.user_row.astype(np.int64) * train.n_items + train.item_row
    _require_disjoint(pair_keys(part.target, part.users), keys, f"{name}: target and train", train.n_items, _TRAIN_ONLY)


def check_split(split: Split) -> None:
    """Check that nothing leaks between the parts of a split.

    Args:
        split: any split.

    Raises:
        LeakError: a target is also in train, in the history, in ``seen`` or in the other part; or, in a temporal split,
            train or a history is not older than all targets and the cut; or a person's history is younger than a target
            of theirs, in a split of the last ratings or of successive ones; or train contains ratings of a held-out
            person (strong generalisation) or of a held-out item (cold items).

    Cost: O(n log n) in the edges.
    """
    require_type("check_split", "split", split, Split)
    for name, part in (("valid", split.valid), ("test", split.test)):
        check_part(part, name)
        check_train(part, split.train, name)
        if split.spec.kind == "strong":
            description = f"{name}: train contains ratings of its held-out people"
            _require_disjoint_rows(split.train.user_row, part.users, description)
        if split.spec.kind == "cold-items" and part.candidates is not None and len(part):
            description = f"{name}: train contains ratings of its held-out items"
            _require_disjoint_rows(split.train.item_row, part.candidates, description)
    targets = [pair_keys(part.target, part.users) for part in (split.valid, split.test)]
    _require_disjoint(targets[0], targets[1], "targets of valid and test", split.train.n_items, _SPLIT_AGAIN)
    if split.spec.kind == "temporal":
        _check_times(split)
    if split.spec.kind in ("leave-last-out", "last-n", "last-visits"):
        for name, part in (("valid", split.valid), ("test", split.test)):
            check_order(part, name, _SPLIT_LAST)
    if split.spec.kind == "successive":
        check_order(split.valid, "valid", _SPLIT_SUCCESSIVE)
        _check_times(split)


def check_order(part: EvalPart, name: str, hint: str = _SPLIT_SUCCESSIVE) -> None:
    """Check that no rating in the history of a row is younger than a target of it.

    Args:
        part: the part, with times.
        name: its name in the error.
        hint: what to do, for the error.

    Raises:
        LeakError: one is, or the times are not known.
    """
    if part.history_time is None or part.target_time is None:
        raise LeakError(f"{name}: a split of the last ratings without timestamps cannot be checked", hint)
    last_known = _of_rows(np.maximum, part.history_time, np.iinfo(np.int64).min)
    first_target = _of_rows(np.minimum, part.target_time, np.iinfo(np.int64).max)
    is_younger = last_known > first_target
    if is_younger.any():
        row = int(np.argmax(is_younger))
        times = f"ends at {last_known[row]}, their first target is at {first_target[row]}"
        raise LeakError(f"{name}: the history of user row {part.users[row]} {times}", hint)


def _of_rows(reduce: np.ufunc, matrix: Matrix, empty: int) -> IntArray:
    """The stored values of each row reduced to one, ``(n,)``; ``empty`` for a row without a value."""
    has_values = np.diff(matrix.indptr) > 0
    values = np.full(matrix.shape[0], empty, np.int64)
    if has_values.any():
        values[has_values] = reduce.reduceat(matrix.data, matrix.indptr[:-1][has_values])
    return values


def _check_times(split: Split) -> None:
    for name, part in (("valid", split.valid), ("test", split.test)):
        if split.train.timestamp is None or part.history_time is None or part.target_time is None:
            raise LeakError(f"{name}: a temporal split without timestamps cannot be checked", _SPLIT_BY_TIME)
        known_times = {"train": split.train.timestamp}
        if name == "test" or split.spec.kind == "temporal":  # else each history ends with its target
            known_times["its history"] = part.history_time.data
        first_times = {}
        if len(part):
            first_times["the first target is at"] = part.target_time.data.min()
        # Without validation people, train may include the period between the cuts (join_valid), but not the last one.
        if len(part) or name == "test":
            first_times["the cut is at"] = split.spec.settings.get(f"{name}_from", np.inf)
        for limit_name, first_time in first_times.items():
            for source, times in known_times.items():
                if len(times) and times.max() >= first_time:
                    raise LeakError(
                        f"{name}: {source} ends at {times.max()}, {limit_name} {first_time}", _SPLIT_BY_TIME
                    )


def _is_strictly_ascending(rows: IntArray) -> bool:
    return bool((np.diff(rows) > 0).all())


def _same_entries(matrix: Matrix, other: Matrix) -> bool:
    """True if the matrices share the memory of one pattern; False says nothing."""
    arrays = ((matrix.indices, other.indices), (matrix.indptr, other.indptr))
    return matrix.shape == other.shape and all(
        first.ctypes.data == second.ctypes.data and first.dtype == second.dtype and first.shape == second.shape
        for first, second in arrays
    )


def _require_disjoint(keys: IntArray, other_keys: IntArray, description: str, n_items: int, hint: str) -> None:
    """Raise if two sets of keys, ``user * n_items + item``, overlap."""
    short, long = sorted((keys, other_keys), key=len)
    if len(short) == 0:
        return
    if short.max() - short.min() <= _LOOKUP_TABLE_BYTES:
        shared = long[np.isin(long, short, kind="table")]
    else:
        needles, haystack = long, np.sort(short)
        if (long[1:] >= long[:-1]).all():  # sorted: search it for the short list
            needles, haystack = haystack, long
        shared = needles[haystack[np.minimum(np.searchsorted(haystack, needles), len(haystack) - 1)] == needles]
    if len(shared):
        raise _overlap_error(description, len(shared), *divmod(int(shared[0]), n_items), hint)


def _overlap_error(description: str, count: int, user: int, item: int, hint: str) -> LeakError:
    return LeakError(f"{description} share {counted(count, 'rating')}, such as user row {user}, item row {item}", hint)


def _require_disjoint_rows(rows: IntArray, held_out: IntArray, description: str) -> None:
    overlap = rows[np.isin(rows, held_out)]
    if len(overlap):
        raise LeakError(f"{description}: {len(overlap)}, such as of row {overlap[0]}", _TRAIN_ONLY)
