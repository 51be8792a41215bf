"""Ratings after a cut in time as targets one after the other, each with all earlier ratings of its person."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from reelgraph.core import EvalPart, FloatArray, IntArray, Interactions, Matrix, config, ranks_in_time
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.splitters import Roles, Share, Temporal

_ENTRIES = 2**21  # of the histories of a batch, about


@dataclass(frozen=True)
class Successive:
    """The cuts of `Temporal`, after which every rating is a target of its own, with all earlier ones as history.

    The test part grows, see `EvalPart.grows` and `one_by_one`: nothing is learnt after the cut, but the history of a
    target holds the person's ratings up to it. A person's ratings of the same second follow each other in the order of
    the data. Validation has a row for each of some targets between the cuts, drawn by the seed, so that whatever
    chooses on it does so for the next rating; its people occur as often as they have targets.

    Args:
        train: share of the ratings before the first cut.
        valid: share of the ratings between the cuts.
        valid_targets: most targets in validation.

    Source: Gusak et al. 2025, "Time to Split" (RecSys), "global temporal split" with "successive" targets.
    """

    kind: ClassVar[str] = "successive"
    folds_in_valid: ClassVar[bool] = True
    train: Annotated[float, Field(gt=0, lt=1)] = 0.8
    valid: Share = 0.1
    valid_targets: Annotated[int, Field(ge=1)] = 5_000

    def __post_init__(self) -> None:
        config.validate(self)
        Temporal(self.train, self.valid)

    def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
        """The role of each edge."""
        roles = Temporal(self.train, self.valid).roles(interactions, rng)
        return dataclasses.replace(roles, valid_targets=self.valid_targets)


def one_by_one(part: EvalPart, max_entries: int = _ENTRIES) -> Iterator[EvalPart]:
    """The targets of a part that grows, a row each, with the history that it has then.

    Args:
        part: with times.
        max_entries: of the histories of one batch; at least one row.

    Yields:
        Parts of some targets: by the row of their person, then by time. ``users`` are repeated; ``history``, ``seen``
        and their order have what came before the target.

    Raises:
        ConfigError: the part has no times.

    Cost: the sum over people of targets x ratings, in time; that of one batch in memory.
    """
    yield from _of_targets(part, np.arange(part.target.nnz), max_entries)


def of_targets(part: EvalPart, targets: IntArray) -> EvalPart:
    """Some rows of `one_by_one` as one part.

    Args:
        part: that grows.
        targets: ``(n,)`` their numbers in the order of `one_by_one`, ascending.
    """
    if len(targets) == 0:
        return dataclasses.replace(part.take(np.empty(0, np.int64)), grows=False)
    (rows,) = _of_targets(part, targets, max_entries=2**62)
    return rows


def people_of(part: EvalPart) -> tuple[IntArray, IntArray] | None:
    """The people of a part with a row for each target, and who each row belongs to; None with a row for each person.

    Returns:
        ``(n_people,)`` user rows, ascending, and ``(len(part),)`` positions among them.
    """
    people, person = np.unique(part.users, return_inverse=True)
    if len(people) == len(part) or (len(people) and people[0] < 0):
        return None
    return people, person


@dataclass(frozen=True)
class _Ratings:
    """All ratings of one person, by item row.

    Args:
        item: ``(n,)``.
        stars: ``(n,)``.
        time: ``(n,)``.
        rank: ``(n,)``, place in the order in which they were given.
    """

    item: IntArray
    stars: FloatArray
    time: IntArray
    rank: IntArray

    def at(self, chosen: IntArray) -> _Ratings:
        """Those at some positions."""
        return _Ratings(self.item[chosen], self.stars[chosen], self.time[chosen], self.rank[chosen])


@dataclass(frozen=True)
class _Rows:
    """Some targets of one person.

    Args:
        row: of the person in the part.
        known_ratings: the histories of the targets, one after the other.
        count: ``(n,)`` ratings in each.
        target: the targets.
    """

    row: int
    known_ratings: _Ratings
    count: IntArray
    target: _Ratings


def _of_targets(part: EvalPart, targets: IntArray, max_entries: int) -> Iterator[EvalPart]:
    batch: list[_Rows] = []
    n_entries = 0
    for rows in _of_people(part, targets, max_entries):
        if batch and n_entries + len(rows.known_ratings.item) > max_entries:
            yield _batch(part, batch)
            batch, n_entries = [], 0
        batch.append(rows)
        n_entries += len(rows.known_ratings.item)
    if batch:
        yield _batch(part, batch)


def _of_people(part: EvalPart, targets: IntArray, max_entries: int) -> Iterator[_Rows]:
    """The rows of each person with a target, in pieces where they are many."""
    if part.history_order is None or part.history_time is None or part.target_time is None:
        raise ConfigError("part", "its ratings have no times, so none is known to come after another")
    target_rank = ranks_in_time(part.target_time, part.target_position)
    for row in range(len(part)):
        old, new = (slice(*matrix.indptr[row : row + 2].tolist()) for matrix in (part.history, part.target))
        chosen = targets[slice(*np.searchsorted(targets, [new.start, new.stop]).tolist())] - new.start
        if len(chosen) == 0:
            continue
        n_old = old.stop - old.start
        both = _Ratings(
            np.concatenate([part.history.indices[old], part.target.indices[new]]),
            np.concatenate([part.history.data[old], part.target.data[new]]),
            np.concatenate([part.history_time.data[old], part.target_time.data[new]]),
            np.concatenate([part.history_order.data[old], n_old + target_rank.data[new]]),
        )
        both = both.at(np.argsort(both.item))
        by_rank = np.argsort(both.rank)
        for piece in np.array_split(chosen, max(1, len(chosen) * len(both.item) // max_entries)):
            is_known = both.rank[None, :] < n_old + piece[:, None]
            known_ratings = both.at(np.nonzero(is_known)[1])
            yield _Rows(row, known_ratings, is_known.sum(axis=1), both.at(by_rank[n_old + piece]))


def _batch(part: EvalPart, batch: list[_Rows]) -> EvalPart:
    """The rows as a part."""
    counts = np.concatenate([rows.count for rows in batch])
    row = np.repeat([rows.row for rows in batch], [len(rows.count) for rows in batch])
    shape = (len(row), part.target.shape[1])
    indptr, each = np.concatenate([[0], np.cumsum(counts)]), np.arange(len(row) + 1)
    items = np.concatenate([rows.known_ratings.item for rows in batch])
    target_items = np.concatenate([rows.target.item for rows in batch])

    def known_matrix(name: str) -> Matrix:
        return Matrix(
            (np.concatenate([getattr(rows.known_ratings, name) for rows in batch]), items, indptr), shape=shape
        )

    def held_back(name: str) -> Matrix:
        values = np.concatenate([getattr(rows.target, name) for rows in batch])
        return Matrix((values, target_items, each), shape=shape)

    history = known_matrix("stars")
    seen = Matrix((np.ones(history.nnz, np.int8), items, indptr), shape=shape)
    if part.seen.nnz > part.history.nnz:  # more is not to be ranked than is folded in
        seen = Matrix((seen + part.seen[row] != 0).astype(np.int8))
        seen.sort_indices()
    return dataclasses.replace(
        part,
        users=part.users[row],
        history=history,
        target=held_back("stars"),
        seen=seen,
        history_time=known_matrix("time"),
        target_time=held_back("time"),
        history_position=known_matrix("rank"),
        target_position=None,
        grows=False,
    )
