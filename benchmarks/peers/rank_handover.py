"""The two files that pass between the benchmark and a peer that ranks; NumPy and the standard library only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.handover import Array, peak_mib

_NAMES = ("indptr", "indices")
_PLACES = ("place", "history_place")


@dataclass(frozen=True)
class Rows:
    """Movies of each of several people, a 0/1 matrix as the parts of a CSR.

    Args:
        indptr: ``(n + 1,)`` int64.
        indices: ``(nnz,)`` int64 item rows, ascending for each person.
    """

    indptr: Array
    indices: Array

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def people(self) -> Array:
        """``(nnz,)`` int64: which person each entry is of, counted from 0."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))


@dataclass(frozen=True)
class RankTask:
    """All that a peer is told. What the people of the test liked in the end is not among it, unless it is asked for.

    Args:
        user: ``(n,)`` int64 user rows of the ratings to learn from.
        item: ``(n,)`` int64 item rows.
        valid_user: ``(n_valid,)`` int64 user rows of the validation ratings, to choose by.
        valid_item: ``(n_valid,)`` int64 item rows.
        users: ``(people,)`` int64 user rows of those to rank for.
        history: what is folded in for them.
        seen: what is never in their lists; holds the history.
        n_users: number of users.
        n_items: number of items.
        k: length of the lists.
        target: the test ratings, only for timing a library's own evaluation; None else.
        place: ``(n,)`` int64, the place of each rating to learn from among the person's own in time, 0 the oldest; None
            where the data have no times.
        history_place: ``(nnz,)`` int64, the same for the entries of ``history``.
    """

    user: Array
    item: Array
    valid_user: Array
    valid_item: Array
    users: Array
    history: Rows
    seen: Rows
    n_users: int
    n_items: int
    k: int
    target: Rows | None = None
    place: Array | None = None
    history_place: Array | None = None

    def write(self, path: Path) -> None:
        """Write the file that the peer reads."""
        matrices = {"history": self.history, "seen": self.seen} | ({"target": self.target} if self.target else {})
        arrays = {f"{name}/{part}": getattr(rows, part) for name, rows in matrices.items() for part in _NAMES}
        plain = ("user", "item", "valid_user", "valid_item", "users")
        arrays |= {name: getattr(self, name) for name in plain}
        arrays |= {name: getattr(self, name) for name in _PLACES if getattr(self, name) is not None}
        np.savez(path, shape=np.array([self.n_users, self.n_items, self.k]), **arrays)

    @classmethod
    def read(cls, path: Path) -> RankTask:
        """Read it back."""
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        n_users, n_items, k = arrays["shape"].tolist()
        rows = {
            name: Rows(*(arrays[f"{name}/{part}"] for part in _NAMES))
            for name in ("history", "seen", "target")
            if f"{name}/indptr" in arrays
        }
        return cls(
            arrays["user"],
            arrays["item"],
            arrays["valid_user"],
            arrays["valid_item"],
            arrays["users"],
            rows["history"],
            rows["seen"],
            n_users,
            n_items,
            k,
            rows.get("target"),
            *(arrays.get(name) for name in _PLACES),
        )

    def known(self) -> bool:
        """Is everyone to rank for in the training ratings, with just the history that is given?"""
        keys = np.sort(self.user * self.n_items + self.item)
        asked = self.users[self.history.people()] * self.n_items + self.history.indices
        trained = np.bincount(self.user, minlength=self.n_users)[self.users]
        same = np.array_equal(trained, np.diff(self.history.indptr))
        return bool(same and trained.all() and np.isin(asked, keys).all())

    def matrix_scores(self, matrix: Array, known: Array) -> Callable[[slice], Array]:
        """Scores for `lists`: what is folded in, times an item-item matrix.

        Args:
            matrix: ``(m, m)`` of the movies that the library knows.
            known: ``(m,)`` int64, their item rows.
        """
        column = np.full(self.n_items, -1, np.int64)
        column[known] = np.arange(len(known))
        people = self.history.people()

        def scores(rows: slice) -> Array:
            part = slice(*self.history.indptr[[rows.start, rows.stop]])
            place = column[self.history.indices[part]]
            mine = np.zeros((rows.stop - rows.start, len(known)), matrix.dtype)
            mine[people[part][place >= 0] - rows.start, place[place >= 0]] = 1
            table = np.full((len(mine), self.n_items), -np.inf, np.float32)
            table[:, known] = mine @ matrix
            return table

        return scores

    def lists(self, scores: Callable[[slice], Array], people: int = 512) -> tuple[Array, Array]:
        """The best unseen movies by scores; equal scores in an order drawn for each person.

        Args:
            scores: from a slice of ``users`` to ``(n, n_items)``; minus infinity where the peer cannot tell.
            people: in a batch, at most.

        Returns:
            ``(people, k)`` int64 item rows, -1 where a list is short, and float32 scores, minus infinity there.
        """
        items = np.full((len(self.users), self.k), -1, np.int64)
        best = np.full((len(self.users), self.k), -np.inf, np.float32)
        width, draw = min(self.k, self.n_items), np.random.default_rng(0)
        people = max(1, min(people, 2**21 // max(self.n_items, 1)))
        for start in range(0, len(items), people):
            rows = slice(start, min(start + people, len(items)))
            table = np.array(scores(rows), np.float32)
            part = slice(*self.seen.indptr[[rows.start, rows.stop]])
            table[self.seen.people()[part] - start, self.seen.indices[part]] = -np.inf
            shuffled = draw.permuted(np.tile(np.arange(self.n_items), (len(table), 1)), axis=1)
            place = np.argsort(-np.take_along_axis(table, shuffled, axis=1), axis=1, kind="stable")[:, :width]
            order = np.take_along_axis(shuffled, place, axis=1)
            best[rows, :width] = np.take_along_axis(table, order, axis=1)
            items[rows, :width] = np.where(best[rows, :width] > -np.inf, order, -1)
        return items, best


@dataclass(frozen=True)
class Lists:
    """What a peer gives back.

    Args:
        items: ``(people, k)`` int64 item rows, best first, -1 where a list is short.
        scores: ``(people, k)`` float32, minus infinity where a list is short; equal ones are ties.
        versions: of the library and what it computes with.
        prepare_seconds: wall time to bring the ratings into the library's own form.
        fit_seconds: wall time of the fit alone.
        predict_seconds: wall time of the scores and lists.
        notes: anything else that the peer measured, JSON-ready.
        peak_mib: largest resident memory of the peer's process, MiB; filled in by `serve_lists`.
    """

    items: Array
    scores: Array
    versions: Mapping[str, str]
    prepare_seconds: float
    fit_seconds: float
    predict_seconds: float
    notes: Mapping[str, Any] = field(default_factory=dict)
    peak_mib: float = 0.0

    def write(self, path: Path) -> None:
        """Write the file that the benchmark reads."""
        seconds = ("prepare_seconds", "fit_seconds", "predict_seconds")
        words = {name: getattr(self, name) for name in seconds}
        words |= {"versions": dict(self.versions), "notes": dict(self.notes), "peak_mib": peak_mib()}
        lists: dict[str, Any] = {
            "items": np.asarray(self.items, np.int64),
            "scores": np.asarray(self.scores, np.float32),
        }
        np.savez(path, **lists, words=np.array(json.dumps(words)))

    @classmethod
    def read(cls, path: Path) -> Lists:
        """Read it back."""
        with np.load(path) as file:
            return cls(file["items"], file["scores"], **json.loads(str(file["words"])))


def serve_lists(work: Callable[[RankTask, Mapping[str, Any]], Lists]) -> None:
    """The main function of a peer that ranks: ``python -m benchmarks.peers.NAME_ranks INPUT OUTPUT SETTINGS``.

    Args:
        work: from the task and the settings to the answer.
    """
    source, target, settings = sys.argv[1:]
    work(RankTask.read(Path(source)), json.loads(settings)).write(Path(target))
