"""Ratings that are divided into parts: what is held back from whom, and how that was chosen."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reelgraph.core.arrays import IntArray, Matrix, freeze
from reelgraph.core.display import Displayed, Table, Tabular, counted
from reelgraph.core.history_order import ranks_in_time
from reelgraph.core.id_index import IdIndex
from reelgraph.core.interactions import Interactions
from reelgraph.core.rating_scale import Feedback


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
