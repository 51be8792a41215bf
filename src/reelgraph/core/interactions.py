"""Ratings as edges between rows, and how they are split."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reelgraph.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, Matrix, freeze
from reelgraph.core.errors import UnknownIdError
from reelgraph.core.ratings import RatingScale

_INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class IdIndex:
    """External ids and their rows, both ways.

    Args:
        ids: ``(n,)`` int64 or str, unique; the position is the row.
        noun: what an id names, for error texts ("user", "item").
    """

    ids: AnyArray
    noun: str = "id"
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
            UnknownIdError: the id is not known.
        """
        try:
            return self._rows[self._key(key)]
        except KeyError:
            example = f", e.g. {self.ids[0]!s}" if len(self) else ""
            raise UnknownIdError(f"unknown {self.noun} {key!r}", f"{len(self)} are known{example}") from None

    def id(self, row: int) -> int | str:
        """The external id at ``row``, a Python int or str."""
        external: int | str = self.ids[row].item()
        return external

    def rows(self, keys: Sequence[object] | AnyArray) -> IntArray:
        """The rows of many external ids, shape ``(len(keys),)`` int64; raises like :meth:`row`."""
        return np.fromiter((self.row(key) for key in keys), dtype=np.int64, count=len(keys))

    def _key(self, key: object) -> object:
        if isinstance(key, np.generic):
            key = key.item()
        if isinstance(key, str) and self.ids.dtype.kind in "iu":
            return int(key) if _INTEGER.fullmatch(key) else key
        if isinstance(key, int) and self.ids.dtype.kind == "U":
            return str(key)
        return key


@dataclass(frozen=True)
class Interactions:
    """Ratings by row: one edge of the user-item graph each.

    Args:
        users: the user ids; ``n_users`` rows.
        items: the item ids; ``n_items`` rows.
        user_row: ``(n,)`` int32.
        item_row: ``(n,)`` int32; no (user, item) pair comes twice.
        rating: ``(n,)`` float32, stars.
        timestamp: ``(n,)`` int64, Unix seconds UTC, or None.
        scale: the scale of the ratings.
    """

    users: IdIndex
    items: IdIndex
    user_row: IntArray
    item_row: IntArray
    rating: FloatArray
    timestamp: IntArray | None
    scale: RatingScale

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.rating)

    @property
    def n_users(self) -> int:
        """Number of users, those without an edge here included."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """Number of items, those without an edge here included."""
        return len(self.items)

    def take(self, edges: IntArray | BoolArray) -> Interactions:
        """The edges at ``edges`` (numbers or a mask); users and items stay the same."""
        time = None if self.timestamp is None else self.timestamp[edges]
        return dataclasses.replace(
            self,
            user_row=self.user_row[edges],
            item_row=self.item_row[edges],
            rating=self.rating[edges],
            timestamp=time,
        )

    def matrix(self) -> Matrix:
        """Ratings as CSR, ``(n_users, n_items)`` float32 stars. Cost: O(edges log edges)."""
        return self._csr(self.rating.astype(np.float32))

    def times(self) -> Matrix | None:
        """Times as CSR with the pattern of :meth:`matrix`, int64 Unix seconds, or None."""
        return None if self.timestamp is None else self._csr(self.timestamp.astype(np.int64))

    def _csr(self, values: AnyArray) -> Matrix:
        # Built by a stable sort, not by coo.tocsr(), which would drop nothing but may sum repeats in silence.
        order = np.lexsort((self.item_row, self.user_row))
        indptr = np.zeros(self.n_users + 1, np.int64)
        np.cumsum(np.bincount(self.user_row, minlength=self.n_users), out=indptr[1:])
        return Matrix((values[order], self.item_row[order], indptr), shape=(self.n_users, self.n_items))


@dataclass(frozen=True)
class SplitSpec:
    """How a split was made, enough to make it again.

    Args:
        kind: name of the splitter.
        settings: its settings.
        seed: the seed, or None when nothing was drawn.
        counts: edges in train, valid and test, and how many were left out, by name.
    """

    kind: str
    settings: Mapping[str, Any]
    seed: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True)
class EvalPart:
    """What to be asked and what is true: one shape for every split, strong generalisation included.

    Row b of each matrix belongs to the same person. ``history`` is all that the model may see of that person.

    Args:
        users: ``(n,)`` int64 user rows of the source `Interactions`.
        history: ``(n, n_items)`` CSR, stars: what is folded in.
        target: ``(n, n_items)`` CSR, stars: what is held back; shares no entry with ``history`` or ``seen``.
        seen: ``(n, n_items)`` CSR, pattern only: never ranked. It holds ``history`` and maybe more (the
            validation ratings, at test).
        history_time: CSR with the pattern of ``history``, int64 Unix seconds, or None.
        target_time: CSR with the pattern of ``target``, int64 Unix seconds, or None.
        candidates: ``(n_candidates,)`` int64 item rows, ascending: only these are ranked; None for all items.
    """

    users: IntArray
    history: Matrix
    target: Matrix
    seen: Matrix
    history_time: Matrix | None = None
    target_time: Matrix | None = None
    candidates: IntArray | None = None

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.users)

    def digest(self) -> str:
        """SHA-256 of the people and their target ratings, in hexadecimal: equal where the same is asked."""
        made = hashlib.sha256()
        for values in (self.users, self.target.indptr, self.target.indices, self.target.data):
            made.update(np.ascontiguousarray(values, np.float64).tobytes())
        return made.hexdigest()

    def of(self, people: IntArray) -> EvalPart:
        """The same questions for some of the people only, ``(m,)`` rows of this part."""

        def cut(matrix: Matrix | None) -> Matrix | None:
            return None if matrix is None else matrix[people]

        return dataclasses.replace(
            self,
            users=self.users[people],
            history=self.history[people],
            target=self.target[people],
            seen=self.seen[people],
            history_time=cut(self.history_time),
            target_time=cut(self.target_time),
        )


@dataclass(frozen=True)
class Split:
    """Train edges and the two evaluation parts.

    Args:
        train: edges the model may learn from.
        valid: for choosing anything.
        test: read once, at the end.
        spec: how it was made.
    """

    train: Interactions
    valid: EvalPart
    test: EvalPart
    spec: SplitSpec
