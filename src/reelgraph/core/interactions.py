"""Ratings as edges between user and item rows, and their splits."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from reelgraph.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, Matrix, freeze, read_only
from reelgraph.core.display import Displayed, Table, Tabular, counted
from reelgraph.core.errors import CapabilityError, UnknownIdError
from reelgraph.core.history_order import ranks_in_time
from reelgraph.core.pair_order import pair_order, row_starts
from reelgraph.core.rating_scale import Feedback, RatingScale, check_feedback

_INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, repr=False)
class IdIndex(Displayed):
    """A two-way mapping between external ids and rows.

    Args:
        ids: ``(n,)`` int64 or str, unique; the position is the row.
        noun: what an id stands for, for error messages ("user", "item").
        hint: what to do about an unknown id, for error messages; if it is empty, how many ids are known.

    Examples:
        >>> import numpy as np
        >>> from reelgraph import IdIndex
        >>> items = IdIndex(np.array([10, 20, 30]), "item")
        >>> items.row(20), items.id(0), "20" in items
        (1, 10, True)
    """

    ids: AnyArray
    noun: str = "id"
    hint: str = ""
    _rows: Mapping[Any, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", {key: row for row, key in enumerate(self.ids.tolist())})
        freeze(self)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, key: object) -> bool:
        return self._key(key) in self._rows

    def row(self, key: object) -> int:
        """The row of one external id.

        Raises:
            UnknownIdError: the id is not in the index.
        """
        try:
            return self._rows[self._key(key)]
        except KeyError:
            example = f", e.g. {self.ids[0]!s}" if len(self) else ""
            hint = self.hint or f"{len(self)} are known{example}"
            raise UnknownIdError(f"unknown {self.noun} {key!r}", hint) from None

    def id(self, row: int) -> int | str:
        """The external id at ``row``, a Python int or str."""
        external: int | str = self.ids[row].item()
        return external

    def rows(self, keys: Sequence[object] | AnyArray) -> IntArray:
        """The rows of many external ids, shape ``(len(keys),)`` int64; raises like :meth:`row`."""
        return np.fromiter((self.row(key) for key in keys), dtype=np.int64, count=len(keys))

    def _display(self) -> Table:
        return Table(f"IdIndex of {len(self):,} {self.noun} ids")

    def _key(self, key: object) -> object:
        if isinstance(key, np.generic):
            key = key.item()
        if isinstance(key, str) and self.ids.dtype.kind in "iu":
            return int(key) if _INTEGER.fullmatch(key) else key
        if isinstance(key, int) and self.ids.dtype.kind == "U":
            return str(key)
        return key


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


@dataclass(frozen=True)
class SplitSpec:
    """The description of a split, enough to repeat it.

    Args:
        kind: name of the splitter.
        settings: its settings.
        seed: the seed, or None when nothing was drawn.
        counts: number of edges by role: train, valid, test, their histories and left out.
    """

    kind: str
    settings: Mapping[str, Any]
    seed: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True, repr=False)
class EvalPart(Displayed):
    """An evaluation part: histories to score from and held-back targets, in the same form for every kind of split.

    Row b of each matrix belongs to the same person. ``history`` is all that the model may see of that person. A part
    may have a row for each target, see ``grows``: a person then has several rows, each with the history before its
    target.

    Args:
        users: ``(n,)`` int64 user rows of the source `Interactions`, ascending; repeated only with a row for each
            target.
        history: ``(n, n_items)`` CSR, stars: the ratings that are folded in.
        target: ``(n, n_items)`` CSR, stars: the ratings held back; no entry is in ``history`` or ``seen``.
        seen: ``(n, n_items)`` CSR, pattern only: items that are never ranked. It includes ``history`` and, at test,
            the validation ratings.
        history_time: CSR with the sparsity pattern of ``history``, int64 Unix seconds, or None.
        target_time: CSR with the sparsity pattern of ``target``, int64 Unix seconds, or None.
        candidates: ``(n_candidates,)`` int64 item rows, ascending: only these are ranked; None for all items.
        user_index: external ids of the user rows; None where unknown.
        item_index: external ids of the item rows; None where unknown.
        feedback: what the entries of ``history`` and ``target`` are; stars only if ``explicit``.
        history_position: CSR with the sparsity pattern of ``history``: integers that ascend in the order of the data,
            in which ratings of the same second were given; None where that is the order of the item rows.
        target_position: the same for ``target``.
        grows: the targets of a person come one after the other, and the history of each holds the earlier ones, too;
            `reelgraph.data.one_by_one` gives a row for each. ``history`` is what is known before the first.
    """

    users: IntArray
    history: Matrix
    target: Matrix
    seen: Matrix
    history_time: Matrix | None = None
    target_time: Matrix | None = None
    candidates: IntArray | None = None
    user_index: IdIndex | None = None
    item_index: IdIndex | None = None
    feedback: Feedback = "explicit"
    history_position: Matrix | None = None
    target_position: Matrix | None = None
    grows: bool = False

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.users)

    @cached_property
    def history_order(self) -> Matrix | None:
        """The place of each rating of ``history`` in its person's order by time, 0 the oldest; None without times.

        CSR with the sparsity pattern of ``history``, int32; read-only. Ratings of the same second are in the order of
        ``history_position``. It is made when it is first asked for, see `ranks_in_time`.
        """
        return None if self.history_time is None else ranks_in_time(self.history_time, self.history_position)

    def digest(self) -> str:
        """SHA-256 of the people and their target ratings, hexadecimal; reports with equal digests can be paired."""
        digest = hashlib.sha256()
        for values in (self.users, self.target.indptr, self.target.indices, self.target.data):
            digest.update(np.ascontiguousarray(values, np.float64).tobytes())
        return digest.hexdigest()

    def take(self, rows: IntArray) -> EvalPart:
        """The part with only the people at ``rows``, ``(m,)``."""

        def take_rows(matrix: Matrix | None) -> Matrix | None:
            return None if matrix is None else matrix[rows]

        return dataclasses.replace(
            self,
            users=self.users[rows],
            history=self.history[rows],
            target=self.target[rows],
            seen=self.seen[rows],
            history_time=take_rows(self.history_time),
            target_time=take_rows(self.target_time),
            history_position=take_rows(self.history_position),
            target_position=take_rows(self.target_position),
        )

    def _display(self) -> Table:
        return Table(f"EvalPart: {counted(self.target.nnz, 'rating')} held back from {counted(len(self), 'user')}")


@dataclass(frozen=True, repr=False)
class Split(Tabular):
    """Train edges and the two evaluation parts.

    Args:
        train: edges the model may learn from.
        valid: for choosing models and settings.
        test: read once, at the end.
        spec: how the split was made.
    """

    train: Interactions
    valid: EvalPart
    test: EvalPart
    spec: SplitSpec

    def to_dict(self) -> dict[str, Any]:
        """One row a part: ``part``, ``users`` and ``ratings``, those to learn from or those held back."""
        parts = (self.valid, self.test)
        return {
            "part": ["train", "valid", "test"],
            "users": [len(np.unique(self.train.user_row)), *(len(part) for part in parts)],
            "ratings": [len(self.train), *(int(part.target.nnz) for part in parts)],
        }

    def _display(self) -> Table:
        settings = "".join(f", {name} {value}" for name, value in self.spec.settings.items())
        seed = "" if self.spec.seed is None else f", seed {self.spec.seed}"
        return Table(f"Split {self.spec.kind}{settings}{seed}", self.to_dict())
